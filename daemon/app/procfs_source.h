// Sockets out of /proc/net: less than netlink tells, on kernels without the diag modules and in
// sandboxes without netlink. What is missing: docs/sources.md. Threads: one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/dumped.h"
#include "kernel/directory.h"

namespace sockwatch {

class ProcfsSource {
 public:
  explicit ProcfsSource(std::shared_ptr<const kernel::Directory> proc) : proc_(std::move(proc)) {}

  /// Which tables are read from now on: a directory below /proc, as "12/net" for those of the
  /// namespace of process 12. Its port range and IPv6 default are taken to be those of our own.
  void read_from(std::string tables) { tables_ = std::move(tables); }

  /// As NetlinkSource::dump_servers(). /proc does not say who chose a UDP socket's port: the
  /// program, when it lies outside the ephemeral range. The namespace is that of the calling
  /// thread.
  Dumped dump_servers(Protocol protocol, const OnRecords& on_records);
  /// Every socket that /proc shows: all but TCP sockets in State::bound_inactive.
  Dumped dump_all(Protocol protocol, const OnRecords& on_records);

 private:
  enum class Row { wanted, unwanted, last };

  template <typename Judge>
  Dumped dump(Protocol protocol, const Judge& judge, const OnRecords& on_records);
  template <typename Judge>
  Dumped dump_table(Protocol protocol, Family family, const Judge& judge,
                    const OnRecords& on_records);
  bool v6only() const;

  std::shared_ptr<const kernel::Directory> proc_;
  std::string tables_ = "thread-self/net";
  std::vector<SocketRecord> batch_;
};

}  // namespace sockwatch
