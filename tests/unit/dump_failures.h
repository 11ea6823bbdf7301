// Each way in which the dumps of a protocol can fail, and what a scrape shows of it then.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>

#include "unit/fake_host.h"

namespace sockwatch::test {

struct FailureCode {
  int number;
  const char* reason;
};
inline constexpr FailureCode kFailureCodes[] = {
    {EPERM, "permission"}, {EACCES, "permission"}, {ENOENT, "no_handler"},
    {EINVAL, "other"},     {EBUSY, "busy"},        {ENOBUFS, "other"},
    {ENOMEM, "other"},     {EAGAIN, "timeout"},    {EOPNOTSUPP, "no_handler"}};

using OnFailure = std::function<void(Protocol, FailAt, const FailureCode&)>;

/// The host is new each time; the failure has to be told to its kernel.
inline void for_each_failure(FakeHost& host, const OnFailure& on_failure) {
  for (const Protocol protocol : kProtocols) {
    for (const FailAt place :
         {FailAt::send, FailAt::receive, FailAt::error_message, FailAt::done_message}) {
      for (const FailureCode& code : kFailureCodes) {
        SCOPED_TRACE(std::string(name(protocol)) + " " + std::strerror(code.number) + " at " +
                     std::to_string(static_cast<int>(place)));
        host.restart();
        on_failure(protocol, place, code);
      }
    }
  }
}

/// The metrics that show anything of the protocol, zeros too; "" is right when no dump was
/// complete.
inline std::string shown_of(const Exposition& metrics, Protocol protocol) {
  std::string shown;
  for (const char* metric :
       {"sockwatch_sockets", "sockwatch_port_sockets", "sockwatch_process_sockets",
        "sockwatch_unit_sockets", "sockwatch_unowned_sockets", "sockwatch_queued_bytes",
        "sockwatch_listener_sockets", "sockwatch_listener_first_seen_timestamp_seconds"}) {
    if (!metrics.select(metric, of(protocol)).empty()) shown += std::string(metric) + " ";
  }
  return shown;
}

inline double up(const Exposition& metrics, Protocol protocol) {
  return metrics.value("sockwatch_source_up", of(protocol)).value();
}

}  // namespace sockwatch::test
