// Which process a socket is counted for.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "kernel/sampled.h"
#include "support/process.h"
#include "support/ss.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

constexpr const char* kListeners = "sockwatch_listener_sockets";
constexpr const char* kProcesses = "sockwatch_process_sockets";

using Ownership = Sampled;

void listen_on_8080(Child& me) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  me.ready();
  me.wait();
}

std::string owner(const Exposition& seen, const std::string& port = "8080") {
  return seen.label("process", kListeners, {{"port", port}});
}

double causes_of_missing_holder(const Exposition& seen) {
  return seen.sum("sockwatch_unowned_sockets", {{"cause", "no_holder"}}) +
         seen.sum("sockwatch_unowned_sockets", {{"cause", "unreadable"}});
}

TEST_F(Ownership, IsTheProcessThatHoldsTheSocket) {
  const TestProcess nginx({.name = "nginx"}, listen_on_8080);
  const Exposition seen = sample();
  EXPECT_EQ(owner(seen), "nginx");
  EXPECT_EQ(seen.sum(kProcesses, {{"process", "nginx"}, {"state", "listen"}}), 1);
}

TEST_F(Ownership, OfASharedSocketIsTheProcessThatStartedFirst) {
  const TestProcess master({.name = "master"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.fork_worker("worker");
    me.fork_worker("worker");
    me.ready();
    me.wait();
  });
  const Exposition seen = sample();
  EXPECT_EQ(owner(seen), "master");
  EXPECT_EQ(seen.sum(kProcesses), 1) << "three holders, one socket";
}

TEST_F(Ownership, GoesToTheChildWhenTheParentEnds) {
  TestProcess parent({.name = "parent"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    const TcpPair pair = tcp_established(listener);
    me.fork_worker("child");
    me.ready();
    me.wait_for("end");
  });
  EXPECT_EQ(owner(sample()), "parent");
  parent.go("end");
  parent.await_exit();
  const Exposition seen = sample();
  EXPECT_EQ(owner(seen), "child");
  EXPECT_EQ(seen.sum(kProcesses, {{"process", "child"}}), 3);
}

TEST_F(Ownership, OfAListenerGoesToTheChildWhenTheParentClosesIt) {
  TestProcess parent({.name = "parent"}, [](Child& me) {
    TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.fork_worker("child");
    me.ready();
    me.wait_for("close");
    listener.fd = {};
    me.reach("closed");
    me.wait();
  });
  EXPECT_EQ(owner(sample()), "parent");
  parent.go("close");
  parent.until("closed");
  sample();
  EXPECT_EQ(owner(sample()), "child");
  ASSERT_FALSE(sampler().events().empty());
  EXPECT_EQ(sampler().events().back().kind, ListenerEvent::Kind::owner_changed);
  EXPECT_EQ(sampler().events().back().previous.process, "parent");
}

TEST_F(Ownership, OfAListenerThatWasSeenBeforeItListenedIsVerifiedToo) {
  TestProcess parent({.name = "parent"}, [](Child& me) {
    TestSocket socket = tcp_bound_inactive("127.0.0.1", 8080);
    me.ready();
    me.wait_for("listen");
    if (::listen(socket.fd.get(), 5) != 0) throw std::runtime_error("listen");
    me.fork_worker("child");
    me.reach("listening");
    me.wait_for("close");
    socket.fd = {};
    me.reach("closed");
    me.wait();
  });
  sample();
  parent.go("listen");
  parent.until("listening");
  EXPECT_EQ(owner(sample()), "parent");
  parent.go("close");
  parent.until("closed");
  sample();
  EXPECT_EQ(owner(sample()), "child");
}

TEST_F(Ownership, FollowsASocketThatIsPassedOn) {
  TestProcess taker({.name = "taker"}, [](Child& me) {
    me.ready();
    const OwnedFd socket = me.receive_socket();
    me.reach("taken");
    me.wait();
  });
  TestProcess giver({.name = "giver"}, [](Child& me) {
    {
      const TestSocket listener = tcp_listen("127.0.0.1", 8080);
      me.ready();
      me.wait_for("give");
      me.send_socket(listener.fd);
    }
    me.reach("given");
    me.wait();
  });
  EXPECT_EQ(owner(sample()), "giver");
  giver.go("give");
  {
    const OwnedFd passed = giver.receive_socket();
    taker.send_socket(passed.get());
  }
  giver.until("given");
  taker.until("taken");
  sample();
  EXPECT_EQ(owner(sample()), "taker");
}

