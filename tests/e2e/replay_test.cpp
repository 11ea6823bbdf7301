// `sockwatch record` and --replay through the real binary, and the recorded hosts of
// tests/recordings, which must always read the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "e2e/program.h"
#include "e2e/stable_metrics.h"
#include "support/eventually.h"
#include "support/in_namespace.h"
#include "support/process.h"
#include "support/sockets.h"

namespace sockwatch::test {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kFast =
    "sampling: {interval: 200ms, listeners_interval: 100ms, cpu_limit: 100%}";

std::string file_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The value of the one line that begins so, -1 where there is none.
double value_of(const std::string& metrics, const std::string& series) {
  const std::size_t line = metrics.find("\n" + series + " ");
  return line == std::string::npos ? -1 : std::stod(metrics.substr(line + series.size() + 2));
}

/// The replay tests run in an empty network namespace: all that they see is recorded.
class RecordedHost : public InNamespace, public testing::WithParamInterface<const char*> {
 protected:
  static std::string path(const std::string& suffix) {
    return std::string(SOCKWATCH_SOURCE_DIR) + "/tests/recordings/" + GetParam() + suffix;
  }
};

TEST_P(RecordedHost, ReadsAsItAlwaysDid) {
  const RunningDaemon daemon(kFast, {"--replay", path(".swrec")});
  EXPECT_EQ(stable_metrics(daemon.metrics()), file_text(path(".metrics")));
  const std::string samples = "sockwatch_samples_total{cadence=\"sockets\"}";
  ASSERT_TRUE(eventually([&] { return value_of(daemon.metrics(), samples) >= 5; }));
  EXPECT_EQ(stable_metrics(daemon.metrics()), file_text(path(".metrics"))) << "in later samples";
}

/// Sums of a golden page by one label.
std::map<std::string, int> sums(const std::string& metrics, const std::string& metric,
                                const std::string& label) {
  const std::regex row("(?:^|\n)" + metric + "\\{[^\n]*" + label + "=\"([^\"]*)\"[^\n]*\\} (\\d+)");
  std::map<std::string, int> sums;
  for (std::sregex_iterator match(metrics.begin(), metrics.end(), row), end; match != end;
       ++match) {
    const int value = std::stoi((*match)[2]);
    if (value > 0) sums[(*match)[1]] += value;
  }
  return sums;
}

TEST_P(RecordedHost, ListsTheSocketsThatItsMetricsCount) {
  const Finished list = run_sockwatch({"list", "--replay", path(".swrec"), "--json"});
  ASSERT_EQ(list.exit_status, 0) << list.err;
  std::map<std::string, int> states, processes, causes;
  const auto json = nlohmann::json::parse(list.out);
  for (const auto& socket : json.at("sockets")) {
    ++states[socket.at("state")];
    if (!socket.at("process").is_null()) ++processes[socket.at("process")];
    if (!socket.at("cause").is_null()) ++causes[socket.at("cause")];
  }
  const std::string metrics = file_text(path(".metrics"));
  EXPECT_THAT(states, Not(IsEmpty()));
  EXPECT_EQ(states, sums(metrics, "sockwatch_sockets", "state"));
  EXPECT_EQ(processes, sums(metrics, "sockwatch_process_sockets", "process"));
  EXPECT_EQ(causes, sums(metrics, "sockwatch_unowned_sockets", "cause"));
}

TEST_P(RecordedHost, IsSmall) {
  EXPECT_LT(fs::file_size(path(".swrec")), 100U * 1024);
}

INSTANTIATE_TEST_SUITE_P(All, RecordedHost,
                         testing::Values("tcp_states", "server", "server_as_nobody"),
                         [](const auto& name) { return std::string(name.param); });

class RecordRun : public InNamespace {
 protected:
  std::string recording(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"record", file()});
    const Finished finished = run_sockwatch(options);
    EXPECT_EQ(finished.exit_status, 0) << finished.err;
    return finished.out;
  }
  std::string file() const { return folder_.path() + "/a.swrec"; }
  const TestFolder& folder() const { return folder_; }

 private:
  TestFolder folder_;
};

