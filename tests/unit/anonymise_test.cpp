#include "recording/anonymise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "app/inventory.h"
#include "recording/format.h"
#include "recording/other_texts.h"
#include "recording/recorder.h"
#include "recording/replay.h"
#include "support/fake_kernel.h"
#include "support/memory_directory.h"

namespace sockwatch::recording {
namespace {

using test::DiagSocket;
using test::FakeKernel;
using test::MemoryDirectory;

const std::string kContainer(64, 'c');

struct Program {
  pid_t pid;
  std::string comm;
  std::string exe;
  std::string cgroup;
};

const std::vector<Program> kPrograms = {
    {1, "systemd", "/usr/lib/systemd/systemd", "/init.scope"},
    {100, "nginx", "/usr/sbin/nginx", "/system.slice/nginx.service"},
    {101, "nginx", "/usr/sbin/nginx", "/system.slice/nginx.service"},
    {102, "systemd-resolve", "/usr/lib/systemd/systemd-resolved", "/system.slice/resolve.service"},
    {103, "systemd-resolve", "/opt/acme/systemd-resolve", "/system.slice/resolve.service"},
    {104, "a) b\n\"x", "/home/alice/x (deleted)", "/user.slice/user-1000.slice/session-3.scope"},
    {105, "postgres", "/usr/bin/postgres", "/docker-" + kContainer + ".scope/db.service"},
    {106, "sshd", "/usr/sbin/sshd", "/system.slice/sshd@3-203.0.113.1:22-198.51.100.7:9.service"},
    {107, "acme", "/opt/acme/acme", "/acme.slice/run-u77.service"},
    {108, "firefox", "/opt/acme/firefox", "/user.slice/app-firefox-99.scope"},
    {109, "agetty", "/sbin/agetty", "/system.slice/getty@ttyACME.service"},
    {110, "worker", "", "/plain/group"}};

/// What a reader of the recording must not learn.
const std::vector<std::string> kSecrets = {"systemd-resol",
                                           "nginx",
                                           "alice",
                                           "acme",
                                           "a) b",
                                           "postgres",
                                           "session-3",
                                           "firefox",
                                           "agetty",
                                           "user-1000",
                                           "www-data",
                                           "ttyACME",
                                           "wlan7",
                                           "plain",
                                           "sshd",
                                           "worker",
                                           "resolve",
                                           kContainer,
                                           "db.serv",
                                           "run-u77",
                                           "198.51.100",
                                           "\xc6\x33\x64\x07",                   // 198.51.100.7
                                           std::string("\x2a\x00\x14\x50", 4)};  // 2a00:1450::
const std::vector<std::string> kKept = {"/etc/passwd", "system.slice", "docker-", "root:x:0:0"};

/// Everything that is in a recording, on a machine that is not there.
class Anonymise : public testing::Test {
 protected:
  Anonymise() {
    fake_.links.push_back({.index = 3, .name = "wlan7", .master = 2});
    fake_.addresses.push_back({.interface = 3, .address = "10.1.1.1", .peer = "198.51.100.7"});
    proc_.link("self/ns/pid", "pid:[4026531836]");
    proc_.write("1/mountinfo",
                "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 acme rw\n"
                "31 24 0:27 / /home/alice rw - ext4 /dev/acme rw\n");
    proc_.write("sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
    etc_.write("passwd",
               "root:x:0:0:root:/root:/bin/sh\n"
               "www-data:x:33:33::/var/www:/bin/sh\nalice:x:1000:1000:Alice:/home/alice:/bin/sh\n");
    for (const Program& program : kPrograms) add(program);
    add_sockets();
    const auto machine = recorded({fake_.opener(), proc_.open(), etc_.open()}, notes_);
    before_ = take_inventory(machine);
    anonymise(*notes_);
    after_ = take_inventory(replay(*notes_));
  }

  void add(const Program& program) {
    const std::string directory = std::to_string(program.pid);
    proc_.write(directory + "/stat", directory + " (" + program.comm +
                                         ") S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 0 0 0 0 " + directory +
                                         " 0\n");
    proc_.write(directory + "/cgroup", "4:memory:/\n0::" + program.cgroup + "\n");
    if (!program.exe.empty()) proc_.link(directory + "/exe", program.exe);
    proc_.link(directory + "/fd/0", "/home/alice/diary");
  }

  /// A listener and a client of each program.
  void add_sockets() {
    static const char* kRemotes[] = {"198.51.100.7", "198.51.100.8", "203.0.113.1", "127.0.0.1",
                                     "224.0.0.5"};
    std::uint16_t port = 1000;
    for (const Program& program : kPrograms) {
      const std::uint64_t cgroup = proc_.make_directory("1/root/sys/fs/cgroup" + program.cgroup);
      const char* remote = kRemotes[port % 5];
      hold(program.pid, {.local = "0.0.0.0", .port = port, .state = 10, .cgroup_id = cgroup});
      hold(program.pid, {.local = "203.0.113.1",
                         .port = 50000,
                         .remote = remote,
                         .remote_port = port,
                         .uid = 33,
                         .cgroup_id = cgroup});
      ++port;
    }
    hold(100, {.local = "::1", .port = 9, .remote = "2a00:1450::5", .remote_port = 443});
    hold(100, {.local = "2001:db8::1", .port = 9, .remote = "2a00:1450::6", .remote_port = 443});
    hold(100, {.local = "2001:db8::1", .port = 9, .remote = "2001:db8::1", .remote_port = 443});
    hold(100, {.local = "::ffff:10.1.1.1",
               .port = 1000,
               .remote = "::ffff:198.51.100.7",
               .remote_port = 9});
    hold(104,
         {.local = "10.1.1.1", .port = 68, .state = 10, .interface = 3, .uid = 1000, .drops = 7});
    fake_.tcp.push_back({.port = 1000,
                         .remote = "198.51.100.8",
                         .remote_port = 1,
                         .state = 6,
                         .timer = 3,
                         .cookie = 999});
  }

  void hold(pid_t pid, DiagSocket socket) {
    socket.inode = ++last_inode_;
    socket.cookie = last_inode_;
    fake_.tcp.push_back(socket);
    proc_.link(std::to_string(pid) + "/fd/" + std::to_string(socket.inode),
               "socket:[" + std::to_string(socket.inode) + "]");
  }

  FakeKernel fake_;
  MemoryDirectory proc_;
  MemoryDirectory etc_;
  std::uint32_t last_inode_ = 100;
  std::shared_ptr<Recording> notes_ = std::make_shared<Recording>();
  Inventory before_;
  Inventory after_;
};

TEST_F(Anonymise, LeavesNoNameAndNoRemoteAddress) {
  const std::string file = encode(*notes_);
  for (const std::string& secret : kSecrets) {
    EXPECT_EQ(file.find(secret), std::string::npos) << secret;
  }
  for (const std::string& kept : kKept) {
    EXPECT_NE(file.find(kept), std::string::npos) << kept;
  }
  EXPECT_TRUE(notes_->header.anonymised);
}

/// Whether each value always has the same other one, and no two the same.
class OneToOne {
 public:
  bool agrees(const std::string& value, const std::string& other) {
    return forth_.try_emplace(value, other).first->second == other &&
           back_.try_emplace(other, value).first->second == value;
  }

