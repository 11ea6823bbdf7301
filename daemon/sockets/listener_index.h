// The listeners of a namespace by port, to tell which end of a connection served. A listener that
// is gone stays in the index while a socket that used it is still dumped. Threads: one; covering()
// marks what it finds.
#pragma once

#include <bitset>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "sockets/socket_record.h"

namespace sockwatch {

class ListenerIndex {
 public:
  struct Entry {
    SocketRecord record;
    std::uint64_t seen = 0;  // sample in which it listened last
    std::uint64_t used = 0;  // sample in which a socket was told by it last
  };

  /// Starts a full sample: what is added or found from now on counts for it.
  void begin_sample() { ++sample_; }
  void add(const SocketRecord& listener);
  /// False: covering() finds nothing at this port, whatever the address.
  bool has_port(Protocol protocol, std::uint16_t port) const {
    return ports_.test(key(protocol, port));
  }
  /// The listener that a connection to this address and port reaches, or null. Valid until the next
  /// add() or end_sample().
  const Entry* covering(Protocol protocol, const Address& address, std::uint16_t port);
  /// Forgets listeners of `protocol` that neither listened nor were used in this sample.
  void end_sample(Protocol protocol);

 private:
  static std::uint32_t key(Protocol protocol, std::uint16_t port) {
    return static_cast<std::uint32_t>(protocol) << 16 | port;
  }

  std::uint64_t sample_ = 0;
  boost::unordered_flat_map<std::uint32_t, std::vector<Entry>> by_port_;
  std::bitset<kProtocols.size() * 65536> ports_;  // ports with an entry: most look-ups end here
};

}  // namespace sockwatch
