#include "app/procfs_source.h"

#include <cerrno>
#include <utility>

#include "app/port_range_file.h"
#include "sockets/proc_net.h"

namespace sockwatch {
namespace {

constexpr std::size_t kBatch = 256;

std::string file_of(Protocol protocol, Family family) {
  return std::string(name(protocol)) + (family == Family::ipv6 ? "6" : "");
}

}  // namespace

Dumped ProcfsSource::dump_servers(Protocol protocol, const OnRecords& on_records) {
  if (protocol == Protocol::tcp) {
    // The kernel walks its listeners first (net/ipv4/tcp_ipv4.c, tcp_get_idx; since Linux 4.4).
    return dump(
        protocol,
        [](const SocketRecord& record) {
          return record.state == State::listen ? Row::wanted : Row::last;
        },
        on_records);
  }
  const PortRange ephemeral = read_port_range(*proc_);
  return dump(
      protocol,
      [&](const SocketRecord& record) {
        const bool may_serve = record.state == State::unconnected && !has_peer(record) &&
                               !ephemeral.contains(record.local.port);
        return may_serve ? Row::wanted : Row::unwanted;
      },
      on_records);
}

Dumped ProcfsSource::dump_all(Protocol protocol, const OnRecords& on_records) {
  // TCP_CLOSE is here no state of its own: the socket was closed while the table was read.
  return dump(
      protocol,
      [](const SocketRecord& record) {
        return record.state == State::bound_inactive ? Row::unwanted : Row::wanted;
      },
      on_records);
}

template <typename Judge>
Dumped ProcfsSource::dump(Protocol protocol, const Judge& judge, const OnRecords& on_records) {
  Dumped dumped = dump_table(protocol, Family::ipv4, judge, on_records);
  if (!dumped) return dumped;
  dumped = dump_table(protocol, Family::ipv6, judge, on_records);
  const bool no_ipv6 = !dumped && dumped.error().code == ENOENT;
  return no_ipv6 ? Dumped() : dumped;
}

template <typename Judge>
Dumped ProcfsSource::dump_table(Protocol protocol, Family family, const Judge& judge,
                                const OnRecords& on_records) {
  const std::string table = tables_ + "/" + file_of(protocol, family);
  const bool only_ipv6 = family == Family::ipv6 && v6only();
  bool header_seen = false;
  bool sound = true;
  batch_.clear();
  const auto take = [&](std::string_view line) {
    if (!std::exchange(header_seen, true)) return sound = is_proc_net_header(line);
    auto record = parse_proc_net(line, protocol, family);
    if (!record) return sound = false;
    record->v6only = only_ipv6;
    const Row row = judge(*record);
    if (row == Row::wanted) batch_.push_back(*record);
    if (batch_.size() == kBatch) {
      on_records(batch_);
      batch_.clear();
    }
    return row != Row::last;
  };
  const auto read = proc_->read_lines(table, take);
  if (!read) return tl::unexpected(kernel::dump_error(read.error()));
  if (!sound || !header_seen) {
    return tl::unexpected(kernel::DumpError{kernel::DumpFailure::malformed,
                                            table + ": not the table that it should be"});
  }
  if (!batch_.empty()) on_records(batch_);
  return {};
}

/// What `::` accepts is not told per socket; the default of all may say so.
bool ProcfsSource::v6only() const {
  return proc_->read_file("sys/net/ipv6/bindv6only").value_or("").starts_with('1');
}

}  // namespace sockwatch
