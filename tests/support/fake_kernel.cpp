#include "support/fake_kernel.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace sockwatch::test {
namespace {

constexpr std::uint32_t bit(unsigned state) {
  return 1U << state;
}

template <typename T>
T body(Bytes request) {
  const auto value = read_at<T>(request, NLMSG_HDRLEN);
  if (!value) throw std::runtime_error("request is too short");
  return *value;
}

bool has_no_ports(int family) {
  return family == AF_UNIX || family == AF_PACKET;
}

DumpRequest decode(int netlink_protocol, Bytes bytes) {
  const auto header = read_at<nlmsghdr>(bytes, 0);
  if (!header) throw std::runtime_error("request without a header");
  DumpRequest request{.netlink_protocol = netlink_protocol, .type = header->nlmsg_type};
  request.from = {header->nlmsg_seq, header->nlmsg_pid};
  if (netlink_protocol == NETLINK_ROUTE) return request;
  if (request.type == TCPDIAG_GETSOCK) {
    const auto walk = body<inet_diag_req>(bytes);
    request.protocol = IPPROTO_TCP;
    request.states = walk.idiag_states;
    request.socket_memory = (walk.idiag_ext & (1U << (INET_DIAG_SKMEMINFO - 1))) != 0;
  } else if (request.type != SOCK_DIAG_BY_FAMILY) {
    throw std::runtime_error("request of a type that must never be sent");
  } else if (has_no_ports(body<std::uint8_t>(bytes))) {
    request.family = body<std::uint8_t>(bytes);
  } else {
    const auto dump = body<inet_diag_req_v2>(bytes);
    request.family = dump.sdiag_family;
    request.protocol = dump.sdiag_protocol;
    request.states = dump.idiag_states;
    request.socket_memory = (dump.idiag_ext & (1U << (INET_DIAG_SKMEMINFO - 1))) != 0;
    request.by_program = bytes.size() > NLMSG_HDRLEN + sizeof(dump);
  }
  return request;
}

/// The bits by which the kernel shows a socket: not always that of the state that it then prints.
std::uint32_t bits_of(const DiagSocket& socket, int protocol) {
  if (protocol == IPPROTO_TCP && socket.state == 7) return bit(13);
  if (protocol == IPPROTO_TCP && socket.state == 3) return bit(3) | bit(12);
  return bit(socket.state);
}

bool shows(const DumpRequest& request, const DiagSocket& socket) {
  return (request.family == 0 || request.family == family_of(socket)) &&
         (request.states & bits_of(socket, request.protocol)) != 0 &&
         !(request.by_program && socket.auto_port);
}

std::uint16_t reply_type(const DumpRequest& request) {
  if (request.netlink_protocol == NETLINK_SOCK_DIAG) return request.type;
  return request.type == RTM_GETLINK ? RTM_NEWLINK : RTM_NEWADDR;
}

}  // namespace

class FakeKernel::Connection final : public kernel::Channel {
 public:
  Connection(FakeKernel& kernel, int netlink_protocol)
      : kernel_(kernel), netlink_protocol_(netlink_protocol) {
    ++kernel_.open_;
    port_ = static_cast<std::uint32_t>(1000 + ++kernel_.opened_);
  }
  ~Connection() override { --kernel_.open_; }

  Result<void> send(Bytes bytes) override {
    const DumpRequest request = decode(netlink_protocol_, bytes);
    kernel_.requests_.push_back(request);
    const Failure* failure = kernel_.failure_of(request);
    if (failure != nullptr && failure->where == FailAt::send) {
      return system_failure("send", failure->error_code);
    }
    replies_ = kernel_.answer(request);
    next_ = 0;
    return {};
  }

  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting&) override {
    if (next_ == replies_.size()) return system_failure("receive", EAGAIN);
    const Reply& reply = replies_[next_++];
    if (reply.error_code != 0) return system_failure("receive", reply.error_code);
    const std::size_t size = std::min(buffer.size(), reply.bytes.size());
    std::copy_n(reply.bytes.begin(), size, buffer.begin());
    return kernel::Datagram{size, reply.truncated || size < reply.bytes.size(), reply.sender};
  }

  std::uint32_t port() const override { return port_; }

 private:
  FakeKernel& kernel_;
  int netlink_protocol_;
  std::uint32_t port_ = 0;
  std::vector<Reply> replies_;
  std::size_t next_ = 0;
};

