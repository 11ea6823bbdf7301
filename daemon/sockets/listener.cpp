#include "sockets/listener.h"

namespace sockwatch {

bool is_udp_server(const SocketRecord& record, PortChooser chooser, std::chrono::nanoseconds age,
                   std::chrono::nanoseconds minimum_age, const PortRange& ephemeral) {
  if (record.protocol != Protocol::udp || record.state != State::unconnected) return false;
  if (has_peer(record) || chooser == PortChooser::kernel) return false;
  const bool could_be_a_client = ephemeral.contains(record.local.port) || record.local.port > 32767;
  return !could_be_a_client || age >= minimum_age;
}

}  // namespace sockwatch
