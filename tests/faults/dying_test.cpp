// Processes that end at any moment while they are read: each counts once as gone, nobody else gets
// its sockets, and the next sample is right.
#include <gtest/gtest.h>

#include "faults/host.h"
#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

constexpr pid_t kVictim = 60;

/// Three servers of one socket each. The victim ends before the n-th thing that is asked of it.
class Dying : public testing::Test {
 protected:
  Dying() {
    for (const pid_t pid : {50, kVictim, 70}) {
      const auto inode = static_cast<std::uint32_t>(pid);
      kernel_.tcp.push_back(
          {.port = static_cast<std::uint16_t>(pid), .state = 10, .cookie = inode, .inode = inode});
      start(pid, "server-" + std::to_string(pid));
    }
  }

  void start(pid_t pid, const std::string& name) {
    directories_.start({.pid = pid, .comm = name, .start = static_cast<std::uint64_t>(pid) * 10});
    directories_.hold(pid, 3, static_cast<std::uint32_t>(pid));
    directories_.hold(pid, 4, 1000);
  }

  Host host() {
    const auto watcher = [this](const std::string& path) {
      const std::string victim = std::to_string(kVictim);
      if ((path == victim || path.starts_with(victim + "/")) && --questions_left_ == 0) {
        end_victim();
      }
      return 0;
    };
    return Host(
        {kernel_.opener(), watched(directories_.proc.open(), watcher), directories_.etc.open()});
  }

  void end_victim() {
    asked_then_ = true;
    directories_.end(kVictim);
    if (successor_) start_successor();
  }
  /// It has the pid of the victim and nothing else of it.
  void start_successor() {
    directories_.start({.pid = kVictim, .comm = "successor", .start = 99999});
  }

  static std::string owner(const Host& host, pid_t port) {
    return host.shown().label("process", "sockwatch_listener_sockets",
                              {{"port", std::to_string(port)}});
  }

  Host host_dying_at(int question) {
    directories_ = Directories();
    for (const pid_t pid : {50, kVictim, 70}) start(pid, "server-" + std::to_string(pid));
    questions_left_ = question;
    asked_then_ = false;
    return host();
  }

  /// The kernel still shows the socket, and no process has it.
  static void expect_forgotten(Host& host) {
    host.sample();
    expect_others_right(host);
    EXPECT_EQ(owner(host, kVictim), "");
    EXPECT_EQ(host.counters().at(sample_error("sampler", "other")), 0);
  }

  static void expect_others_right(const Host& host) {
    EXPECT_EQ(owner(host, 50), "server-50");
    EXPECT_EQ(owner(host, 70), "server-70");
    EXPECT_TRUE(
        host.shown().select("sockwatch_listener_sockets", {{"process", "successor"}}).empty());
  }

  FakeKernel kernel_;
  Directories directories_;
  int questions_left_ = 0;
  bool asked_then_ = false;
  bool successor_ = false;  // comes at once
};

TEST_F(Dying, AtAnyStepOfASearchCountsOnceAndNobodyInheritsItsSockets) {
  for (successor_ = false;; successor_ = true) {
    int steps = 0;
    for (int n = 1; n < 100; ++n) {
      SCOPED_TRACE("question " + std::to_string(n));
      Host victims = host_dying_at(n);
      victims.sample(seconds(0));
      if (!asked_then_) break;
      ++steps;
      const std::string seen = owner(victims, kVictim);
      EXPECT_TRUE(seen.empty() || seen == "server-60") << seen;
      expect_others_right(victims);
      const double gone = victims.counters().at(read_error("gone"));
      EXPECT_LE(gone, 1);
      // With the first questions processes are listed and put in order: nobody has met the victim.
      const bool unmet = n <= 5;
      EXPECT_TRUE(gone == 1 || seen == "server-60" || unmet);
      expect_forgotten(victims);
    }
    EXPECT_GE(steps, 6);
    if (successor_) break;
  }
}

TEST_F(Dying, AtAnyStepOfRevalidationIsNoticed) {
  for (successor_ = false;; successor_ = true) {
    int steps = 0;
    for (int n = 1; n < 100; ++n) {
      SCOPED_TRACE("question " + std::to_string(n));
      Host victims = host_dying_at(0);
      victims.sample(seconds(0));
      ASSERT_EQ(owner(victims, kVictim), "server-60");
      questions_left_ = n;
      victims.sample();
      if (!asked_then_) break;
      ++steps;
      expect_others_right(victims);
      expect_forgotten(victims);
    }
    EXPECT_GE(steps, 2);
    if (successor_) break;
  }
}

}  // namespace
}  // namespace sockwatch::test
