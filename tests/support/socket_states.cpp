#include "support/socket_states.h"

#include <array>
#include <stdexcept>

namespace sockwatch::test {
namespace {

struct StateName {
  const char* name;
  const char* ss;
};

constexpr std::array<StateName, 12> kTcpStates{{
    {"", ""},  // the kernel counts from 1
    {"established", "ESTAB"},
    {"syn_sent", "SYN-SENT"},
    {"syn_recv", "SYN-RECV"},
    {"fin_wait1", "FIN-WAIT-1"},
    {"fin_wait2", "FIN-WAIT-2"},
    {"time_wait", "TIME-WAIT"},
    {"bound_inactive", "UNCONN"},
    {"close_wait", "CLOSE-WAIT"},
    {"last_ack", "LAST-ACK"},
    {"listen", "LISTEN"},
    {"closing", "CLOSING"},
}};

}  // namespace

std::string tcp_state_name(int kernel_state) {
  if (kernel_state < 1) throw std::out_of_range("TCP state " + std::to_string(kernel_state));
  return kTcpStates.at(static_cast<std::size_t>(kernel_state)).name;
}

std::string udp_state_name(int kernel_state) {
  if (kernel_state == 1) return "connected";
  if (kernel_state == 7) return "unconnected";
  throw std::out_of_range("UDP state " + std::to_string(kernel_state));
}

std::string tcp_state_of_ss(const std::string& word) {
  for (const StateName& state : kTcpStates) {
    if (!word.empty() && word == state.ss) return state.name;
  }
  throw std::out_of_range("state of ss: " + word);
}

}  // namespace sockwatch::test
