// Recording and replay of the seams themselves: each call of a channel or a directory.
#include "recording/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "kernel/dump.h"
#include "kernel/requests.h"
#include "recording/format.h"
#include "recording/minimise.h"
#include "recording/numbers.h"
#include "recording/replay.h"
#include "support/fake_kernel.h"
#include "support/memory_directory.h"

namespace sockwatch::recording {
namespace {

using test::DumpRequest;
using test::FailAt;
using test::FakeKernel;
using test::MemoryDirectory;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const kernel::Request kUdp =
    kernel::family_dump(AF_INET, IPPROTO_UDP, kernel::kUdpAllStates, kernel::Extension::none);
const kernel::Request kTcp = kernel::tcp_walk(kernel::kAllStates, kernel::Extension::none);

/// What a dump over a channel of its own gave: how many sockets, or the errno.
int dump(const kernel::System& system, const kernel::Request& request) {
  auto channel = system.netlink(NETLINK_SOCK_DIAG);
  if (!channel) return -channel.error().code;
  kernel::Waiting waiting{std::chrono::seconds(1)};
  int sockets = 0;
  const auto dumped = kernel::run_dump(**channel, request, waiting, [&](const auto& payloads) {
    sockets += static_cast<int>(payloads.size());
    return true;
  });
  return dumped ? sockets : -dumped.error().code;
}

/// A machine of the test's own with a recorder on it.
class Recorder : public testing::Test {
 protected:
  FakeKernel fake_;
  MemoryDirectory proc_;
  MemoryDirectory etc_;
  std::shared_ptr<Recording> notes_ = std::make_shared<Recording>();
  kernel::System machine_ = recorded({fake_.opener(), proc_.open(), etc_.open()}, notes_);

