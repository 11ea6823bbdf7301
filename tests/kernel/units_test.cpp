// Units out of cgroups: they need neither a process nor a privilege.
#include <gtest/gtest.h>

#include "kernel/sampled.h"
#include "support/process.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

constexpr const char* kListeners = "sockwatch_listener_sockets";
constexpr const char* kUnits = "sockwatch_unit_sockets";

class Units : public Sampled {
 protected:
  void SetUp() override {
    const std::string missing = TestCgroup::missing();
    if (!missing.empty()) GTEST_SKIP() << missing;
    Sampled::SetUp();
  }
};

void serve(Child& me) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const TcpPair pair = tcp_established(listener);
  const TcpPair waiting = tcp_unaccepted(listener);
  me.ready();
  me.wait();
}

TEST_F(Units, AreThoseOfTheCgroupThatMadeTheSocket) {
  const TestCgroup cgroup("system.slice/nginx.service");
  const TestProcess process({.name = "nginx", .cgroup = &cgroup}, serve);
  const Exposition seen = sample();
  EXPECT_EQ(seen.label("unit", kListeners, {{"port", "8080"}}), "nginx.service");
  EXPECT_EQ(seen.sum(kUnits, {{"unit", "nginx.service"}}), 5) << "the unaccepted one as well";
  EXPECT_EQ(seen.sum("sockwatch_process_sockets", {{"unit", "nginx.service"}}), 4);
}

TEST_F(Units, AreNormalised) {
  const TestCgroup session("user.slice/user-1000.slice/session-42.scope");
  const TestProcess process({.name = "ssh", .cgroup = &session}, serve);
  EXPECT_EQ(sample().label("unit", kListeners, {{"port", "8080"}}), "session-*.scope");
}

TEST_F(Units, OfContainersAreTheirIds) {
  const TestCgroup container("system.slice/docker-" + std::string(64, 'a') + ".scope");
  const TestProcess process({.name = "web", .cgroup = &container}, serve);
  EXPECT_EQ(sample().label("unit", kListeners, {{"port", "8080"}}), "container:aaaaaaaaaaaa");
}

TEST_F(Units, OfASocketUnitIsTheServiceThatTookIt) {
  const TestCgroup activation("system.slice/web.socket");
  const TestCgroup service("system.slice/web.service");
  TestProcess web({.name = "web", .cgroup = &service}, [](Child& me) {
    me.ready();
    const OwnedFd socket = me.receive_socket();
    me.reach("taken");
    me.wait();
  });
  TestProcess manager({.name = "manager", .cgroup = &activation}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.ready();
    me.send_socket(listener.fd);
  });
  {
    const OwnedFd passed = manager.receive_socket();
    web.send_socket(passed.get());
  }
  web.until("taken");
  manager.await_exit();
  EXPECT_EQ(sample().label("unit", kListeners, {{"port", "8080"}}), "web.service");
}

TEST_F(Units, FollowAnOwnerThatMoves) {
  const TestCgroup cgroup("system.slice/moved.service");
  const TestProcess process({.name = "web"}, serve);
  const Exposition before = sample();
  EXPECT_EQ(before.label("unit", kListeners, {{"port", "8080"}}), "");
  cgroup.add(process.pid());
  EXPECT_EQ(sample().label("unit", kListeners, {{"port", "8080"}}), "moved.service");
}

TEST_F(Units, StayWithoutPrivileges) {
  const TestCgroup cgroup("system.slice/nginx.service");
  const TestProcess process({.name = "nginx", .cgroup = &cgroup}, serve);
  const TestProcess sampling({.name = "sampler", .uid = 65534, .gid = 65534}, [](Child& me) {
    TestSampler unprivileged;
    const Exposition seen = unprivileged.sample();
    if (seen.label("unit", kListeners, {{"port", "8080"}}) != "nginx.service") {
      throw std::runtime_error("unit not seen:\n" + seen.text());
    }
    me.ready();
    me.wait();
  });
}

}  // namespace
}  // namespace sockwatch::test
