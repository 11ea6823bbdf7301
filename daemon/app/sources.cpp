#include "app/sources.h"

#include <cerrno>

#include "app/family_tables.h"

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kProcfsTurn{60};

/// Sets `began` when something is handed on.
template <typename Socket>
OnSockets<Socket> noting(bool& began, const OnSockets<Socket>& on_sockets) {
  return [&](std::span<const Socket> sockets) {
    began = true;
    on_sockets(sockets);
  };
}

/// The kernel has nobody who could answer, or a sandbox lets nobody ask: /proc/net may tell.
bool is_replaceable(const kernel::DumpError& error) {
  return error.reason == kernel::DumpFailure::no_handler ||
         (error.unopened && error.reason == kernel::DumpFailure::permission);
}

}  // namespace

void Sources::begin_cycle(Source choice, MonotonicTime now) {
  close();  // still open only if the cycle before threw
  choice_ = choice;
  now_ = now;
}

Dumped Sources::dump_servers(Protocol protocol, const OnRecords& on_records) {
  const auto netlink = [&](bool& began) {
    return netlink_.dump_servers(protocol, noting(began, on_records));
  };
  return first_dump(name(protocol), netlink,
                    [&] { return procfs_.dump_servers(protocol, on_records); });
}

Dumped Sources::dump_all(Protocol protocol, const OnRecords& on_records) {
  const std::string_view source = source_of(name(protocol));
  return noted(name(protocol), source,
               source == kProcfs ? procfs_.dump_all(protocol, on_records)
                                 : netlink_.dump_all(protocol, on_records));
}

std::optional<Dumped> Sources::dump_unix(const OnUnixSockets& on_sockets) {
  const auto netlink = [&](bool& began) { return netlink_.dump_unix(noting(began, on_sockets)); };
  const auto procfs = [&] { return read_unix_table(*proc_, on_sockets); };
  return unless_absent(kUnixFamily, [&] { return first_dump(kUnixFamily, netlink, procfs); });
}

std::optional<Dumped> Sources::dump_packets(PacketKind kind, const OnPacketSockets& on_sockets) {
  const std::string_view what = name(kind);
  const auto raw = [&] {
    turns_[what].procfs = true;
    return noted(what, kProcfs, read_raw_tables(*proc_, on_sockets));
  };
  if (kind == PacketKind::raw) return unless_absent(what, raw);
  const auto netlink = [&](bool& began) { return netlink_.dump_packet(noting(began, on_sockets)); };
  const auto procfs = [&] { return read_packet_table(*proc_, on_sockets); };
  return unless_absent(what, [&] { return first_dump(what, netlink, procfs); });
}

std::optional<Dumped> Sources::unless_absent(std::string_view what,
                                             const std::function<Dumped()>& dump) {
  const auto absent = absent_until_.find(what);
  if (absent != absent_until_.end() && now_ < absent->second) return std::nullopt;
  Dumped dumped = dump();
  if (dumped || dumped.error().reason != kernel::DumpFailure::no_handler) return dumped;
  absent_until_[what] = now_ + kProcfsTurn;
  faults_.back().absent = true;
  return std::nullopt;
}

std::optional<Interfaces> Sources::interfaces() {
  auto interfaces = netlink_.interfaces();
  if (interfaces) return std::move(*interfaces);
  faults_.push_back({"interfaces", "rtnetlink", interfaces.error()});
  return std::nullopt;
}

std::string_view Sources::source_of(std::string_view what) const {
  const auto turn = turns_.find(what);
  return turn != turns_.end() && turn->second.procfs ? kProcfs : kNetlink;
}

Dumped Sources::first_dump(std::string_view what, const NetlinkDump& netlink,
                           const ProcfsDump& procfs) {
  Turn& turn = turns_[what];
  turn.procfs = choice_ == Source::procfs ||
                (choice_ == Source::automatic && turn.procfs && now_ < turn.until);
  if (turn.procfs) return noted(what, kProcfs, procfs());
  return netlink_or_procfs(what, netlink, procfs);
}

Dumped Sources::netlink_or_procfs(std::string_view what, const NetlinkDump& netlink,
                                  const ProcfsDump& procfs) {
  bool began = false;
  Dumped dumped = netlink(began);
  const bool replaceable =
      choice_ == Source::automatic && !began && !dumped && is_replaceable(dumped.error());
  if (!replaceable) return noted(what, kNetlink, std::move(dumped));
  Dumped replaced = procfs();
  const bool neither = !replaced && replaced.error().code == ENOENT;
  if (neither) return noted(what, kNetlink, std::move(dumped));
  faults_.push_back({what, kNetlink, dumped.error(), replaced.has_value()});
  turns_[what] = {true, now_ + kProcfsTurn};
  return noted(what, kProcfs, std::move(replaced));
}

Dumped Sources::noted(std::string_view what, std::string_view source, Dumped dumped) {
  if (!dumped) faults_.push_back({what, source, dumped.error()});
  return dumped;
}

}  // namespace sockwatch
