// The names of socket states in this library, and how the kernel and ss(8) say them.
#pragma once

#include <map>
#include <string>

namespace sockwatch::test {

using StateCounts = std::map<std::string, int>;  // only states that occur

/// `established` for 1 and so on; 7 is `bound_inactive`. Throws std::out_of_range on other numbers.
std::string tcp_state_name(int kernel_state);

/// 1 is `connected` and 7 `unconnected`. Throws std::out_of_range on other numbers.
std::string udp_state_name(int kernel_state);

/// `established` for "ESTAB" and so on. Throws std::out_of_range on a word that ss does not print.
std::string tcp_state_of_ss(const std::string& word);

}  // namespace sockwatch::test
