// The processes of the population library as ss(8) and /proc see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "support/cgroup.h"
#include "support/in_namespace.h"
#include "support/process.h"
#include "support/sockets.h"
#include "support/ss.h"

namespace sockwatch::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Processes = InNamespace;

std::string proc(pid_t pid, const std::string& file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool holds(const std::string& fd_folder, std::uint64_t inode) {
  const std::string wanted = "socket:[" + std::to_string(inode) + "]";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(fd_folder, error)) {
    if (std::filesystem::read_symlink(entry, error) == wanted) return true;
  }
  return false;
}

bool another_thread_holds(pid_t pid, std::uint64_t inode) {
  for (const auto& task : std::filesystem::directory_iterator(proc(pid, "task"))) {
    if (task.path().filename() == std::to_string(pid)) continue;
    if (holds(task.path() / "fd", inode)) return true;
  }
  return false;
}

SsRow listener_row(std::uint16_t port) {
  const std::vector<SsRow> rows = ss("-tlpe sport = :" + std::to_string(port));
  return rows.size() == 1 ? rows[0] : SsRow{};
}

std::set<pid_t> holders(std::uint16_t port) {
  std::set<pid_t> pids;
  for (const SsUser& user : listener_row(port).users) pids.insert(user.pid);
  return pids;
}

// The plainest life: one listener, kept.
void listen_and_wait(Child& me) {
  const TestSocket socket = tcp_listen("127.0.0.1");
  me.tell("listener", socket.facts);
  me.ready();
  me.wait();
}

TEST_F(Processes, HoldTheirSocketUnderTheirName) {
  TestProcess process({.name = "nginx"}, listen_and_wait);
  const SsRow row = listener_row(process.facts("listener").port);
  ASSERT_THAT(row.users, SizeIs(1));
  EXPECT_EQ(row.users[0].name, "nginx");
  EXPECT_EQ(row.users[0].pid, process.pid());
  EXPECT_TRUE(holds(proc(process.pid(), "fd"), process.facts("listener").inode));
}

TEST_F(Processes, MayBeNamedByAnyBytes) {
  const std::string name = "a) b\n\"x\\y\xff";
  const TestProcess process({.name = name}, listen_and_wait);
  EXPECT_EQ(read_all(proc(process.pid(), "comm")), name + "\n");
}

TEST_F(Processes, RunAsTheUserAskedFor) {
  TestProcess process({.uid = 65534, .gid = 65533}, listen_and_wait);
  const std::string status = read_all(proc(process.pid(), "status"));
  EXPECT_THAT(status, HasSubstr("Uid:\t65534\t65534\t65534\t65534"));
  EXPECT_THAT(status, HasSubstr("Gid:\t65533\t65533\t65533\t65533"));
  EXPECT_THAT(listener_row(process.facts("listener").port).rest, HasSubstr("uid:65534"));
}

TEST_F(Processes, RunInTheNamespaceAskedFor) {
  const TestNamespace other;
  TestProcess process({.netns = &other}, listen_and_wait);
  const std::uint16_t port = process.facts("listener").port;
  EXPECT_THAT(holders(port), IsEmpty());
  other.run([&] { EXPECT_THAT(holders(port), ElementsAre(process.pid())); });
}

TEST_F(Processes, RunInTheCgroupAskedFor) {
  if (const std::string why_not = TestCgroup::missing(); !why_not.empty()) GTEST_SKIP() << why_not;
  const TestCgroup cgroup("system.slice/nginx.service");
  TestProcess process({.cgroup = &cgroup}, listen_and_wait);
  EXPECT_THAT(read_all(proc(process.pid(), "cgroup")),
              HasSubstr("0::" + cgroup.path_in_hierarchy() + "\n"));
  EXPECT_THAT(listener_row(process.facts("listener").port).rest,
              HasSubstr("cgroup:" + cgroup.path_in_hierarchy()));
}

TEST_F(Processes, DoNotHoldTheSocketsOfTheTest) {
  const TestSocket mine = tcp_listen("127.0.0.1");
  const TestProcess process({}, listen_and_wait);
  EXPECT_THAT(holders(mine.facts.port), ElementsAre(::getpid()));
}

TEST_F(Processes, AreGoneWithTheirSocketsAfterTheDestructor) {
  pid_t pid = -1;
  pid_t worker = -1;
  {
    TestProcess process({}, [](Child& me) {
      const TestSocket socket = tcp_listen("127.0.0.1");
      me.fork_worker();
      listen_and_wait(me);
    });
    pid = process.pid();
    worker = process.workers().at(0);
  }
  EXPECT_FALSE(std::filesystem::exists(proc(pid, "")));
  EXPECT_FALSE(std::filesystem::exists(proc(worker, "exe")));  // a zombie has none
  EXPECT_THAT(ss("-ta"), IsEmpty());
}

