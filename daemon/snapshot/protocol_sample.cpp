#include "snapshot/protocol_sample.h"

#include <utility>

namespace sockwatch {

void Fold::add_queues(State state, std::uint32_t receive_queue, std::uint32_t send_queue) {
  if (state == State::listen || state == State::bound_inactive) return;
  receive_queued_ += receive_queue;
  send_queued_ += send_queue;
}

ProtocolSample Fold::finish(const Now& taken) {
  return {protocol_, taken, cells_.take(), std::exchange(receive_queued_, 0),
          std::exchange(send_queued_, 0)};
}

}  // namespace sockwatch
