#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>
#include <string_view>

#include "settings/load.h"
#include "settings/values.h"

namespace sockwatch {
namespace {

bool is_address(int family, std::string_view text) {
  in6_addr unused{};
  const bool has_nul = text.find('\0') != text.npos;
  return !has_nul && ::inet_pton(family, std::string(text).c_str(), &unused) == 1;
}

/// What is wrong with the part before the port; empty when nothing is.
std::string_view host_problem(std::string_view host) {
  if (host.empty() || is_address(AF_INET, host)) return "";
  if (host.starts_with('[') && host.ends_with(']')) {
    return is_address(AF_INET6, host.substr(1, host.size() - 2)) ? "" : "not an IPv6 address";
  }
  if (host.find(':') != host.npos) return "an IPv6 address needs brackets";
  return "not an IP address, and names are not looked up";
}

std::string_view problem(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || text.ends_with(']')) return "no port";
  const auto port = parse_whole_number(text.substr(colon + 1));
  if (!port || *port > 65535) return "the port is not a number from 0 to 65535";
  return host_problem(text.substr(0, colon));
}

}  // namespace

std::string check_listen_address(std::string_view text) {
  const std::string_view found = problem(text);
  if (found.empty()) return "";
  return std::string(found) +
         "; allowed: 127.0.0.1:10098, [::1]:10098 or, for all addresses, :10098";
}

}  // namespace sockwatch
