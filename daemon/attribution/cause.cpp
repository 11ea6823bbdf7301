#include "attribution/cause.h"

#include <algorithm>

namespace sockwatch {
namespace {

constexpr std::uint8_t kTimeWaitTimer = 3;

struct KernelService {
  Protocol protocol;
  std::uint16_t port;
};

constexpr std::array kKernelServices = {
    KernelService{Protocol::tcp, 445},    // ksmbd
    KernelService{Protocol::tcp, 2049},   // nfsd
    KernelService{Protocol::tcp, 3260},   // iSCSI target
    KernelService{Protocol::tcp, 4420},   // NVMe over TCP
    KernelService{Protocol::tcp, 6118},   // TIPC
    KernelService{Protocol::tcp, 7777},   // OCFS2
    KernelService{Protocol::tcp, 21064},  // DLM
    KernelService{Protocol::udp, 1701},   // L2TP
    KernelService{Protocol::udp, 2049},   // nfsd
    KernelService{Protocol::udp, 2152},   // GTP-U
    KernelService{Protocol::udp, 4789},   // VXLAN
    KernelService{Protocol::udp, 4791},   // RoCE v2
    KernelService{Protocol::udp, 6081},   // GENEVE
    KernelService{Protocol::udp, 6118},   // TIPC
    KernelService{Protocol::udp, 6635},   // MPLS over UDP
    KernelService{Protocol::udp, 7001},   // AFS
    KernelService{Protocol::udp, 8472},   // VXLAN, Linux' first port
    KernelService{Protocol::udp, 9899},   // SCTP over UDP
    KernelService{Protocol::udp, 51820},  // WireGuard
};

bool is_kernel_service(Protocol protocol, std::uint16_t port) {
  return std::ranges::any_of(kKernelServices, [&](const KernelService& service) {
    return service.protocol == protocol && service.port == port;
  });
}

}  // namespace

std::optional<Cause> cause_without_file(const SocketRecord& record) {
  if (record.state == State::syn_recv) return Cause::syn_recv;
  if (record.key.inode != 0) return std::nullopt;
  if (record.timer == kTimeWaitTimer) return Cause::time_wait;
  const bool acceptable = record.state == State::established || record.state == State::close_wait;
  return acceptable ? Cause::unaccepted : Cause::orphan;
}

Cause cause_without_holder(SearchEnd end, Protocol protocol, std::uint16_t port, std::uint32_t uid,
                           bool has_cgroup) {
  if (end == SearchEnd::unfinished) return Cause::pending;
  if (end == SearchEnd::unreadable) return Cause::unreadable;
  if (!has_cgroup && uid == 0 && is_kernel_service(protocol, port)) return Cause::kernel;
  return Cause::no_holder;
}

}  // namespace sockwatch