TEST_F(Ownership, IsNobodysWhileASocketIsInFlight) {
  const TestProcess process({.name = "juggler"}, [](Child& me) {
    me.leave_in_flight(tcp_listen("127.0.0.1", 8080));
    me.ready();
    me.wait();
  });
  const Exposition seen = sample();
  EXPECT_EQ(owner(seen), "");
  EXPECT_EQ(causes_of_missing_holder(seen), 1);
}

TEST_F(Ownership, OfAThreadsPrivateDescriptorIsTheProcess) {
  const TestProcess process({.name = "threads"}, [](Child& me) {
    me.open_in_private_table([] { return tcp_listen("127.0.0.1", 8080); });
    me.ready();
    me.wait();
  });
  EXPECT_EQ(owner(sample()), "threads");
}

TEST_F(Ownership, IsFoundWhenTheFirstThreadHasEnded) {
  const TestProcess process({.name = "leaderless"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.lose_leader();
  });
  EXPECT_EQ(owner(sample()), "leaderless");
}

TEST_F(Ownership, NamesAreCompletedFromTheExecutable) {
  TestProcess process({.name = "before"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.become("a-very-long-daemon-name", listener);
  });
  process.until("become");
  EXPECT_EQ(owner(sample()), "a-very-long-daemon-name");
}

TEST_F(Ownership, ChangesWithTheProgram) {
  TestProcess process({.name = "shell"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.ready();
    me.wait_for("exec");
    me.become("server", listener);
  });
  EXPECT_EQ(owner(sample()), "shell");
  process.go("exec");
  process.until("become");
  EXPECT_EQ(owner(sample()), "server");
}

TEST_F(Ownership, HostileNamesStayOneLabel) {
  const TestProcess process({.name = "a) b\n\"x\\\xff"}, listen_on_8080);
  EXPECT_EQ(owner(sample()), "a) b\\x0a\"x\\\\xff");
}

TEST_F(Ownership, TheUserIsTheSockets) {
  const TestProcess process({.name = "web", .uid = 12345}, listen_on_8080);
  EXPECT_EQ(sample().label("user", kListeners, {{"port", "8080"}}), "12345");
}

TEST_F(Ownership, AgreesWithSs) {
  const TestProcess a({.name = "alpha"}, listen_on_8080);
  const TestProcess b({.name = "beta"}, [](Child& me) {
    const TestSocket listener = tcp_listen("::", 8081);
    const TestSocket server = udp_bind("0.0.0.0", 5353);
    me.ready();
    me.wait();
  });
  const Exposition seen = sample();
  const auto rows = ss("-tulp");
  EXPECT_EQ(rows.size(), 3U);
  for (const SsRow& row : rows) {
    ASSERT_EQ(row.users.size(), 1U);
    EXPECT_EQ(owner(seen, row.local_port), row.users[0].name);
  }
}

TEST_F(Ownership, WithoutPrivilegesOthersAreUnreadable) {
  const TestProcess other({.name = "other-user", .uid = 1}, listen_on_8080);
  const TestProcess sampling({.name = "sampler", .uid = 65534, .gid = 65534}, [](Child& me) {
    const TestSocket own = tcp_listen("127.0.0.1", 9090);
    TestSampler unprivileged;
    const Exposition seen = unprivileged.sample();
    const auto check = [](bool holds, const std::string& what) {
      if (!holds) throw std::runtime_error(what);
    };
    check(owner(seen) == "", "another user's process has no name");
    check(owner(seen, "9090") == "sampler", "the own one has");
    check(seen.sum("sockwatch_unowned_sockets", {{"cause", "unreadable"}}) == 1, "one unreadable");
    check(seen.sum("sockwatch_sockets") == 2, "all are counted");
    check(broken_identity(seen).empty(), broken_identity(seen));
    me.ready();
    me.wait();
  });
}

}  // namespace
}  // namespace sockwatch::test
