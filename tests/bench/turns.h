// Measurements that take turns, so that their ratios hold on a machine whose speed changes.
// Threads: one.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sockwatch::test {

/// CPU time of the calling thread in `work`, in milliseconds.
double cpu_of_thread(const std::function<void()>& work);
/// CPU time of a shell command, user and system, in milliseconds. Throws when it fails.
double cpu_of_command(const char* command);

struct Measured {
  std::string name;
  std::function<double()> once;
  std::vector<double> results = {};  // by round
};

/// All of them once per round, in an order that changes.
void take_turns(std::vector<Measured>& measured, int rounds);

double median(std::vector<double> values);
/// The median of each round's ratio.
double ratio(const Measured& one, const Measured& to);

}  // namespace sockwatch::test
