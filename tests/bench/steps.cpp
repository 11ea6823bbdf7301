// The daemon's work step by step, for tests/bench/compare to put between runs of other tools: does
// each step that is named on a line of standard input (bare, fold, full, listener) and answers with
// the CPU milliseconds that it took. Looks at the namespace that it is started in. Needs root.
#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "bench/bare_walk.h"
#include "bench/steady_fold.h"
#include "bench/steady_sampler.h"
#include "bench/turns.h"

namespace sockwatch::test {
namespace {

class Steps {
 public:
  explicit Steps(const kernel::System& system) : fold_(system), sampler_(system, Source::netlink) {
    sampler_.full_sample();  // from here on the owners are known
  }

  double run(const std::string& step) {
    if (step == "bare") return cpu_of_thread(bare_walk);
    if (step == "full") return sampler_.full_sample();
    if (step == "listener") return sampler_.listener_sample();
    if (step != "fold") throw std::runtime_error("no such step: " + step);
    fold_.begin();
    return cpu_of_thread([this] { fold_.run(); });
  }

 private:
  SteadyFold fold_;
  SteadySampler sampler_;
};

void run() {
  const auto system = kernel::real_system();
  if (!system) throw std::runtime_error(system.error().message);
  Steps steps(*system);
  for (std::string step; std::getline(std::cin, step);) {
    std::cout << steps.run(step) << std::endl;  // flushed: the other side waits for it
  }
}

}  // namespace
}  // namespace sockwatch::test

int main() {
  try {
    sockwatch::test::run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_steps: %s\n", error.what());
    return 1;
  }
}
