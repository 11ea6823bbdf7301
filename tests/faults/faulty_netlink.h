// Netlink that fails on a plan: it passes on what a kernel answers, and now and then puts a fault
// into a dump. Threads: one.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/channel.h"

namespace sockwatch::test {

enum class NetlinkFault {
  interrupted,       // EINTR: the receive has to be repeated
  foreign,           // a datagram of another process
  stale,             // an answer to another request
  no_buffers,        // ENOBUFS
  busy,              // EBUSY instead of an answer
  hang,              // no answer comes
  truncated,         // MSG_TRUNC
  garbage,           // an answer of random bytes
  wrong_sequence,    // all further answers are for another request
  wrong_port,        // all further answers are for another socket
  overrun,           // NLMSG_OVERRUN
  dump_interrupted,  // NLM_F_DUMP_INTR
};
inline constexpr std::size_t kNetlinkFaults = 12;

/// The reason under which a dump with this fault fails; "" when it does not.
std::string_view reason_of(NetlinkFault fault);

/// One fault that was injected.
struct Injection {
  std::string what;  // "tcp", "udp", "unix", "packet"; "interfaces"
  NetlinkFault fault;
};

/// What happens to a dump: a fault at its n-th receive, counted from 0. A dump that ends before
/// keeps whole.
struct PlannedFault {
  NetlinkFault fault;
  int receive = 0;
};

class FaultyNetlink {
 public:
  /// Asked once for each dump.
  using Plan = std::function<std::optional<PlannedFault>(const std::string& what)>;

  explicit FaultyNetlink(kernel::OpenChannel kernel) : kernel_(std::move(kernel)) {}
  FaultyNetlink(const FaultyNetlink&) = delete;
  FaultyNetlink& operator=(const FaultyNetlink&) = delete;

  /// Lives no longer than this.
  kernel::OpenChannel opener();
  void follow(Plan plan) { plan_ = std::move(plan); }

  std::size_t dumps() const { return dumps_; }
  /// What was injected since the last call.
  std::vector<Injection> take_injections() { return std::exchange(injections_, {}); }

 private:
  class Connection;

  kernel::OpenChannel kernel_;
  Plan plan_ = [](const std::string&) { return std::nullopt; };
  std::size_t dumps_ = 0;
  std::vector<Injection> injections_;
};

}  // namespace sockwatch::test
