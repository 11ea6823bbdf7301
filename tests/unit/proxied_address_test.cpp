#include "attribution/proxied_address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sockwatch::test {
namespace {

std::string command_line(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text += argument + '\0';
  return text;
}

std::string target(const std::vector<std::string>& arguments) {
  const auto address = proxied_address(command_line(arguments));
  return address ? to_string(*address) : "none";
}

TEST(ProxiedAddress, IsTheAddressOfTheContainer) {
  EXPECT_EQ(target({"/usr/bin/docker-proxy", "-proto", "tcp", "-host-ip", "0.0.0.0", "-host-port",
                    "8080", "-container-ip", "172.17.0.2", "-container-port", "80"}),
            "172.17.0.2");
}

TEST(ProxiedAddress, IsReadInEachFormOfTheOption) {
  EXPECT_EQ(target({"docker-proxy", "--container-ip", "10.0.0.1"}), "10.0.0.1");
  EXPECT_EQ(target({"docker-proxy", "-container-ip=10.0.0.2"}), "10.0.0.2");
  EXPECT_EQ(target({"docker-proxy", "--container-ip=fd00::3", "-use-listen-fd"}), "fd00::3");
  EXPECT_EQ(target({"docker-proxy", "-container-ip", "::ffff:10.0.0.4"}), "10.0.0.4");
}

TEST(ProxiedAddress, IsNoneWithoutAnAddress) {
  EXPECT_EQ(proxied_address(""), std::nullopt);
  EXPECT_EQ(proxied_address(std::string(5, '\0')), std::nullopt);
  EXPECT_EQ(target({"docker-proxy"}), "none");
  EXPECT_EQ(target({"docker-proxy", "-container-ip"}), "none");
  EXPECT_EQ(target({"docker-proxy", "-container-ip", ""}), "none");
  EXPECT_EQ(target({"docker-proxy", "-container-ip", "web"}), "none");
  EXPECT_EQ(target({"docker-proxy", "-container-ip="}), "none");
  EXPECT_EQ(target({"docker-proxy", "-container-ip-of", "10.0.0.1"}), "none");
  EXPECT_EQ(target({"docker-proxy", "-host-ip", "10.0.0.1"}), "none");
}

TEST(ProxiedAddress, IsReadWhereTheLastArgumentIsCut) {
  EXPECT_EQ(to_string(*proxied_address(std::string_view("docker-proxy\0-container-ip\0"
                                                        "10.0.0.1",
                                                        35))),
            "10.0.0.1");
}

}  // namespace
}  // namespace sockwatch::test
