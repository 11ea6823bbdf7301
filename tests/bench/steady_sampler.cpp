#include "bench/steady_sampler.h"

#include <chrono>

#include "app/clocks.h"
#include "app/self_figures.h"
#include "bench/turns.h"

namespace sockwatch::test {
namespace {

SamplerOptions options(Source source) {
  SamplerOptions options;
  options.collector.source = source;
  options.cadences.cpu_limit = 1;
  return options;
}

}  // namespace

SteadySampler::SteadySampler(const kernel::System& system, Source source)
    : now_(read_clocks()),
      start_(now_.monotonic),
      sampler_(options(source), Collector(system),
               {[this] { return now_; }, thread_cpu_time, read_self_figures}, published_) {}

double SteadySampler::full_sample() {
  return sample(start_ + ++full_samples_ * std::chrono::seconds(5));
}

double SteadySampler::listener_sample() {
  return sample(start_ + full_samples_ * std::chrono::seconds(5) + std::chrono::seconds(1));
}

double SteadySampler::sample(MonotonicTime at) {
  now_.monotonic = at;
  return cpu_of_thread([this] { sampler_.sample_once(now_); });
}

}  // namespace sockwatch::test
