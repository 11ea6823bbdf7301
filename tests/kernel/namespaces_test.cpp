// Namespaces of the test's own among those of the machine: found, entered and not held.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>
#include <set>
#include <thread>

#include "app/netlink_source.h"
#include "kernel/namespace_door.h"
#include "kernel/namespace_finder.h"
#include "support/checked.h"
#include "support/command.h"
#include "support/eventually.h"
#include "support/netns.h"
#include "support/process.h"

namespace sockwatch::test {
namespace {

using kernel::FoundNamespace;
using kernel::NamespaceFinder;
using kernel::NamespaceSight;

std::uint64_t cookie_of(const TestNamespace& netns) {
  std::uint64_t cookie = 0;
  netns.run([&] { cookie = kernel::namespace_cookie().value(); });
  return cookie;
}

std::uint64_t inode_of(const std::string& path) {
  const auto top = kernel::open_directory("/");
  return (*top)->stamp(path.substr(1)).value().inode;
}

class OtherNamespaces : public testing::Test {
 protected:
  void SetUp() override {
    const std::string why_not = TestNamespace::missing_privilege();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
  }

  static std::vector<FoundNamespace> find(NamespaceSight sight = NamespaceSight::descriptor) {
    std::shared_ptr<const kernel::Directory> proc = kernel::open_directory("/proc").value();
    return NamespaceFinder(proc, sight).find(MonotonicTime()).value();
  }
  static std::optional<FoundNamespace> find(std::uint64_t inode) {
    const auto all = find();
    const auto one = std::ranges::find(all, inode, &FoundNamespace::inode);
    return one == all.end() ? std::nullopt : std::optional(*one);
  }
  static Result<kernel::OpenedNamespace> open(const FoundNamespace& one) {
    return std::move(kernel::open_namespaces(std::span(&one, 1), kernel::Opening::surroundings)[0]);
  }
};

TEST_F(OtherNamespaces, AreFoundByNameWithoutAProcess) {
  const TestNamespace netns;
  const auto found = find(inode_of(netns.path()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, netns.name());
  EXPECT_EQ(found->process, 0);
  EXPECT_EQ(open(*found).value().cookie, cookie_of(netns));
}

TEST_F(OtherNamespaces, AreFoundThroughAThread) {
  std::optional<TestNamespace> netns(std::in_place);
  const std::uint64_t cookie = cookie_of(*netns);
  const std::uint64_t inode = inode_of(netns->path());
  std::atomic<bool> inside = false;
  std::atomic<bool> done = false;
  std::jthread visitor([&, path = netns->path()] {
    const NamespaceVisit visit(path);
    inside = true;
    inside.notify_all();
    done.wait(false);
  });
  inside.wait(false);
  netns.reset();  // the name; the thread keeps the namespace
  const auto found = find(inode);
  const auto opened = found ? open(*found).value().cookie : 0;
  done = true;
  done.notify_all();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->process, ::getpid());
  EXPECT_EQ(opened, cookie);
}

TEST_F(OtherNamespaces, AreFoundThroughAThreadOfAProcessWhoseFirstOneHasEnded) {
  std::optional<TestNamespace> netns(std::in_place);
  const std::uint64_t cookie = cookie_of(*netns);
  const std::uint64_t inode = inode_of(netns->path());
  const TestProcess zombie({.name = "zombie", .netns = &*netns},
                           [](Child& me) { me.lose_leader(); });
  netns.reset();
  const auto found = find(inode);
  ASSERT_TRUE(found);
  EXPECT_NE(found->path.find("/task/"), std::string::npos) << found->path;
  EXPECT_EQ(open(*found).value().cookie, cookie);
}

TEST_F(OtherNamespaces, AnswerThroughASocketThatIsUsedFromHome) {
  const TestNamespace netns;
  const std::uint64_t home = kernel::namespace_cookie().value();
  TestProcess server({.name = "server", .netns = &netns}, [](Child& me) {
    const TestSocket socket = tcp_listen("0.0.0.0");
    me.tell("it", socket.facts);
    me.ready();
    me.wait();
  });
  auto opened = open(find(inode_of(netns.path())).value()).value();
  EXPECT_EQ(kernel::namespace_cookie().value(), home);
  EXPECT_FALSE(opened.port_range.empty());
  NetlinkSource source([&](int) { return std::move(opened.sockets); });
  std::vector<std::uint32_t> inodes;
  const auto dumped = source.dump_servers(Protocol::tcp, [&](std::span<const SocketRecord> all) {
    for (const SocketRecord& record : all) inodes.push_back(record.key.inode);
  });
  ASSERT_TRUE(dumped);
  EXPECT_THAT(inodes, testing::ElementsAre(server.facts("it").inode));
}

TEST_F(OtherNamespaces, MayEndBetweenFindingAndEntering) {
  std::optional<TestNamespace> netns(std::in_place);
  const auto found = find(inode_of(netns->path()));
  netns.reset();
  ASSERT_TRUE(found);
  const auto opened = open(*found);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ENOENT);
}

TEST_F(OtherNamespaces, AreToldApartByCookieWhereThePathLeadsToAnother) {
  std::optional<TestNamespace> netns(std::in_place);
  auto found = find(inode_of(netns->path()));
  ASSERT_TRUE(found);
  const std::uint64_t first = open(*found).value().cookie;
  netns.emplace();
  found->path = netns->path();
  EXPECT_NE(open(*found).value().cookie, first);
}

// A peer device goes at once when the namespace of its other end does.
TEST_F(OtherNamespaces, AreNotKeptAliveByFindingAndEntering) {
  const TestNamespace parent;
  std::optional<TestNamespace> netns(std::in_place);
  run_command({"ip", "-n", parent.name(), "link", "add", "there", "type", "veth", "peer", "name",
               "here", "netns", netns->name()});
  std::shared_ptr<const kernel::Directory> proc = kernel::open_directory("/proc").value();
  NamespaceFinder finder(proc, NamespaceSight::descriptor);
  const auto all = finder.find(MonotonicTime()).value();
  const auto found = std::ranges::find(all, netns->name(), &FoundNamespace::name);
  ASSERT_NE(found, all.end());
  ASSERT_TRUE(open(*found));
  netns.reset();
  const auto peer_is_gone = [&] {
    bool there = true;
    parent.run([&] { there = ::if_nametoindex("there") != 0; });
    return !there;
  };
  EXPECT_TRUE(eventually(peer_is_gone));
}

TEST_F(OtherNamespaces, AreTwoHundredInOneHandOver) {
  std::vector<std::unique_ptr<TestNamespace>> all(200);
  std::set<std::uint64_t> cookies;
  for (auto& one : all) one = std::make_unique<TestNamespace>(TestNamespace::Loopback::kDown);
  std::vector<FoundNamespace> found = find();
  std::erase_if(found, [](const FoundNamespace& one) {
    return !one.name.starts_with("swt-" + std::to_string(::getpid()));
  });
  ASSERT_EQ(found.size(), all.size());
  std::chrono::nanoseconds cpu_time{};
  for (const auto& opened : kernel::open_namespaces(found, kernel::Opening::sockets)) {
    cookies.insert(opened.value().cookie);
    cpu_time += opened->cpu_time;
  }
  EXPECT_GT(cpu_time, std::chrono::microseconds(200)) << "at least a microsecond each";
  EXPECT_EQ(cookies.size(), all.size());
}

TEST_F(OtherNamespaces, AreToldApartWithoutPrivilegeAndCannotBeEntered) {
  const TestNamespace netns;
  const TestProcess server({.name = "server", .uid = 1, .netns = &netns}, [](Child& me) {
    me.ready();
    me.wait();
  });
  // In a process of its own: this one stays root.
  const TestProcess watcher({.name = "watcher", .uid = 65534}, [&](Child& me) {
    if (kernel::may_enter_namespaces()) throw std::runtime_error("may enter");
    const auto found = find(NamespaceSight::tables);
    const auto one = std::ranges::find(found, server.pid(), &FoundNamespace::process);
    if (one == found.end()) throw std::runtime_error("the server's namespace was not found");
    if (open(*one)) throw std::runtime_error("entered");
    me.reach("ready");
    me.wait();
  });
  EXPECT_GT(watcher.pid(), 0);
}

}  // namespace
}  // namespace sockwatch::test
