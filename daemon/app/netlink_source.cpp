#include "app/netlink_source.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "sockets/decode.h"

namespace sockwatch {
namespace {

/// Whether the kernel does not know a request, rather than failed to answer it.
bool is_unknown_request(const kernel::DumpError& error) {
  return error.reason == kernel::DumpFailure::no_handler || error.code == EINVAL;
}

/// Hands on what the payloads of a datagram say, all at once.
template <typename Socket, typename Decode>
kernel::OnDatagram each_datagram(std::vector<Socket>& batch, const Decode& decode,
                                 const OnSockets<Socket>& on_sockets) {
  return [&batch, decode, &on_sockets](const std::vector<Bytes>& payloads) {
    batch.clear();
    for (const Bytes payload : payloads) {
      const auto socket = decode(payload);
      if (!socket) return false;
      batch.push_back(*socket);
    }
    on_sockets(batch);
    return true;
  };
}

}  // namespace

Dumped NetlinkSource::converse(kernel::Request request, const kernel::OnDatagram& on_datagram) {
  // Taken for the conversation: another one may be held while this one goes on.
  auto channel = std::move(diag_);
  if (!channel) {
    auto opened = open_(NETLINK_SOCK_DIAG);
    if (!opened) {
      kernel::DumpError error = kernel::dump_error(opened.error());
      error.unopened = true;
      return tl::unexpected(std::move(error));
    }
    channel = std::move(*opened);
  }
  auto dumped = kernel::run_dump(*channel, std::move(request), waiting_, on_datagram);
  if (dumped) diag_ = std::move(channel);
  return dumped;
}

Dumped NetlinkSource::dump(Protocol protocol, kernel::Request request,
                           const OnRecords& on_records) {
  const auto decode = [protocol](Bytes payload) { return decode_socket(payload, protocol); };
  return converse(std::move(request), each_datagram(batch_, decode, on_records));
}

Dumped NetlinkSource::dump_families(Protocol protocol, std::uint32_t states,
                                    kernel::Extension extension, kernel::PortChoice choice,
                                    const OnRecords& on_records) {
  const int number = protocol == Protocol::tcp ? IPPROTO_TCP : IPPROTO_UDP;
  for (const int family : {AF_INET, AF_INET6}) {
    auto dumped =
        dump(protocol, kernel::family_dump(family, number, states, extension, choice), on_records);
    if (!dumped) return dumped;
  }
  return {};
}

Dumped NetlinkSource::dump_tcp(std::uint32_t states, kernel::Extension extension,
                               const OnRecords& on_records) {
  if (one_walk_) {
    bool began = false;
    auto dumped = dump(Protocol::tcp, kernel::tcp_walk(states, extension), [&](auto records) {
      began = true;
      on_records(records);
    });
    const bool refused = !dumped && is_unknown_request(dumped.error());
    if (!refused || began) return dumped;
  }
  auto dumped =
      dump_families(Protocol::tcp, states, extension, kernel::PortChoice::any, on_records);
  if (dumped) one_walk_ = false;
  return dumped;
}

Dumped NetlinkSource::dump_servers(Protocol protocol, const OnRecords& on_records) {
  if (protocol == Protocol::tcp) {
    return dump_tcp(kernel::kListenState, kernel::Extension::socket_memory, on_records);
  }
  return dump_families(Protocol::udp, kernel::kUdpUnconnected, kernel::Extension::socket_memory,
                       kernel::PortChoice::by_program, on_records);
}

Dumped NetlinkSource::dump_all(Protocol protocol, const OnRecords& on_records) {
  if (protocol == Protocol::tcp) {
    return dump_tcp(kernel::kAllStates, kernel::Extension::none, on_records);
  }
  return dump_families(Protocol::udp, kernel::kUdpAllStates, kernel::Extension::none,
                       kernel::PortChoice::any, on_records);
}

Dumped NetlinkSource::dump_unix(const OnUnixSockets& on_sockets) {
  std::vector<UnixSocket> batch;
  return converse(kernel::unix_dump(), each_datagram(batch, decode_unix_socket, on_sockets));
}

Dumped NetlinkSource::dump_packet(const OnPacketSockets& on_sockets) {
  std::vector<PacketSocket> batch;
  return converse(kernel::packet_dump(), each_datagram(batch, decode_packet_socket, on_sockets));
}

tl::expected<Interfaces, kernel::DumpError> NetlinkSource::interfaces() {
  auto opened = open_(NETLINK_ROUTE);
  if (!opened) return tl::unexpected(kernel::dump_error(opened.error()));
  Interfaces interfaces;
  const auto links = kernel::run_dump(
      **opened, kernel::link_dump(), waiting_, [&](const std::vector<Bytes>& payloads) {
        return std::ranges::all_of(payloads, [&](Bytes p) { return interfaces.add_link(p); });
      });
  if (!links) return tl::unexpected(links.error());
  const auto addresses = kernel::run_dump(
      **opened, kernel::address_dump(), waiting_, [&](const std::vector<Bytes>& payloads) {
        return std::ranges::all_of(payloads, [&](Bytes p) { return interfaces.add_address(p); });
      });
  if (!addresses) return tl::unexpected(addresses.error());
  interfaces.finish();
  return interfaces;
}

void NetlinkSource::close() {
  diag_.reset();
  waiting_.left = kPatience;
}

}  // namespace sockwatch
