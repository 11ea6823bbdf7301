// One whole conversation with the kernel: a dump request and all its reply datagrams, every header
// checked before its payload is handed on.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/channel.h"
#include "support/bytes.h"
#include "support/result.h"

namespace sockwatch::kernel {

enum class DumpFailure { timeout, truncated, busy, permission, no_handler, malformed, other };

inline constexpr std::array<std::string_view, 7> kDumpFailureNames = {
    "timeout", "truncated", "busy", "permission", "no_handler", "malformed", "other"};

/// The reason that an errno of a netlink call, NLMSG_ERROR or NLMSG_DONE stands for.
DumpFailure failure_of(int error_code);

struct DumpError {
  DumpFailure reason = DumpFailure::other;
  std::string message;
  int code = 0;           // errno, 0 when no call failed
  bool unopened = false;  // there was no socket to ask by
};

DumpError dump_error(const Error& error);

/// Payloads of one reply datagram, in order. They point into the receive buffer: valid during the
/// call only. False: the payloads cannot be right; the dump ends as `malformed`.
using OnDatagram = std::function<bool(const std::vector<Bytes>& payloads)>;

/// Runs `request` (its sequence number is set here) to its NLMSG_DONE. An error inside NLMSG_DONE,
/// where the kernel reports a missing diag module and mnl_cb_run() looks away, is an error here.
/// So is NLM_F_DUMP_INTR: the table changed meanwhile (sock_diag never says so, rtnetlink does).
/// Datagrams of other processes and answers to other requests are passed over; a receive that a
/// signal interrupts is repeated. After an error the channel must be closed: the rest of the dump
/// may still be on its way.
tl::expected<void, DumpError> run_dump(Channel& channel, std::vector<std::byte> request,
                                       Waiting& waiting, const OnDatagram& on_datagram);

}  // namespace sockwatch::kernel