kernel::OpenChannel FakeKernel::opener() {
  return [this](int netlink_protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    const auto failure = open_failures_.find(netlink_protocol);
    if (failure != open_failures_.end()) return system_failure("open", failure->second);
    return std::make_unique<Connection>(*this, netlink_protocol);
  };
}

void FakeKernel::fail(FailAt where, int error_code, Which which) {
  failures_.push_back({where, error_code, std::move(which)});
}

void FakeKernel::fail_open(int netlink_protocol, int error_code) {
  open_failures_[netlink_protocol] = error_code;
}

void FakeKernel::repair() {
  failures_.clear();
  open_failures_.clear();
}

const FakeKernel::Failure* FakeKernel::failure_of(const DumpRequest& request) const {
  const auto found =
      std::ranges::find_if(failures_, [&](const Failure& f) { return f.which(request); });
  return found == failures_.end() ? nullptr : &*found;
}

std::vector<Reply> FakeKernel::answer(const DumpRequest& request) const {
  if (script_) return script_(request);
  const Failure* failure = failure_of(request);
  const int code = failure == nullptr ? 0 : failure->error_code;
  if (code != 0 && failure->where == FailAt::receive) return {{.error_code = code}};
  if (code != 0 && failure->where == FailAt::error_message) {
    return {{.bytes = error(request.from, code)}};
  }
  std::vector<Reply> replies;
  std::size_t count = 0;
  for (const Buffer& row : rows(request)) {
    if (count++ % rows_per_datagram == 0) replies.push_back({});
    Buffer& datagram = replies.back().bytes;
    datagram = joined({datagram, reply(request.from, reply_type(request), row)});
  }
  replies.push_back({.bytes = done(request.from, code)});
  return replies;
}

std::vector<Buffer> FakeKernel::rows(const DumpRequest& request) const {
  std::vector<Buffer> rows;
  if (request.netlink_protocol == NETLINK_ROUTE && request.type == RTM_GETLINK) {
    for (const LinkMessage& link : links) rows.push_back(link_message(link));
    return rows;
  }
  if (request.netlink_protocol == NETLINK_ROUTE) {
    for (const AddressMessage& address : addresses) rows.push_back(address_message(address));
    return rows;
  }
  return socket_rows(request);
}

std::vector<Buffer> FakeKernel::socket_rows(const DumpRequest& request) const {
  std::vector<Buffer> rows;
  if (request.family == AF_UNIX) {
    for (const UnixMessage& socket : unix_sockets) rows.push_back(unix_message(socket));
    return rows;
  }
  if (request.family == AF_PACKET) {
    for (const PacketMessage& socket : packet_sockets) rows.push_back(packet_message(socket));
    return rows;
  }
  for (DiagSocket socket : request.protocol == IPPROTO_TCP ? tcp : udp) {
    if (!shows(request, socket)) continue;
    if (!request.socket_memory) socket.drops.reset();
    rows.push_back(diag_message(socket));
  }
  return rows;
}

FakeKernel::Which dumps_of(Protocol protocol) {
  const int number = protocol == Protocol::tcp ? IPPROTO_TCP : IPPROTO_UDP;
  return [number](const DumpRequest& request) {
    return request.netlink_protocol == NETLINK_SOCK_DIAG && request.protocol == number;
  };
}

FakeKernel::Which dumps_of_family(int family) {
  return [family](const DumpRequest& request) {
    return request.netlink_protocol == NETLINK_SOCK_DIAG && request.family == family;
  };
}

bool is_tcp_walk(const DumpRequest& request) {
  return request.type == TCPDIAG_GETSOCK;
}

}  // namespace sockwatch::test
