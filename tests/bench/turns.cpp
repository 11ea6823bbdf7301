#include "bench/turns.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>
#include <stdexcept>

#include "app/clocks.h"
#include "support/checked.h"

namespace sockwatch::test {

double cpu_of_thread(const std::function<void()>& work) {
  const auto before = thread_cpu_time();
  work();
  return std::chrono::duration<double, std::milli>(thread_cpu_time() - before).count();
}

double cpu_of_command(const char* command) {
  const pid_t pid = checked(::fork(), "fork");
  if (pid == 0) {
    ::execl("/bin/sh", "sh", "-c", command, nullptr);
    ::_exit(127);
  }
  rusage usage{};
  int status = 0;
  checked(::wait4(pid, &status, 0, &usage), "wait4");
  if (status != 0) throw std::runtime_error(std::string("fails: ") + command);
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

void take_turns(std::vector<Measured>& measured, int rounds) {
  std::minstd_rand random(1);
  std::vector<std::size_t> order(measured.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (int round = 0; round < rounds; ++round) {
    std::ranges::shuffle(order, random);
    for (const std::size_t i : order) measured[i].results.push_back(measured[i].once());
  }
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double ratio(const Measured& one, const Measured& to) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < one.results.size(); ++round) {
    ratios.push_back(one.results[round] / to.results[round]);
  }
  return median(std::move(ratios));
}

}  // namespace sockwatch::test
