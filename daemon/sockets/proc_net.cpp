#include "sockets/proc_net.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <type_traits>
#include <utility>

#include "sockets/kernel_state.h"
#include "sockets/socket_key.h"
#include "support/fields.h"

namespace sockwatch {
namespace {

/// "0100007F:1F90": words of the address as the host reads them, the port as people do.
std::optional<Endpoint> endpoint(std::string_view field, Family family) {
  constexpr std::size_t kWord = 8;
  const std::size_t digits = family == Family::ipv4 ? kWord : 4 * kWord;
  constexpr std::size_t kPort = 4;
  if (field.size() != digits + 1 + kPort || field[digits] != ':') return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t at = 0; at < digits; at += kWord) {
    const auto word = number<std::uint32_t>(field.substr(at, kWord), 16);
    if (!word) return std::nullopt;
    std::memcpy(bytes.data() + at / 2, &*word, sizeof(*word));
  }
  const auto port = number<std::uint16_t>(field.substr(digits + 1), 16);
  if (!port) return std::nullopt;
  return Endpoint{make_address(family, bytes.data()), *port};
}

/// The numbers on both sides of a colon, in hexadecimal.
template <typename Left, typename Right>
std::optional<std::pair<Left, Right>> pair(std::string_view field) {
  const std::size_t colon = std::min(field.find(':'), field.size());
  const auto left = number<Left>(field.substr(0, colon), 16);
  const auto right = number<Right>(field.substr(std::min(colon + 1, field.size())), 16);
  if (!left || !right) return std::nullopt;
  return std::pair(*left, *right);
}

/// What only tables of UDP have, behind two more columns; older kernels' do not.
bool read_drops(Fields& fields, SocketRecord& record) {
  fields.skip(2);  // references, pointer
  const std::string_view field = fields.next();
  if (field.empty()) return true;
  record.drops = number<std::uint32_t>(field);
  return record.drops.has_value();
}

/// What tells a row from all others.
struct Identity {
  std::array<std::uint8_t, 16> local;
  std::array<std::uint8_t, 16> remote;
  std::uint32_t inode;
  std::uint16_t local_port;
  std::uint16_t remote_port;
  Family local_family;
  Family remote_family;
  Family family;
  Protocol protocol;
};
static_assert(std::has_unique_object_representations_v<Identity>, "padding would be hashed too");

SocketKey key_of(const SocketRecord& record, std::uint32_t inode) {
  const Address& local = record.local.address;
  const Address& remote = record.remote.address;
  const Identity identity{local.bytes,       remote.bytes,       inode,
                          record.local.port, record.remote.port, local.family,
                          remote.family,     record.family,      record.protocol};
  const std::string_view bytes(reinterpret_cast<const char*>(&identity), sizeof(identity));
  return key_without_cookie(std::hash<std::string_view>{}(bytes), inode);
}

}  // namespace

bool is_proc_net_header(std::string_view line) {
  Fields fields(line);
  return fields.next() == "sl" && fields.next() == "local_address";
}

std::optional<SocketRecord> parse_proc_net(std::string_view line, Protocol protocol,
                                           Family family) {
  Fields fields(line);
  if (!fields.next().ends_with(':')) return std::nullopt;
  const auto local = endpoint(fields.next(), family);
  const auto remote = endpoint(fields.next(), family);
  const auto number_of_state = number<std::uint8_t>(fields.next(), 16);
  const auto queues = pair<std::uint32_t, std::uint32_t>(fields.next());  // send, receive
  const auto timer = pair<std::uint8_t, std::uint64_t>(fields.next());    // which, clock ticks left
  fields.skip(1);                                                         // retransmits
  const auto uid = number<std::uint32_t>(fields.next());
  fields.skip(1);  // timeout
  const auto inode = number<std::uint32_t>(fields.next());
  const auto state = state_of(protocol, number_of_state.value_or(0));
  if (!local || !remote || !state || !queues || !timer || !uid || !inode) {
    return std::nullopt;
  }

  SocketRecord record;
  record.protocol = protocol;
  record.family = family;
  record.state = *state;
  record.timer = timer->first;
  record.local = *local;
  record.remote = *remote;
  record.send_queue = queues->first;
  record.receive_queue = queues->second;
  record.queue_limit_known = false;
  record.uid = *uid;
  if (protocol == Protocol::udp && !read_drops(fields, record)) return std::nullopt;
  record.key = key_of(record, *inode);
  return record;
}

}  // namespace sockwatch
