#include "attribution/processes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

class ProcessesTest : public testing::Test {
 protected:
  /// As a search finds it.
  HolderProcess found(const FakeProcess& process) {
    return {process.pid, process.start, process.comm,
            tree_.open()->open(std::to_string(process.pid)).value()};
  }

  ProcessId add(const FakeProcess& process) {
    tree_.add(process);
    return processes_.add(found(process));
  }

  /// As a full sample does it, long after the last.
  void revalidate() { processes_.revalidate(now_ += std::chrono::seconds(30)); }

  ProcTree tree_;
  Processes processes_;
  MonotonicTime now_{};
};

TEST_F(ProcessesTest, KnowWhatProcSaysOfAProcess) {
  const ProcessId id = add({.pid = 42,
                            .comm = "systemd-resolve",
                            .start = 77,
                            .exe = "/lib/systemd/systemd-resolved",
                            .cgroup = "0::/system.slice/systemd-resolved.service\n"});
  const Process& process = processes_[id];
  EXPECT_EQ(process.pid, 42);
  EXPECT_EQ(process.start_time, 77U);
  EXPECT_EQ(process.comm, "systemd-resolve");
  EXPECT_EQ(process.name, "systemd-resolved");
  EXPECT_EQ(process.cgroup_path, "/system.slice/systemd-resolved.service");
  EXPECT_EQ(process.unit, "systemd-resolved.service");
  EXPECT_FALSE(process.gone);
}

TEST_F(ProcessesTest, NameAProcessWhoseProgramMayNotBeRead) {
  const ProcessId id = add({.comm = "systemd-resolve", .exe = ""});
  EXPECT_EQ(processes_[id].name, "systemd-resolve");
  revalidate();
  EXPECT_FALSE(processes_[id].gone);
}

TEST_F(ProcessesTest, TakeAProcessThatIsFoundAgainForTheSame) {
  const FakeProcess process{.pid = 42};
  const ProcessId id = add(process);
  EXPECT_EQ(processes_.add(found(process)), id);
  EXPECT_EQ(processes_.size(), 1U);
}

TEST_F(ProcessesTest, TellAProcessFromItsSuccessorWithTheSamePid) {
  const ProcessId first = add({.pid = 42, .comm = "old", .start = 77});
  const ProcessId second = add({.pid = 42, .comm = "new", .start = 78});
  EXPECT_NE(second, first);
  revalidate();
  EXPECT_TRUE(processes_[first].gone);
  EXPECT_FALSE(processes_[second].gone);
  EXPECT_EQ(processes_[first].name, "old");
  EXPECT_EQ(processes_[second].name, "new");
}

TEST_F(ProcessesTest, TellASuccessorThatStartedInTheSameTickToo) {
  const ProcessId first = add({.pid = 42, .comm = "old", .start = 77});
  const ProcessId second = add({.pid = 42, .comm = "new", .start = 77});
  EXPECT_NE(second, first);
  EXPECT_EQ(processes_[second].name, "new");
}

TEST_F(ProcessesTest, GoWhenTheyEnd) {
  const ProcessId id = add({.pid = 42});
  revalidate();
  EXPECT_FALSE(processes_[id].gone);
  tree_.end(42);
  revalidate();
  EXPECT_TRUE(processes_[id].gone);
}

TEST_F(ProcessesTest, GoWhenTheyRunAnotherProgram) {
  const ProcessId comm = add({.pid = 42, .comm = "sh", .exe = "/bin/busybox"});
  const ProcessId exe = add({.pid = 43, .comm = "app", .exe = "/opt/1/app"});
  tree_.exec({.pid = 42, .comm = "httpd", .exe = "/bin/busybox"});
  tree_.exec({.pid = 43, .comm = "app", .exe = "/opt/2/app"});
  revalidate();
  EXPECT_TRUE(processes_[comm].gone);
  EXPECT_TRUE(processes_[exe].gone);
}

TEST_F(ProcessesTest, AreNewOnesAfterAnotherProgramRuns) {
  const ProcessId shell = add({.pid = 42, .comm = "sh"});
  tree_.exec({.pid = 42, .comm = "httpd"});
  revalidate();
  const ProcessId server = processes_.add(found({.pid = 42, .comm = "httpd"}));
  EXPECT_NE(server, shell);
  EXPECT_EQ(processes_[server].name, "httpd");
  EXPECT_FALSE(processes_[server].gone);
}

TEST_F(ProcessesTest, ThatEndedSinceTheyWereFoundKeepTheirNameUntilTheyAreLookedAt) {
  const FakeProcess process{.pid = 42};
  tree_.add(process);
  HolderProcess holder = found(process);
  tree_.end(42);
  const ProcessId id = processes_.add(std::move(holder));
  EXPECT_EQ(processes_[id].name, "server");
  revalidate();
  EXPECT_TRUE(processes_[id].gone);
}

TEST_F(ProcessesTest, ReleaseWhatHasNoSocketAndReuseItsId) {
  const ProcessId first = add({.pid = 42});
  const ProcessId second = add({.pid = 43});
  processes_.release_unused({false, true});
  EXPECT_EQ(processes_[second].pid, 43);
  EXPECT_EQ(add({.pid = 44}), first);
  EXPECT_EQ(processes_.size(), 2U);
  EXPECT_EQ(processes_[first].pid, 44);
}

TEST_F(ProcessesTest, ReadAReleasedProcessAnewWhenItIsFoundAgain) {
  const FakeProcess process{.pid = 42};
  add(process);
  processes_.release_unused({false});
  const ProcessId again = processes_.add(found(process));
  EXPECT_EQ(processes_[again].name, "server");
  EXPECT_FALSE(processes_[again].gone);
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

TEST_F(ProcessesTest, HoldOneDescriptorEachUntilTheyAreReleased) {
  const auto before = open_descriptors();
  for (int pid = 100; pid < 110; ++pid) add({.pid = pid});
  EXPECT_EQ(open_descriptors(), before + 10);
  processes_.release_unused(std::vector<bool>(10, false));
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace sockwatch::test
