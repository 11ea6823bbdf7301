#include "app/family_tables.h"

#include <cerrno>
#include <string>
#include <utility>

#include "support/fields.h"

namespace sockwatch {
namespace {

/// Hands on each line but the first, which begins with the word `header`. `take` tells by false
/// that the line cannot be right.
template <typename Take>
Dumped read_table(const kernel::Directory& proc, const std::string& name, std::string_view header,
                  const Take& take) {
  bool header_seen = false;
  bool sound = true;
  const auto read = proc.read_lines("thread-self/net/" + name, [&](std::string_view line) {
    const bool first = !std::exchange(header_seen, true);
    sound = first ? Fields(line).next() == header : take(line);
    return sound;
  });
  if (!read) return tl::unexpected(kernel::dump_error(read.error()));
  if (sound && header_seen) return {};
  return tl::unexpected(kernel::DumpError{kernel::DumpFailure::malformed,
                                          name + ": not the table that it should be"});
}

template <typename Socket>
bool hand_on(const std::optional<Socket>& socket, const OnSockets<Socket>& on_sockets) {
  if (socket) on_sockets(std::span(&*socket, 1));
  return socket.has_value();
}

}  // namespace

Dumped read_unix_table(const kernel::Directory& proc, const OnUnixSockets& on_sockets) {
  bool in_name = false;
  return read_table(proc, "unix", "Num", [&](std::string_view line) {
    const auto row = parse_unix_line(line);
    if (!row) return in_name;
    in_name = row->named;
    if (row->socket.key.inode != 0) on_sockets(std::span(&row->socket, 1));
    return true;
  });
}

Dumped read_packet_table(const kernel::Directory& proc, const OnPacketSockets& on_sockets) {
  return read_table(proc, "packet", "sk", [&](std::string_view line) {
    return hand_on(parse_packet_line(line), on_sockets);
  });
}

Dumped read_raw_tables(const kernel::Directory& proc, const OnPacketSockets& on_sockets) {
  Dumped absent;
  bool found = false;
  for (const char* name : {"raw", "raw6", "icmp", "icmp6"}) {
    Dumped read = read_table(proc, name, "sl", [&](std::string_view line) {
      return hand_on(parse_raw_line(line), on_sockets);
    });
    if (!read && read.error().code != ENOENT) return read;
    if (read) {
      found = true;
    } else {
      absent = std::move(read);
    }
  }
  return found ? Dumped() : absent;
}

}  // namespace sockwatch
