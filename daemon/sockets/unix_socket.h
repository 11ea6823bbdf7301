// A socket of AF_UNIX: from unix_diag_msg or from a line of /proc/net/unix. Pure; every read is
// bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sockets/socket_record.h"
#include "support/bytes.h"

namespace sockwatch {

inline constexpr std::string_view kUnixFamily = "unix";

enum class UnixType : std::uint8_t { stream, dgram, seqpacket };
enum class UnixState : std::uint8_t { established, listen, unconnected };

inline constexpr std::array<std::string_view, 3> kUnixTypeNames = {"stream", "dgram", "seqpacket"};
inline constexpr std::array<std::string_view, 3> kUnixStateNames = {"established", "listen",
                                                                    "unconnected"};

struct UnixSocket {
  UnixType type = UnixType::stream;
  UnixState state = UnixState::unconnected;
  SocketKey key;
};

/// Nothing when the payload is cut, an attribute leaves its bounds, or family, type or state are
/// unknown.
std::optional<UnixSocket> decode_unix_socket(Bytes payload);

struct UnixLine {
  UnixSocket socket;   // inode 0: not accepted yet, which unix_diag does not show
  bool named = false;  // a name may hold newlines: lines that are none may follow
};

/// One line of the table; nothing for one that is none (net/unix/af_unix.c, unix_seq_show).
std::optional<UnixLine> parse_unix_line(std::string_view line);

}  // namespace sockwatch
