#include "support/proc_net_text.h"

#include <arpa/inet.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <stdexcept>

namespace sockwatch::test {
namespace {

constexpr const char* kTcpHeader =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode";
constexpr const char* kUdpHeader =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops";

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...) {
  std::array<char, 256> text{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return text.data();
}

std::string endpoint_text(int family, const std::string& address, std::uint16_t port) {
  std::array<std::uint32_t, 4> words{};
  const std::string text = !address.empty() ? address : family == AF_INET ? "0.0.0.0" : "::";
  if (::inet_pton(family, text.c_str(), words.data()) != 1) {
    throw std::runtime_error("no address: " + text);
  }
  std::string line;
  for (std::size_t i = 0; i < (family == AF_INET ? 1 : words.size()); ++i) {
    line += formatted("%08X", words[i]);
  }
  return line + formatted(":%04X", port);
}

}  // namespace

std::string proc_net_file(Protocol protocol, Family family) {
  return "thread-self/net/" + std::string(name(protocol)) + (family == Family::ipv6 ? "6" : "");
}

std::string proc_net_line(Protocol protocol, const DiagSocket& socket) {
  const int family = family_of(socket);
  const bool listens = protocol == Protocol::tcp && socket.state == 10;
  const std::string line =
      "   0: " + endpoint_text(family, socket.local, socket.port) + " " +
      endpoint_text(family, socket.remote, socket.remote_port) +
      formatted(" %02X %08X:%08X %02X:00000000 00000000 %5u        0 %u 2 0000000000000000",
                socket.state, listens ? 0 : socket.send_queue, socket.receive_queue, socket.timer,
                socket.uid, socket.inode);
  if (protocol == Protocol::tcp) return line + " 100 0 0 10 0";
  return line + formatted(" %u", socket.drops.value_or(0));
}

std::string proc_net_text(Protocol protocol, Family family,
                          const std::vector<DiagSocket>& sockets) {
  std::string listeners;
  std::string others;
  for (const DiagSocket& socket : sockets) {
    const bool hidden = protocol == Protocol::tcp && socket.state == 7;
    if (hidden || (family_of(socket) == AF_INET6) != (family == Family::ipv6)) continue;
    (socket.state == 10 ? listeners : others) += proc_net_line(protocol, socket) + "\n";
  }
  return (protocol == Protocol::tcp ? kTcpHeader : kUdpHeader) + ("\n" + listeners) + others;
}

}  // namespace sockwatch::test