 private:
  std::map<std::string, std::string> forth_;
  std::map<std::string, std::string> back_;
};

std::map<std::uint64_t, InventoryRow> by_cookie(const Inventory& inventory) {
  std::map<std::uint64_t, InventoryRow> rows;
  for (const InventoryRow& row : inventory.rows) rows[row.record.key.cookie] = row;
  return rows;
}

TEST_F(Anonymise, ReplaysToTheSameSocketsUnderOtherNames) {
  const auto before = by_cookie(before_);
  auto after = by_cookie(after_);
  ASSERT_EQ(before.size(), 30U);
  ASSERT_EQ(after.size(), before.size());
  OneToOne processes, units, cgroups, users, interfaces, remotes;
  for (const auto& [cookie, row] : before) {
    const InventoryRow& other = after[cookie];
    EXPECT_TRUE(processes.agrees(row.process, other.process)) << row.process << other.process;
    EXPECT_TRUE(units.agrees(row.unit, other.unit)) << row.unit << " " << other.unit;
    EXPECT_TRUE(cgroups.agrees(row.cgroup, other.cgroup)) << row.cgroup << " " << other.cgroup;
    EXPECT_TRUE(users.agrees(row.user, other.user)) << row.user << " " << other.user;
    EXPECT_TRUE(interfaces.agrees(row.interface, other.interface)) << other.interface;
    EXPECT_TRUE(remotes.agrees(to_string(row.record.remote), to_string(other.record.remote)));
    EXPECT_EQ(other.record.local, row.record.local);
    EXPECT_EQ(other.record.uid, row.record.uid);
    EXPECT_EQ(other.record.family, row.record.family);
    EXPECT_EQ(other.record.drops, row.record.drops);
    EXPECT_EQ(other.pid, row.pid);
    EXPECT_EQ(other.cause, row.cause);
    EXPECT_EQ(other.exposure, row.exposure);
    EXPECT_EQ(other.direction, row.direction) << row.record.local.port;
    EXPECT_EQ(to_string(other.service_port), to_string(row.service_port));
  }
}

TEST_F(Anonymise, KeepsWhatUnitsAreMadeOf) {
  std::map<pid_t, std::string> units;
  std::map<pid_t, std::string> processes;
  for (const InventoryRow& row : after_.rows) {
    units[row.pid] = row.unit;
    processes[row.pid] = row.process;
  }
  EXPECT_EQ(units[1], "init.scope");
  EXPECT_THAT(units[100], testing::MatchesRegex("unit-[0-9]+\\.service"));
  EXPECT_EQ(units[104], "session-*.scope");
  EXPECT_EQ(units[105], "container:000000000001");
  EXPECT_THAT(units[106], testing::MatchesRegex("unit-[0-9]+@\\*\\.service"));
  EXPECT_EQ(units[107], "run-*");
  EXPECT_EQ(units[108], "app-*.scope");
  EXPECT_THAT(units[109], testing::MatchesRegex("unit-[0-9]+@[0-9]+\\.service"));
  EXPECT_EQ(units[110], "");
  EXPECT_EQ(processes[102].substr(0, 15), processes[103]);
  EXPECT_EQ(processes[103].size(), 15U);
}

TEST_F(Anonymise, TakesAddressesThatAreNobodys) {
  const auto rows = by_cookie(after_);
  const auto remote_of = [&](const std::string& remote) {
    for (const auto& row : before_.rows) {
      if (to_string(row.record.remote.address) == remote) {
        return to_string(rows.at(row.record.key.cookie).record.remote.address);
      }
    }
    return std::string("not there");
  };
  EXPECT_THAT(remote_of("198.51.100.7"), testing::StartsWith("198.18.0."));
  EXPECT_THAT(remote_of("2a00:1450::5"), testing::StartsWith("2001:db8::"));
  for (const char* kept : {"203.0.113.1", "127.0.0.1", "224.0.0.5", "2001:db8::1"}) {
    EXPECT_EQ(remote_of(kept), kept);
  }
}

TEST_F(Anonymise, GivesTheSameForTheSame) {
  const auto again = std::make_shared<Recording>();
  (void)take_inventory(recorded({fake_.opener(), proc_.open(), etc_.open()}, again));
  anonymise(*again);
  EXPECT_EQ(encode(*again), encode(*notes_));
}

TEST(OtherTexts, LeaveOutWhatIsNotKnown) {
  OtherAddresses addresses;
  OtherNames names;
  EXPECT_EQ(other_text("/proc/7/environ", "PASSWORD=secret", addresses, names), std::nullopt);
  EXPECT_EQ(other_link_target("/proc/7/cwd", "/home/alice", names), std::nullopt);
  EXPECT_EQ(other_text("/etc/passwd", "junk\nalice:x:7:7:::\n", addresses, names),
            "user-1:x:7:7:::\n");
}

TEST(OtherTexts, ReplaceRemoteAddressesInTables) {
  OtherAddresses addresses;
  OtherNames names;
  const std::string table =
      "  sl  local_address rem_address   st tx_queue\n"
      "   0: 0100007F:0016 076433C6:01BB 01 00000000\n"
      "   1: 0100007F:0016 0100007F:01BB 01 00000000\n"
      "junk\n"
      "   2: 0100007F:0016 zz6433C6:01BB 01 00000000\n";
  EXPECT_EQ(other_text("/proc/self/net/tcp", table, addresses, names),
            "  sl  local_address rem_address   st tx_queue\n"
            "   0: 0100007F:0016 010012C6:01BB 01 00000000\n"
            "   1: 0100007F:0016 0100007F:01BB 01 00000000\n");
  EXPECT_EQ(other_text("/proc/thread-self/net/tcp6",
                       "   0: 00000000000000000000000000000000:0016 "
                       "0000000000000000FFFF0000076433C6:01BB 01\n"
                       "   1: 00000000000000000000000000000000:0016 "
                       "5014002A000000000000000005000000:01BB 01\n",
                       addresses, names),
            "   0: 00000000000000000000000000000000:0016 "
            "0000000000000000FFFF0000010012C6:01BB 01\n"
            "   1: 00000000000000000000000000000000:0016 "
            "B80D0120000000000000000001000000:01BB 01\n");
}

}  // namespace
}  // namespace sockwatch::recording