  /// Through the bytes of a file.
  kernel::System replayed() const {
    const std::string file = encode(*notes_);
    return replay(decode(std::as_bytes(std::span(file))).value());
  }
};

TEST_F(Recorder, ReplaysADumpToAnyoneWhoAsksForIt) {
  fake_.tcp = {{.cookie = 1}, {.cookie = 2}, {.cookie = 3}};
  fake_.rows_per_datagram = 2;
  EXPECT_EQ(dump(machine_, kTcp), 3);
  fake_.tcp.clear();
  const auto system = replayed();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(dump(system, kTcp), 3);
}

TEST_F(Recorder, KeepsNoSequenceNumbersAndPortIds) {
  fake_.udp = {{.state = 7, .cookie = 1}};
  dump(machine_, kUdp);
  dump(machine_, kUdp);
  ASSERT_EQ(notes_->conversations.size(), 4U);
  EXPECT_EQ(notes_->conversations[1].request, kUdp);
  EXPECT_EQ(notes_->conversations[1].replies, notes_->conversations[3].replies);
}

TEST_F(Recorder, ReplaysAnswersInTheirOrderAndThenTheLastOne) {
  for (std::uint64_t cookie = 1; cookie <= 3; ++cookie) {
    fake_.tcp.push_back({.cookie = cookie});
    dump(machine_, kTcp);
  }
  const auto system = replayed();
  std::vector<int> counts;
  for (int i = 0; i < 5; ++i) counts.push_back(dump(system, kTcp));
  EXPECT_THAT(counts, ElementsAre(1, 2, 3, 3, 3));
}

TEST_F(Recorder, ReplaysFailuresWhereverTheyCame) {
  for (const FailAt where :
       {FailAt::send, FailAt::receive, FailAt::error_message, FailAt::done_message}) {
    fake_.fail(where, EPERM, [](const DumpRequest&) { return true; });
    EXPECT_EQ(dump(machine_, kTcp), -EPERM);
    EXPECT_EQ(dump(replayed(), kTcp), -EPERM);
    fake_.repair();
    *notes_ = {};
  }
}

TEST_F(Recorder, ReplaysThatAChannelCannotBeOpened) {
  EXPECT_EQ(dump(machine_, kTcp), 0);
  fake_.fail_open(NETLINK_SOCK_DIAG, EMFILE);
  EXPECT_EQ(dump(machine_, kTcp), -EMFILE);
  const auto system = replayed();
  EXPECT_EQ(dump(system, kTcp), 0);
  EXPECT_EQ(dump(system, kTcp), -EMFILE);
  EXPECT_EQ(dump(system, kTcp), -EMFILE);
}

TEST_F(Recorder, ReplaysTruncationTimeoutsAndForeignDatagrams) {
  fake_.follow([](const DumpRequest& request) -> std::vector<test::Reply> {
    return {{.error_code = EINTR},
            {.bytes = test::done(request.from), .sender = 4711},
            {.bytes = test::done({request.from.sequence + 1, request.from.port})}};
  });
  EXPECT_EQ(dump(machine_, kTcp), -EAGAIN);
  EXPECT_EQ(notes_->conversations.at(1).replies.size(), 1U);
  EXPECT_EQ(dump(replayed(), kTcp), -EAGAIN);

  fake_.follow([](const DumpRequest& request) -> std::vector<test::Reply> {
    return {{.bytes = test::done(request.from), .truncated = true}};
  });
  dump(machine_, kUdp);
  EXPECT_EQ(dump(replayed(), kUdp), -EMSGSIZE);
}

TEST_F(Recorder, TakesNoSignalForAFailure) {
  fake_.follow([](const DumpRequest& request) -> std::vector<test::Reply> {
    return {{.error_code = EINTR}, {.bytes = test::done(request.from)}};
  });
  EXPECT_EQ(dump(machine_, kTcp), 0);
  EXPECT_EQ(notes_->conversations.at(1).failed, FailedCall::none);
}

TEST(Numbers, AreAddedToEachWholeMessage) {
  const auto message = [](std::uint32_t sequence) { return test::done({sequence, 100}); };
  test::Buffer bytes = test::joined({message(1), message(2)});
  add_numbers(bytes, {10, UINT32_MAX});
  EXPECT_EQ(numbers_of(bytes).sequence, 11U);
  EXPECT_EQ(numbers_of(bytes).port, 99U);
  EXPECT_EQ(numbers_of(Bytes(bytes).last(message(2).size())).sequence, 12U);
  add_numbers(bytes, -Numbers{10, UINT32_MAX});
  EXPECT_EQ(bytes, test::joined({message(1), message(2)}));

  bytes.pop_back();
  add_numbers(bytes, {1, 0});
  EXPECT_EQ(numbers_of(Bytes(bytes).last(message(2).size() - 1)).sequence, 2U);
  EXPECT_EQ(numbers_of({}).sequence, 0U);
}

TEST_F(Recorder, ReplaysNoHandlerForWhatWasNeverAsked) {
  dump(machine_, kTcp);
  EXPECT_EQ(dump(replayed(), kUdp), -ENOENT);
  EXPECT_EQ(dump(replay({}), kUdp), -ENOENT);
  EXPECT_EQ(kernel::failure_of(ENOENT), kernel::DumpFailure::no_handler);
}

std::vector<std::pair<std::string, std::uint64_t>> entries_of(const kernel::Directory& directory) {
  std::vector<std::pair<std::string, std::uint64_t>> entries;
  (void)directory.for_each_entry(
      [&](const kernel::Entry& entry) { entries.emplace_back(entry.name, entry.inode); });
  return entries;
}

std::vector<std::string> lines_of(const kernel::Directory& directory, const std::string& name) {
  std::vector<std::string> lines;
  (void)directory.read_lines(name, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  return lines;
}

TEST_F(Recorder, ReplaysEveryQuestionToADirectory) {
  proc_.write("12/cgroup", "0::/a\n");
  proc_.write("net/tcp", "one\n\nthree");
  proc_.link("12/exe", "/usr/bin/server");
  const auto inode = proc_.make_directory("12/fd");
  const auto ask = [&](const kernel::System& system) {
    const auto process = system.proc->open("12").value();
    EXPECT_EQ(process->read_file("cgroup"), "0::/a\n");
    EXPECT_EQ(process->read_link("exe"), "/usr/bin/server");
    EXPECT_THAT(entries_of(*process), testing::Contains(Pair("fd", inode)));
    EXPECT_EQ(process->stamp(".")->inode, proc_.make_directory("12"));
    EXPECT_THAT(lines_of(*system.proc, "net/tcp"), ElementsAre("one", "", "three"));
    EXPECT_EQ(system.proc->read_file("12/stat").error().code, ENOENT);
    EXPECT_EQ(system.proc->open("13").error().code, ENOENT);
  };
  ask(machine_);
  ask(replayed());
}

TEST_F(Recorder, FindsOneThingUnderAllItsNames) {
  proc_.write("12/task/12/stat", "x");
  EXPECT_TRUE(machine_.proc->open("12").value()->open("./task//12").value()->open("."));
  EXPECT_TRUE(machine_.proc->open("12/task").value()->read_file("12/./stat"));
  EXPECT_TRUE(replayed().proc->open("12/task/12"));
  EXPECT_TRUE(replayed().proc->read_file("./12//task/12/stat"));
}

TEST_F(Recorder, KeepsTheLimitsOfFilesAndLinks) {
  proc_.write("file", "four");
  proc_.link("link", "target");
  (void)machine_.proc->read_file("file");
  (void)machine_.proc->read_link("link");
  const auto system = replayed();
  EXPECT_EQ(system.proc->read_file("file", 3).error().code, EFBIG);
  EXPECT_EQ(system.proc->read_file("file", 4), "four");
  std::array<char, 3> buffer{};
  EXPECT_EQ(system.proc->read_link("link", buffer), "tar");
}

TEST_F(Recorder, StopsLinesWhenNoMoreAreWanted) {
  proc_.write("net/tcp", "one\ntwo\nthree\n");
  const auto first_two = [](const kernel::Directory& directory) {
    std::vector<std::string> lines;
    EXPECT_TRUE(directory.read_lines("net/tcp", [&](std::string_view line) {
      lines.emplace_back(line);
      return lines.size() < 2;
    }));
    return lines;
  };
  EXPECT_THAT(first_two(*machine_.proc), ElementsAre("one", "two"));
  EXPECT_THAT(first_two(*replayed().proc), ElementsAre("one", "two"));
  EXPECT_THAT(lines_of(*replayed().proc, "net/tcp"), ElementsAre("one", "two", "three"))
      << "who comes later may want more than who was recorded";
}

TEST_F(Recorder, ReplaysWhatChangedMeanwhile) {
  etc_.write("passwd", "a:x:1:1:A:/home/a:/bin/sh\n");
  (void)machine_.etc->read_file("passwd");
  etc_.remove("passwd");
  (void)machine_.etc->read_file("passwd");
  const auto system = replayed();
  EXPECT_EQ(system.etc->read_file("passwd"), "a:x:1:1:::\n");
  EXPECT_EQ(system.etc->read_file("passwd").error().code, ENOENT);
  EXPECT_EQ(system.etc->read_file("passwd").error().code, ENOENT);
}

TEST_F(Recorder, PassesOnMoreThanItKeeps) {
  const std::string passwd = "a:secret:1:2:Alice:/home/alice:/bin/sh\nb:c\n";
  const std::string stat = "7 (a) b) S 1 7 7 0 -1 4 5 6 7 8 9 10 11 12 13 14 15 16 4711 18 19";
  etc_.write("passwd", passwd);
  proc_.write("7/stat", stat + "\n");
  proc_.link("7/fd/1", "/home/alice/diary.txt");
  proc_.link("7/fd/2", "socket:[22]");
  EXPECT_EQ(machine_.etc->read_file("passwd"), passwd);
  EXPECT_EQ(machine_.proc->read_file("7/stat"), stat + "\n");
  EXPECT_EQ(machine_.proc->read_link("7/fd/1"), "/home/alice/diary.txt");
  EXPECT_EQ(machine_.proc->read_link("7/fd/2"), "socket:[22]");
  const auto system = replayed();
  EXPECT_EQ(system.etc->read_file("passwd"), "a:x:1:2:::\n");
  EXPECT_EQ(system.proc->read_file("7/stat"),
            "7 (a) b) S 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 4711\n");
  EXPECT_EQ(system.proc->read_link("7/fd/1"), "file");
  EXPECT_EQ(system.proc->read_link("7/fd/2"), "socket:[22]");
}

TEST(Minimise, KeepsOfALineWhatIsRead) {
  const std::string cgroup2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw";
  const struct {
    const char* path;
    std::string line;
    std::optional<std::string> kept;
  } rows[] = {
      {"/proc/1/mountinfo", cgroup2, cgroup2},
      {"/proc/1/mountinfo", "31 24 0:27 / /home/alice rw - ext4 /dev/sda1 rw", std::nullopt},
      {"/etc/passwd", "root:x:0:0:root:/root:/bin/bash", "root:x:0:0:::"},
      {"/etc/passwd", "+@netgroup", std::nullopt},
      {"/proc/thread-self/net/unix", "Num       RefCount Protocol Flags    Type St Inode Path",
       "Num       RefCount Protocol Flags    Type St Inode"},
      {"/proc/thread-self/net/unix",
       "ffff88800: 00000002 00000000 00010000 0001 01 1234 /home/alice/socket",
       "ffff88800: 00000002 00000000 00010000 0001 01 1234"},
      {"/proc/thread-self/net/unix", "ffff88800: 00000002 00000000 00000000 0002 01  1234",
       "ffff88800: 00000002 00000000 00000000 0002 01  1234"},
      {"/proc/thread-self/net/unix", "second line of a name", std::nullopt},
      {"/proc/thread-self/net/tcp", "  sl  local_address", "  sl  local_address"},
  };
  for (const auto& row : rows) EXPECT_EQ(kept_line(row.path, row.line), row.kept) << row.line;
}

TEST(Minimise, KeepsOfTheCgroupTreeItsDirectories) {
  EXPECT_TRUE(keeps_entry("/proc/1/root/sys/fs/cgroup", {"system.slice", 5, true}));
  EXPECT_FALSE(keeps_entry("/proc/1/root/sys/fs/cgroup", {"cgroup.procs", 6, false}));
  EXPECT_TRUE(keeps_entry("/proc/12/fd", {"7", 6, false}));
}

}  // namespace
}  // namespace sockwatch::recording
