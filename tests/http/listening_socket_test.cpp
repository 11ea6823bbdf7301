#include "http/listening_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <iostream>

#include "http/client.h"

namespace sockwatch::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kForeignV4 = "203.0.113.7";  // reserved for documentation: on no host
constexpr const char* kForeignV6 = "2001:db8::7";

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

std::uint16_t port_of(const std::string& url) {
  std::uint16_t port = 0;
  std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
  return port;
}

std::string error_of(const std::vector<ListenAddress>& addresses) {
  const auto listeners = listen_on(addresses);
  return listeners ? "no error" : listeners.error().message;
}

TEST(ListeningSocket, ListensOnEachAddressOfBothFamilies) {
  const auto listeners = listen_on({{"127.0.0.1", 0}, {"::1", 0}, {"127.0.0.1", 0}}).value();
  ASSERT_EQ(listeners.size(), 3U);
  EXPECT_THAT(listeners[0].url, StartsWith("http://127.0.0.1:"));
  EXPECT_THAT(listeners[1].url, StartsWith("http://[::1]:"));
  EXPECT_NE(listeners[0].url, listeners[2].url);
  for (const auto& listener : listeners) EXPECT_NE(port_of(listener.url), 0);
}

TEST(ListeningSocket, TakesBothWildcardsOfOnePort) {
  const auto v4 = listen_on({{"0.0.0.0", 0}}).value();
  const auto v6 = listen_on({{"::", port_of(v4.front().url)}});
  EXPECT_TRUE(v6) << v6.error().message;
}

TEST(ListeningSocket, HandsItsOptionsToAcceptedSockets) {
  const auto listeners = listen_on({{"127.0.0.1", 0}}).value();
  const int listener = listeners.front().fd.get();
  EXPECT_TRUE(::fcntl(listener, F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(::fcntl(listener, F_GETFD) & FD_CLOEXEC);

  const TestClient client(listeners.front().url);
  const UniqueFd accepted(::accept(listener, nullptr, nullptr));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(option(accepted.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  // The kernel doubles what was asked for, as room for its own book-keeping.
  EXPECT_EQ(option(accepted.get(), SOL_SOCKET, SO_SNDBUF), 2 * 128 * 1024);
}

TEST(ListeningSocket, SkipsOptionalAddressesThatTheHostLacks) {
  const auto listeners =
      listen_on({{kForeignV4, 0, true}, {"127.0.0.1", 0}, {kForeignV6, 0, true}}).value();
  EXPECT_EQ(listeners.size(), 1U);
}

TEST(ListeningSocket, FailsWhenNoAddressIsLeft) {
  EXPECT_THAT(error_of({{kForeignV4, 1234, true}}),
              AllOf(HasSubstr("none of the addresses"), HasSubstr("203.0.113.7:1234")));
  EXPECT_THAT(error_of({}), HasSubstr("names no address"));
}

TEST(ListeningSocket, NamesThePortThatIsInUse) {
  const auto first = listen_on({{"127.0.0.1", 0}}).value();
  const std::uint16_t port = port_of(first.front().url);
  const std::string text = std::to_string(port);
  EXPECT_THAT(error_of({{"127.0.0.1", port, true}}),
              AllOf(StartsWith("listen on 127.0.0.1:" + text + ": address already in use"),
                    HasSubstr("ss -ltnp 'sport = :" + text + "'")));
}

TEST(ListeningSocket, NamesTheAddressThatIsNotOnThisHost) {
  EXPECT_THAT(error_of({{"127.0.0.1", 0}, {kForeignV4, 0}}),
              StartsWith("listen on 203.0.113.7:0: this host has no such address"));
}

TEST(ListeningSocket, NamesTheTextThatIsNoAddress) {
  for (const char* host : {"localhost", "", "[::1]", "127.1"}) {
    EXPECT_THAT(error_of({{host, 0}}),
                HasSubstr("\"" + std::string(host) + "\" is not an IPv4 or IPv6 address"));
  }
}

[[noreturn]] void listen_on_port_1_as_nobody() {
  if (::geteuid() == 0 && ::setuid(65534) != 0) std::_Exit(1);
  std::cerr << error_of({{"127.0.0.1", 1}});
  std::_Exit(0);
}

TEST(ListeningSocketDeathTest, NamesThePrivilegeThatIsMissing) {
  EXPECT_EXIT(listen_on_port_1_as_nobody(), testing::ExitedWithCode(0),
              "listen on 127.0.0.1:1: no permission to listen on port 1; .*CAP_NET_BIND_SERVICE");
}

}  // namespace
}  // namespace sockwatch::http
