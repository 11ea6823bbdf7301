#include "http/listening_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

namespace sockwatch::http {
namespace {

constexpr int kBacklog = 4096;  // the kernel lowers it to net.core.somaxconn

// Inherited by accepted sockets. Without a bound, some hundred clients that do not read fill the
// host's whole TCP memory, and every program on it becomes slow.
constexpr int kSendBufferBytes = 128 * 1024;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

std::optional<SocketAddress> to_socket_address(const ListenAddress& address) {
  SocketAddress result;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  if (::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    result.size = sizeof(*v4);
    return result;
  }
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    result.size = sizeof(*v6);
    return result;
  }
  return std::nullopt;
}

bool set_option(const UniqueFd& fd, int level, int name, int value) {
  return ::setsockopt(fd.get(), level, name, &value, sizeof(value)) == 0;
}

bool set_options(const UniqueFd& fd, int family) {
  if (family == AF_INET6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return false;
  return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
         set_option(fd, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes) &&
         set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // inherited as well
}

/// errno of the first call that failed, or 0.
int open_listener(UniqueFd& fd, SocketAddress& address) {
  fd = UniqueFd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool listening = fd && set_options(fd, address.family()) &&
                         ::bind(fd.get(), address.get(), address.size) == 0 &&
                         ::listen(fd.get(), kBacklog) == 0;
  return listening ? 0 : errno;
}

std::string cause_and_remedy(const ListenAddress& address, int code) {
  const std::string port = std::to_string(address.port);
  switch (code) {
    case EADDRINUSE:
      return "address already in use; stop the other program (`ss -ltnp 'sport = :" + port +
             "'` names it) or set http.listen to another port";
    case EADDRNOTAVAIL:
      return "this host has no such address; set http.listen to one that `ip address` lists";
    case EACCES:
      return "no permission to listen on port " + port +
             "; set http.listen to a port above 1023 or grant CAP_NET_BIND_SERVICE";
    case EAFNOSUPPORT:
      return "this host lacks the address family; take the address out of http.listen";
    default:
      return std::generic_category().message(code);
  }
}

bool absent_here(int code) {
  return code == EAFNOSUPPORT || code == EADDRNOTAVAIL;
}

Result<std::string> url_of(const UniqueFd& fd, ListenAddress address) {
  SocketAddress bound;
  bound.size = sizeof(bound.storage);
  if (::getsockname(fd.get(), bound.get(), &bound.size) != 0) {
    return system_failure("ask for the bound port", errno);
  }
  // The port has one place in both families.
  address.port = ntohs(reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port);
  return "http://" + to_string(address) + "/";
}

/// Nothing when the address is optional and absent.
Result<std::optional<ListeningSocket>> open_one(const ListenAddress& address) {
  auto socket_address = to_socket_address(address);
  if (!socket_address) {
    return failure("\"" + address.host + "\" is not an IPv4 or IPv6 address; correct http.listen");
  }
  ListeningSocket listener;
  if (const int code = open_listener(listener.fd, *socket_address); code != 0) {
    if (address.optional && absent_here(code)) return std::nullopt;
    return failure(cause_and_remedy(address, code), code);
  }
  return url_of(listener.fd, address).map([&](std::string url) {
    listener.url = std::move(url);
    return std::optional(std::move(listener));
  });
}

}  // namespace

Result<std::vector<ListeningSocket>> listen_on(const std::vector<ListenAddress>& addresses) {
  std::vector<ListeningSocket> listeners;
  std::string skipped;
  for (const ListenAddress& address : addresses) {
    auto listener = open_one(address);
    if (!listener) return within("listen on " + to_string(address), listener.error());
    if (*listener) {
      listeners.push_back(std::move(**listener));
    } else {
      skipped += " " + to_string(address);
    }
  }
  if (!listeners.empty()) return listeners;
  if (skipped.empty()) return failure("listen: http.listen names no address");
  return failure("listen: this host has none of the addresses in http.listen:" + skipped,
                 EADDRNOTAVAIL);
}

}  // namespace sockwatch::http
