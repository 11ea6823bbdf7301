// What the sampler tells with sampling.namespaces: all. The test's own namespace is its host; all
// others of the machine are sampled beside those that a test makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/prctl.h>

#include <optional>

#include "kernel/sampled.h"
#include "support/checked.h"
#include "support/command.h"
#include "support/eventually.h"
#include "support/process.h"
#include "support/ss.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

using std::chrono::seconds;

constexpr const char* kListeners = "sockwatch_listener_sockets";
constexpr const char* kSockets = "sockwatch_sockets";

SamplerOptions all_namespaces() {
  SamplerOptions options;
  options.collector.all_namespaces = true;
  options.collector.protocols = {Protocol::tcp, Protocol::udp};
  options.max_namespaces = 1000;
  options.max_series = 10'000;
  options.max_total_series = 100'000;
  return options;
}

void serve(Child& me) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const TcpPair pair = tcp_established(listener);
  const TcpPair waiting = tcp_unaccepted(listener);
  const TestSocket dns = udp_bind("127.0.0.1", 53);
  const TestSocket client = udp_connect("127.0.0.1", 53);
  me.ready();
  me.wait();
}

Labels in(const TestNamespace& netns, Labels labels = {}) {
  labels["netns"] = netns.name();
  return labels;
}

class AllNamespaces : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (!IsSkipped()) sampler_.emplace(all_namespaces());
  }

  Exposition sample(std::chrono::milliseconds step = seconds(5)) { return sampler_->sample(step); }
  /// Rows of the namespace's only listener at this port.
  std::string label(const Exposition& seen, const char* wanted, const TestNamespace& netns,
                    const char* port) {
    return seen.label(wanted, kListeners, in(netns, {{"port", port}}));
  }

  std::optional<TestSampler> sampler_;
};

TEST_F(AllNamespaces, AreEachSampledUnderTheirOwnName) {
  const TestNamespace blue;
  const TestNamespace red;
  const TestProcess web({.name = "blue-web", .netns = &blue}, serve);
  const TestProcess mail({.name = "red-mail", .netns = &red}, serve);
  const Exposition seen = sample();
  EXPECT_EQ(label(seen, "process", blue, "8080"), "blue-web");
  EXPECT_EQ(label(seen, "process", red, "8080"), "red-mail");
  EXPECT_EQ(seen.sum(kListeners, {{"netns", "host"}}), 0) << seen.text();
  EXPECT_EQ(seen.sum(kSockets, {{"netns", "host"}}), 0) << seen.text();
}

TEST_F(AllNamespaces, HaveTheSocketsThatSsCounts) {
  const TestNamespace blue;
  const TestProcess web({.name = "blue-web", .netns = &blue}, serve);
  const Exposition seen = sample();
  const auto count = [](const std::string& arguments) {
    return static_cast<double>(ss(arguments).size());
  };
  const std::string netns = "-N " + blue.name();
  EXPECT_EQ(seen.sum(kSockets, in(blue, {{"protocol", "tcp"}})), count(netns + " -ta"));
  EXPECT_EQ(seen.sum(kSockets, in(blue, {{"protocol", "tcp"}, {"state", "established"}})),
            count(netns + " -t"));
  EXPECT_EQ(seen.sum(kSockets, in(blue, {{"protocol", "udp"}})), count(netns + " -ua"));
  EXPECT_EQ(seen.sum(kSockets, in(blue)), 7);
  EXPECT_EQ(broken_identity(seen, blue.name()), "");
}

TEST_F(AllNamespaces, HaveTheirUdpServers) {
  const TestNamespace blue;
  const TestProcess dns({.name = "blue-dns", .netns = &blue}, serve);
  const Exposition seen = sample();
  EXPECT_EQ(seen.label("process", kListeners, in(blue, {{"protocol", "udp"}})), "blue-dns");
  EXPECT_EQ(label(seen, "address", blue, "53"), "127.0.0.1");
}

TEST_F(AllNamespaces, MayShareAProcess) {
  const TestNamespace blue;
  const TestNamespace red;
  const TestProcess both({.name = "both"}, [&](Child& me) {
    std::vector<TestSocket> sockets;
    for (const TestNamespace* netns : {&blue, &red}) {
      const auto inside = netns->enter();
      sockets.push_back(tcp_listen("0.0.0.0", 8080));
    }
    me.ready();
    me.wait();
  });
  const Exposition seen = sample();
  EXPECT_EQ(label(seen, "process", blue, "8080"), "both");
  EXPECT_EQ(label(seen, "process", red, "8080"), "both");
}

TEST_F(AllNamespaces, AreGoneAfterTheNextSampleAndNotKeptAlive) {
  std::optional<TestNamespace> blue(std::in_place);
  const std::string name = blue->name();
  run_command({"ip", "-n", netns().name(), "link", "add", "there", "type", "veth", "peer", "name",
               "here", "netns", name});
  std::optional<TestProcess> web;
  web.emplace(ProcessOptions{.name = "blue-web", .netns = &*blue}, serve);
  EXPECT_EQ(sample(seconds(1)).sum(kSockets, {{"netns", name}}), 7);
  web.reset();
  blue.reset();
  EXPECT_TRUE(eventually([] { return ::if_nametoindex("there") == 0; }));
  const Exposition seen = sample(seconds(1));
  EXPECT_EQ(seen.sum(kListeners, {{"netns", name}}), 0);
  EXPECT_EQ(seen.sum(kSockets, {{"netns", name}}), 0);
}

