// Texts of /proc and /etc/passwd. The first byte chooses which.
#include <cstdint>

#include "attribution/cgroups.h"
#include "attribution/owner_search.h"
#include "attribution/process_facts.h"
#include "attribution/unit.h"
#include "attribution/users.h"
#include "fuzz/require.h"
#include "sockets/packet_socket.h"
#include "sockets/port_range.h"
#include "sockets/proc_net.h"
#include "sockets/unix_socket.h"

namespace {

using namespace sockwatch;
using fuzz::require;

enum class Text { stat, cgroup, mountinfo, passwd, port_range, link, tcp, tcp6, udp, udp6, others };
constexpr std::size_t kTexts = 11;

void check_stat(std::string_view text) {
  const auto stat = parse_process_stat(text);
  if (stat) require(text.find('(' + stat->comm + ')') != text.npos);
}

void check_passwd(std::string_view text) {
  for (const auto& [uid, name] : parse_passwd(text)) fuzz::require_label(name);
}

void check_table_line(std::string_view line, Protocol protocol, Family family) {
  const auto record = parse_proc_net(line, protocol, family);
  if (!record) return;
  require(record->protocol == protocol && is_state_of(protocol, record->state));
  require(record->key.cookie >> 62 == 2);
  require(!is_proc_net_header(line));
}

void check_other_lines(std::string_view line) {
  if (const auto parsed = parse_unix_line(line)) require(!line.empty());
  if (const auto packet = parse_packet_line(line)) require(packet->kind == PacketKind::packet);
  if (const auto raw = parse_raw_line(line)) require(raw->kind == PacketKind::raw);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (static_cast<Text>(data[0] % kTexts)) {
    case Text::stat:
      check_stat(text);
      break;
    case Text::cgroup:
      fuzz::require_label(unit_of_path(cgroup_path(text)));
      break;
    case Text::mountinfo:
      (void)find_cgroup2_mount(text);
      break;
    case Text::passwd:
      check_passwd(text);
      break;
    case Text::port_range: {
      const PortRange range = parse_port_range(text);
      require(range.first <= range.last);
      break;
    }
    case Text::link:
      if (socket_inode(text)) require(text.starts_with("socket:["));
      break;
    case Text::tcp:
      check_table_line(text, Protocol::tcp, Family::ipv4);
      break;
    case Text::tcp6:
      check_table_line(text, Protocol::tcp, Family::ipv6);
      break;
    case Text::udp:
      check_table_line(text, Protocol::udp, Family::ipv4);
      break;
    case Text::udp6:
      check_table_line(text, Protocol::udp, Family::ipv6);
      break;
    case Text::others:
      check_other_lines(text);
      break;
  }
  return 0;
}
