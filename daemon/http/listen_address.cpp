#include "http/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <optional>

namespace sockwatch::http {
namespace {

constexpr std::string_view kExamples = "write 127.0.0.1:10098, [::1]:10098 or :10098";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return port;
}

bool is_address(int family, const std::string& host) {
  in6_addr unused{};
  return ::inet_pton(family, host.c_str(), &unused) == 1;
}

tl::unexpected<Error> mistake(std::string_view part, std::string_view reason) {
  return failure("\"" + std::string(part) + "\" " + std::string(reason));
}

Result<std::string> parse_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    std::string host(text.substr(1, text.size() - 2));
    if (!is_address(AF_INET6, host)) return mistake(host, "is not an IPv6 address");
    return host;
  }
  std::string host(text);
  if (is_address(AF_INET, host)) return host;
  return mistake(host, "is not an IPv4 address; names are not looked up");
}

}  // namespace

Result<std::vector<ListenAddress>> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) {
    return mistake(text, std::string("has no port; ").append(kExamples));
  }
  const std::string_view host_text = text.substr(0, colon);
  if (host_text.find(':') != std::string_view::npos && !host_text.starts_with('[')) {
    return mistake(text, "is an IPv6 address without brackets; write [::1]:10098");
  }
  const std::string_view port_text = text.substr(colon + 1);
  const auto port = parse_port(port_text);
  if (!port) return mistake(port_text, "is not a port; allowed are 0 to 65535");

  if (host_text.empty()) {
    return std::vector<ListenAddress>{{"0.0.0.0", *port, true}, {"::", *port, true}};
  }
  return parse_host(host_text).map([&](std::string host) {
    return std::vector<ListenAddress>{{std::move(host), *port, false}};
  });
}

std::string to_string(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace sockwatch::http