TEST_F(RecordRun, KeepsWhatListShows) {
  const TestProcess nginx({.name = "nginx"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    const TestSocket server = udp_bind("127.0.0.1", 5353);
    me.ready();
    me.wait();
  });
  recording();
  const Finished live = run_sockwatch({"list", "--wide"});
  const Finished replayed = run_sockwatch({"list", "--wide", "--replay", file()});
  EXPECT_THAT(live.out, HasSubstr("nginx"));
  EXPECT_EQ(replayed.out, live.out);
}

TEST_F(RecordRun, IsForItsOwnerAloneAndSaysWhatItHolds) {
  const std::string said = recording();
  EXPECT_THAT(said, StartsWith(file() + ": "));
  EXPECT_THAT(said, ContainsRegex("[1-9][0-9]* datagrams, [1-9][0-9]* answers of files, "
                                  "[1-9][0-9]* bytes, not anonymised\n$"));
  EXPECT_THAT(said, HasSubstr(" " + std::to_string(fs::file_size(file())) + " bytes"));
  struct stat facts {};
  ::stat(file().c_str(), &facts);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
  EXPECT_FALSE(fs::exists(file() + ".new"));
}

TEST_F(RecordRun, AnonymisesNames) {
  const TestProcess secret({.name = "secret-agent"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.ready();
    me.wait();
  });
  recording();
  EXPECT_THAT(file_text(file()), HasSubstr("secret-agent"));
  EXPECT_THAT(recording({"--anonymise"}), HasSubstr(" bytes, anonymised\n"));
  EXPECT_THAT(file_text(file()), Not(HasSubstr("secret-agent")));
  EXPECT_THAT(
      run_sockwatch({"list", "--replay", file(), "--listening"}).out,
      ContainsRegex("127.0.0.1:8080 +loopback +process-[0-9]+ +" + std::to_string(secret.pid())));
}

TEST_F(RecordRun, ReplacesNothingButAFile) {
  fs::create_symlink("/nowhere", folder().path() + "/link");
  for (const std::string& path : {std::string("/dev/null"), folder().path() + "/link",
                                  folder().path(), std::string("/nowhere/file")}) {
    const Finished finished = run_sockwatch({"record", path});
    EXPECT_EQ(finished.exit_status, 1);
    EXPECT_THAT(finished.err, HasSubstr(path));
    EXPECT_THAT(finished.out, IsEmpty());
  }
  EXPECT_TRUE(fs::is_symlink(folder().path() + "/link"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(RecordRun, SaysWhenItReplays) {
  recording();
  RunningDaemon daemon(kFast, {"--replay", file()});
  EXPECT_TRUE(daemon.logs("replaying " + file() + ": recorded 20")) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(" on Linux "));
  EXPECT_THAT(daemon.log(), HasSubstr("no state is kept"));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(daemon.logs("settings reloaded"));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("needs a restart")));
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_FALSE(fs::exists(fs::path(daemon.config()).parent_path() / "state"));
}

TEST_F(RecordRun, DoesNotLookAtThisMachineWhenItReplays) {
  recording();
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  EXPECT_THAT(run_sockwatch({"list", "--replay", file()}).out, Not(HasSubstr(":8080")));
  const RunningDaemon daemon(kFast, {"--replay", file()});
  EXPECT_THAT(daemon.metrics(), Not(HasSubstr("port=\"8080\"")));
}

TEST(ReplayRun, RefusesWhatIsNoRecording) {
  const TestFolder folder;
  const std::string junk = folder.write("junk", "junk");
  const std::string config = folder.write("c.yaml", "http: {listen: [\"127.0.0.1:0\"]}\n");
  const std::string missing = folder.path() + "/missing";
  const std::string pipe = folder.path() + "/pipe";  // that nobody writes to
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& [file, why] :
       {std::pair(junk, "not a sockwatch recording"), std::pair(missing, "No such file"),
        std::pair(pipe, "not a sockwatch recording")}) {
    for (const auto& arguments : {std::vector<std::string>{"list"}, {"run", "--config", config}}) {
      auto words = arguments;
      words.insert(words.end(), {"--replay", file});
      const Finished finished = run_sockwatch(words);
      EXPECT_EQ(finished.exit_status, 1);
      EXPECT_THAT(finished.err, HasSubstr(file + ": " + why));
    }
  }
}

}  // namespace
}  // namespace sockwatch::test