TEST_F(Processes, GoThroughTheirStepsWithTheTest) {
  TestProcess process({}, [](Child& me) {
    me.ready();
    me.wait_for("open");
    const TestSocket socket = tcp_listen("127.0.0.1");
    me.reach("opened");
    me.wait_for("end");
  });
  EXPECT_THAT(ss("-ta"), IsEmpty());
  process.go("open");
  process.until("opened");
  EXPECT_THAT(ss("-ta"), SizeIs(1));
  process.go("end");
  process.await_exit();
  EXPECT_THAT(ss("-ta"), IsEmpty());
}

TEST_F(Processes, TellTheTestWhyTheirLifeFailed) {
  try {
    TestProcess process({.name = "broken"}, [](Child&) { throw std::runtime_error("no luck"); });
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "broken: no luck");
  }
}

TEST_F(Processes, ThatEndBeforeTheyAreReadyAreAnError) {
  EXPECT_THROW(TestProcess({}, [](Child&) {}), std::runtime_error);
}

TEST_F(Processes, ShareTheirSocketsWithTheirWorkers) {
  TestProcess process({.name = "master"}, [](Child& me) {
    const TestSocket socket = tcp_listen("127.0.0.1");
    me.tell("shared", socket.facts);
    me.fork_worker("worker");
    me.fork_worker("worker");
    me.ready();
    me.wait_for("end");
  });
  const std::uint16_t port = process.facts("shared").port;
  const std::vector<pid_t> workers = process.workers();
  EXPECT_EQ(holders(port), (std::set<pid_t>{process.pid(), workers.at(0), workers.at(1)}));
  process.go("end");
  process.await_exit();
  EXPECT_EQ(holders(port), (std::set<pid_t>{workers.at(0), workers.at(1)}));
}

TEST_F(Processes, PassASocketOn) {
  TestProcess giver({}, [](Child& me) {
    const TestSocket socket = tcp_listen("127.0.0.1");
    me.tell("passed", socket.facts);
    me.send_socket(socket.fd);
    me.ready();
    me.wait_for("forget");
  });
  TestProcess taker({}, [](Child& me) {
    me.ready();
    const OwnedFd socket = me.receive_socket();
    me.reach("taken");
    me.wait();
  });
  taker.send_socket(giver.receive_socket().get());
  taker.until("taken");
  const std::uint16_t port = giver.facts("passed").port;
  EXPECT_EQ(holders(port), (std::set<pid_t>{giver.pid(), taker.pid()}));
  giver.go("forget");
  giver.await_exit();
  EXPECT_THAT(holders(port), ElementsAre(taker.pid()));
}

TEST_F(Processes, LeaveASocketInFlightWithoutAHolder) {
  TestProcess process({}, [](Child& me) {
    TestSocket socket = tcp_listen("127.0.0.1");
    me.tell("flying", socket.facts);
    me.leave_in_flight(std::move(socket));
    me.ready();
    me.wait();
  });
  const SocketFacts flying = process.facts("flying");
  EXPECT_EQ(listener_row(flying.port).state, "LISTEN");
  EXPECT_THAT(holders(flying.port), IsEmpty());
  EXPECT_FALSE(holds(proc(process.pid(), "fd"), flying.inode));
}

TEST_F(Processes, HideASocketInTheFileTableOfAThread) {
  TestProcess process({}, [](Child& me) {
    me.tell("hidden", me.open_in_private_table([] { return tcp_listen("127.0.0.1"); }));
    me.ready();
    me.wait();
  });
  const std::uint64_t inode = process.facts("hidden").inode;
  EXPECT_FALSE(holds(proc(process.pid(), "fd"), inode));
  EXPECT_TRUE(another_thread_holds(process.pid(), inode));
}

TEST_F(Processes, OutliveTheirLeader) {
  TestProcess process({}, [](Child& me) {
    const TestSocket socket = tcp_listen("127.0.0.1");
    me.tell("kept", socket.facts);
    me.lose_leader();
  });
  const std::uint64_t inode = process.facts("kept").inode;
  EXPECT_THAT(read_all(proc(process.pid(), "status")), HasSubstr("State:\tZ"));
  EXPECT_FALSE(holds(proc(process.pid(), "fd"), inode));
  EXPECT_TRUE(another_thread_holds(process.pid(), inode));
}

TEST_F(Processes, BecomeAProgramWithALongName) {
  TestProcess process({.name = "before", .uid = 65534}, [](Child& me) {
    const TestSocket socket = tcp_listen("127.0.0.1");
    me.tell("kept", socket.facts);
    me.ready();
    me.wait_for("execute");
    me.become("prometheus-node-exporter", socket);
  });
  EXPECT_EQ(read_all(proc(process.pid(), "comm")), "before\n");
  process.go("execute");
  process.until("become");
  EXPECT_EQ(read_all(proc(process.pid(), "comm")), "prometheus-node\n");
  EXPECT_THAT(std::filesystem::read_symlink(proc(process.pid(), "exe")).string(),
              EndsWith("/prometheus-node-exporter"));
  EXPECT_TRUE(holds(proc(process.pid(), "fd"), process.facts("kept").inode));
}

}  // namespace
}  // namespace sockwatch::test
