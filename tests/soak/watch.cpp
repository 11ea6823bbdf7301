#include "soak/watch.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <utility>

#include "app/clocks.h"
#include "hostile/self.h"

namespace sockwatch::test {
namespace {

std::size_t threads() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

double mebibytes(std::size_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace

Watch::Watch(std::string name, const SoakPlan& plan)
    : name_(std::move(name)), plan_(plan), cpu_at_start_(thread_cpu_time()) {}

bool Watch::is_due(long sample) const {
  if (sample <= plan_.warm_up) return sample == plan_.warm_up;
  return sample == plan_.samples || sample % std::max(plan_.samples / 10, 1L) == 0;
}

void Watch::note(long sample) {
  const Held now = held();
  if (!std::exchange(noted_, true)) first_ = now;
  steady_ = steady_ && allows(now);
  const std::chrono::duration<double, std::micro> cpu = thread_cpu_time() - cpu_at_start_;
  std::printf("%s %8ld samples: %7.2f MiB (%+.2f), %zu descriptors, %zu threads, %.0f us each\n",
              name_.c_str(), sample, mebibytes(now.memory),
              mebibytes(now.memory) - mebibytes(first_.memory), now.descriptors, now.threads,
              cpu.count() / static_cast<double>(sample));
  std::fflush(stdout);
}

Watch::Held Watch::held() {
  return {resident_bytes(), open_descriptors(), threads()};
}

bool Watch::allows(const Held& now) const {
  const bool fits = plan_.memory_limit == 0 || now.memory <= first_.memory + plan_.memory_limit;
  return fits && now.descriptors == first_.descriptors && now.threads == first_.threads;
}

}  // namespace sockwatch::test
