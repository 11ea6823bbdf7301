#include "sockets/port_range.h"

#include <charconv>

namespace sockwatch {

PortRange parse_port_range(std::string_view text) {
  PortRange range;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, range.first);
  const char* next = first.ptr;
  while (next != end && (*next == '\t' || *next == ' ')) ++next;
  const auto last = std::from_chars(next, end, range.last);
  const std::string_view rest(last.ptr, static_cast<std::size_t>(end - last.ptr));
  const bool good = first.ec == std::errc{} && last.ec == std::errc{} && next != first.ptr &&
                    (rest.empty() || rest == "\n") && range.first <= range.last;
  return good ? range : PortRange{};
}

}  // namespace sockwatch