TEST_F(AllNamespaces, AreNamedWhenTheyHaveLivedForAMinute) {
  sample();
  const TestNamespace blue;
  const TestProcess web({.name = "blue-web", .netns = &blue}, serve);
  const Labels young = {{"netns", "other"}, {"process", "blue-web"}};
  const Exposition early = sample(seconds(60));
  EXPECT_EQ(early.sum(kListeners, young), 2);
  EXPECT_EQ(early.sum(kListeners, in(blue)), 0);
  const Exposition late = sample();
  EXPECT_EQ(late.sum(kListeners, young), 0);
  EXPECT_EQ(late.sum(kListeners, in(blue)), 2);
}

TEST_F(AllNamespaces, BeyondTheLimitAreOneTogether) {
  const TestNamespace blue;
  const TestProcess web({.name = "blue-web", .netns = &blue}, serve);
  SamplerOptions options = all_namespaces();
  options.max_namespaces = 0;
  TestSampler sampler(options);
  const Exposition seen = sampler.sample();
  EXPECT_EQ(seen.sum(kListeners, {{"netns", "other"}, {"process", "blue-web"}}), 2);
  EXPECT_EQ(seen.sum(kListeners, in(blue)), 0);
  EXPECT_EQ(broken_identity(seen, "other"), "");
}

TEST_F(AllNamespaces, MayBeTwoHundredWithOneProcess) {
  std::vector<std::unique_ptr<TestNamespace>> all(200);
  for (auto& one : all) one = std::make_unique<TestNamespace>();
  const TestProcess crowd({.name = "crowd"}, [&](Child& me) {
    std::vector<TestSocket> sockets;
    for (const auto& one : all) {
      const auto inside = one->enter();
      sockets.push_back(tcp_listen("127.0.0.1", 8080));
    }
    me.ready();
    me.wait();
  });
  const Exposition seen = sample();
  for (const auto& one : all) {
    EXPECT_EQ(label(seen, "process", *one, "8080"), "crowd");
    EXPECT_EQ(seen.sum(kSockets, in(*one)), 1);
  }
}

TEST_F(AllNamespaces, TellWhenOneListenerComesOrGoes) {
  const TestNamespace blue;
  sample(seconds(1));
  sampler_->forget_events();
  std::optional<TestProcess> web;
  web.emplace(ProcessOptions{.name = "blue-web", .netns = &blue}, serve);
  sample(seconds(1));
  const auto& events = sampler_->events();
  const auto told = std::ranges::find_if(events, [](const ListenerEvent& event) {
    return event.owner.process == "blue-web" && event.identity.endpoint.port == 8080;
  });
  ASSERT_NE(told, events.end());
  EXPECT_EQ(told->netns, blue.name());
}

// As docker starts it: on the host, for an address inside the container.
TEST_F(AllNamespaces, NameTheContainerThatADockerProxyServes) {
  if (const std::string missing = TestCgroup::missing(); !missing.empty()) GTEST_SKIP() << missing;
  const TestNamespace container;
  container.add_veth("eth7", "172.31.7.2/24");
  const TestCgroup cgroup("docker/" + std::string(60, 'b') + "c0de");
  const TestProcess web({.name = "web", .netns = &container, .cgroup = &cgroup}, serve);
  const TestProcess proxy({}, [](Child& me) {
    const TestSocket listener = tcp_listen("0.0.0.0", 8088);
    me.become("docker-proxy", listener, {"-proto", "tcp", "-container-ip", "172.31.7.2"});
  });
  // A program that has just begun has no command line for a moment.
  const Labels proxied = {{"netns", "host"}, {"process", "docker-proxy"}};
  EXPECT_TRUE(eventually(
      [&] { return sample().label("unit", kListeners, proxied) == "container:bbbbbbbbbbbb"; }));
}

TEST_F(AllNamespaces, AreCountedThroughProcWithoutPrivilege) {
  const TestNamespace blue;
  const TestProcess web({.name = "blue-web", .uid = 65534, .netns = &blue}, [](Child& me) {
    // Like a program that this user started.
    checked(::prctl(PR_SET_DUMPABLE, 1), "be seen by others");
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    const TcpPair pair = tcp_established(listener);
    const TestSocket dual = tcp_listen("::", 8081);
    const TestSocket dns = udp_bind("127.0.0.1", 5353);
    const TestSocket client = udp_connect("127.0.0.1", 5353);
    me.ready();
    me.wait();
  });
  const TestProcess watcher({.name = "watcher", .uid = 65534}, [&](Child& me) {
    TestSampler sampler(all_namespaces());
    const Exposition seen = sampler.sample();
    const Labels dual = {{"process", "blue-web"}, {"port", "8081"}};
    const std::string netns = seen.label("netns", kListeners, dual);
    const auto require = [&](bool holds, const std::string& what) {
      if (!holds) throw std::runtime_error(what + "\n" + seen.text());
    };
    require(netns.starts_with("ns-"), "no number: " + netns);
    require(seen.label("dual_stack", kListeners, dual) == "true", "not dual");
    const auto count = [&](const char* name, Labels labels) {
      labels["netns"] = netns;
      return seen.sum(name, labels);
    };
    require(count(kListeners, {{"protocol", "tcp"}}) == 2, "TCP listeners");
    require(count(kListeners, {{"protocol", "udp"}, {"port", "5353"}}) == 1, "UDP servers");
    require(count(kSockets, {{"protocol", "tcp"}, {"state", "established"}}) == 2, "connections");
    require(count(kSockets, {{"protocol", "udp"}}) == 2, "UDP sockets");
    require(broken_identity(seen, netns).empty(), broken_identity(seen, netns));
    me.ready();
    me.wait();
  });
  EXPECT_GT(watcher.pid(), 0);
}

}  // namespace
}  // namespace sockwatch::test
