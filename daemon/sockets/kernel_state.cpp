#include "sockets/kernel_state.h"

namespace sockwatch {
namespace {

std::optional<State> tcp_state(std::uint8_t kernel_state) {
  switch (kernel_state) {
    case 1:
      return State::established;
    case 2:
      return State::syn_sent;
    case 3:
    case 12:
      return State::syn_recv;
    case 4:
      return State::fin_wait1;
    case 5:
      return State::fin_wait2;
    case 6:
      return State::time_wait;
    case 7:  // TCP_CLOSE: netlink shows only bound, inactive sockets in it (asked for with bit 13)
    case 13:
      return State::bound_inactive;
    case 8:
      return State::close_wait;
    case 9:
      return State::last_ack;
    case 10:
      return State::listen;
    case 11:
      return State::closing;
    default:
      return std::nullopt;
  }
}

std::optional<State> udp_state(std::uint8_t kernel_state) {
  switch (kernel_state) {
    case 1:
      return State::connected;
    case 7:
      return State::unconnected;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<State> state_of(Protocol protocol, std::uint8_t kernel_state) {
  return protocol == Protocol::tcp ? tcp_state(kernel_state) : udp_state(kernel_state);
}

}  // namespace sockwatch
