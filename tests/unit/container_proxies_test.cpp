#include "attribution/container_proxies.h"

#include <gtest/gtest.h>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

constexpr char kWeb[] = "container:0123456789ab";
constexpr char kMail[] = "container:ba9876543210";
constexpr ProcessId kId = 3;

Address address(std::uint8_t last) {
  const std::array<std::uint8_t, 4> bytes = {172, 17, 0, last};
  return make_address(Family::ipv4, bytes.data());
}

std::string command_line(const std::string& target) {
  std::string text = "/usr/bin/docker-proxy -container-ip " + target + " ";
  for (char& c : text) c = c == ' ' ? '\0' : c;
  return text;
}

class ContainerProxiesTest : public testing::Test {
 protected:
  ContainerProxiesTest() {
    proxies_.add_container(address(2), kWeb);
    proxies_.add_container(address(3), kMail);
  }

  Process process(pid_t pid, const std::string& target, const std::string& comm = "docker-proxy") {
    proc_.add({.pid = pid, .comm = comm});
    proc_.write(std::to_string(pid) + "/cmdline", command_line(target));
    Process process;
    process.pid = pid;
    process.start_time = static_cast<std::uint64_t>(pid);
    process.comm = comm;
    process.unit = "docker.service";
    process.directory = proc_.open()->open(std::to_string(pid)).value();
    return process;
  }

  ProcTree proc_;
  ContainerProxies proxies_;
};

TEST_F(ContainerProxiesTest, NameTheContainerThatTheyServe) {
  EXPECT_EQ(proxies_.unit(kId, process(10, "172.17.0.2")), kWeb);
  EXPECT_EQ(proxies_.unit(kId + 1, process(11, "172.17.0.3")), kMail);
}

TEST_F(ContainerProxiesTest, NameNobodyWhoIsNotKnown) {
  EXPECT_EQ(proxies_.unit(kId, process(10, "172.17.0.4")), "");
  EXPECT_EQ(proxies_.unit(kId + 1, process(11, "web")), "");
}

TEST_F(ContainerProxiesTest, NameNobodyWhereSeveralHaveTheAddress) {
  proxies_.add_container(address(2), kMail);
  proxies_.add_container(address(2), kWeb);
  EXPECT_EQ(proxies_.unit(kId, process(10, "172.17.0.2")), "");
}

TEST_F(ContainerProxiesTest, MayNameOneAddressTwice) {
  proxies_.add_container(address(2), kWeb);
  EXPECT_EQ(proxies_.unit(kId, process(10, "172.17.0.2")), kWeb);
}

TEST_F(ContainerProxiesTest, AreOnlyThoseCalledSo) {
  EXPECT_EQ(proxies_.unit(kId, process(10, "172.17.0.2", "nginx")), "");
}

TEST_F(ContainerProxiesTest, AreNotTakenFromInsideAContainer) {
  Process inside = process(10, "172.17.0.2");
  inside.unit = kMail;
  EXPECT_EQ(proxies_.unit(kId, inside), "");
}

TEST_F(ContainerProxiesTest, FollowTheContainersWithoutReadingAgain) {
  const Process proxy = process(10, "172.17.0.2");
  EXPECT_EQ(proxies_.unit(kId, proxy), kWeb);
  proc_.write("10/cmdline", command_line("172.17.0.3"));
  proxies_.forget_containers();
  EXPECT_EQ(proxies_.unit(kId, proxy), "");
  proxies_.add_container(address(2), kMail);
  EXPECT_EQ(proxies_.unit(kId, proxy), kMail);
}

TEST_F(ContainerProxiesTest, AreReadAnewUnderAnIdThatIsUsedAgain) {
  EXPECT_EQ(proxies_.unit(kId, process(10, "172.17.0.2")), kWeb);
  EXPECT_EQ(proxies_.unit(kId, process(11, "172.17.0.3")), kMail);
}

TEST_F(ContainerProxiesTest, AreReadLaterWhereTheyHaveOnlyBegun) {
  const Process proxy = process(10, "172.17.0.2");
  proc_.write("10/cmdline", "");
  EXPECT_EQ(proxies_.unit(kId, proxy), "");
  proc_.write("10/cmdline", command_line("172.17.0.2"));
  EXPECT_EQ(proxies_.unit(kId, proxy), kWeb);
}

}  // namespace
}  // namespace sockwatch::test
