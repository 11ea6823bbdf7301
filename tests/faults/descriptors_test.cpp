// Few file descriptors: the daemon says so and ends, or it runs and counts right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <sstream>

#include "faults/bare_daemon.h"
#include "faults/host.h"
#include "hostile/scale.h"
#include "support/eventually.h"
#include "support/in_namespace.h"
#include "support/process.h"
#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

using testing::HasSubstr;

constexpr int kServers = 20;

/// The sum over the series that begin so and hold these words.
double sum(const std::string& metrics, const std::string& name,
           const std::vector<std::string>& words = {}) {
  double total = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    const bool all = std::ranges::all_of(
        words, [&](const std::string& word) { return line.find(word) != std::string::npos; });
    if (line.starts_with(name + "{") && all) total += std::stod(line.substr(line.rfind(' ')));
  }
  return total;
}

class FewDescriptors : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    for (int i = 0; i < kServers; ++i) {
      servers_.push_back(std::make_unique<TestProcess>(
          ProcessOptions{.name = "server-" + std::to_string(i)}, [](Child& me) {
            const TestSocket socket = tcp_listen("127.0.0.1");
            me.ready();
            me.wait();
          }));
    }
  }

  static void expect_right_counts(const std::string& metrics) {
    const std::vector<std::string> tcp = {"protocol=\"tcp\""};
    const double all = sum(metrics, "sockwatch_sockets", tcp);
    EXPECT_EQ(sum(metrics, "sockwatch_sockets", {"protocol=\"tcp\"", "state=\"listen\""}),
              kServers + 1);
    EXPECT_EQ(sum(metrics, "sockwatch_process_sockets", tcp) +
                  sum(metrics, "sockwatch_unowned_sockets", tcp),
              all);
    EXPECT_EQ(sum(metrics, "sockwatch_unowned_sockets", {"cause=\"no_holder\""}), 0);
  }

 private:
  std::vector<std::unique_ptr<TestProcess>> servers_;
};

/// Whether it runs; it says why not otherwise.
bool runs(BareDaemon& daemon) {
  std::optional<std::string> metrics;
  EXPECT_TRUE(eventually([&] {
    return daemon.ended() || ((metrics = daemon.metrics()) &&
                              metrics->find("sockwatch_sockets{") != std::string::npos);
  })) << daemon.log();
  if (daemon.ended()) {
    EXPECT_EQ(daemon.ended(), 1) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr("LimitNOFILE"));
    return false;
  }
  return true;
}

TEST_F(FewDescriptors, EndTheDaemonWithAClearErrorOrLeaveItRight) {
  bool ran = false;
  for (rlim_t limit = 8; limit <= 64; limit += static_cast<rlim_t>(scaled(8, 1))) {
    SCOPED_TRACE("descriptors: " + std::to_string(limit));
    BareDaemon daemon({.descriptors = limit});
    const bool runs_now = runs(daemon);
    EXPECT_TRUE(runs_now || !ran) << "it ran with fewer";
    ran = runs_now;
    if (ran) expect_right_counts(daemon.metrics().value_or(""));
  }
  EXPECT_TRUE(ran);
}

TEST_F(FewDescriptors, LeaveOwnersPendingAndSaySo) {
  BareDaemon daemon({.descriptors = 32});
  ASSERT_TRUE(runs(daemon));
  // On a busy machine the search takes more than one sample.
  ASSERT_TRUE(eventually(
      [&] { return sum(daemon.metrics().value_or(""), "sockwatch_process_sockets") > 0; }));
  const std::string metrics = daemon.metrics().value_or("");
  EXPECT_GT(sum(metrics, "sockwatch_unowned_sockets", {"cause=\"pending\""}), 0);
  EXPECT_GT(sum(metrics, "sockwatch_process_read_errors_total", {"descriptors"}), 0);
  EXPECT_TRUE(eventually([&] {
    return daemon.log().find("out of file descriptors") != std::string::npos;
  })) << daemon.log();
}

/// A host with one process that holds one listener; whatever is asked of it may fail.
TEST(NoDescriptors, CountOneProcessEachAndAreForgottenWhenTheyComeBack) {
  FakeKernel kernel;
  Directories directories;
  kernel.tcp = {{.port = 80, .state = 10, .cookie = 9, .inode = 9}};
  directories.start({.pid = 50});
  directories.hold(50, 3, 9);
  bool exhausted = false;
  const auto watcher = [&](const std::string& path) {
    const bool of_a_process = path.starts_with("50") || path.starts_with("1/fd");
    return exhausted && of_a_process ? EMFILE : 0;
  };
  Host host({kernel.opener(), watched(directories.proc.open(), watcher), directories.etc.open()});
  exhausted = true;
  host.sample(std::chrono::seconds(0));
  EXPECT_EQ(host.counters().at(read_error("descriptors")), 2) << "process 1 and process 50";
  const Labels pending = {{"cause", "pending"}};
  EXPECT_EQ(host.shown().sum("sockwatch_unowned_sockets", pending), 1);
  exhausted = false;
  const Counters before = host.counters();
  host.sample();
  EXPECT_EQ(moved(before, host.counters()),
            (Counters{{samples("sockets"), 1}, {samples("listeners"), 1}}));
  EXPECT_EQ(host.shown().sum("sockwatch_unowned_sockets", pending), 0);
  EXPECT_EQ(host.shown().sum("sockwatch_process_sockets", {{"process", "server"}}), 1);
}

}  // namespace
}  // namespace sockwatch::test
