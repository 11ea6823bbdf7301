#include "kernel/sampled.h"

#include <set>

#include "app/clocks.h"
#include "metrics/render.h"

namespace sockwatch::test {

TestSampler::TestSampler(SamplerOptions options)
    : TestSampler(std::move(options), Collector(kernel::real_system().value())) {}

TestSampler::TestSampler(SamplerOptions options, Collector collector) {
  options.cadences = {std::chrono::seconds(5), std::chrono::seconds(1), 1.0};
  SamplerHooks hooks;
  hooks.now = [this] { return now_; };
  hooks.cpu_time = [] { return std::chrono::nanoseconds(0); };
  hooks.self = [] { return SelfFigures{}; };
  hooks.on_listener = [this](const ListenerEvent& event) { events_.push_back(event); };
  sampler_ = std::make_unique<Sampler>(std::move(options), std::move(collector), std::move(hooks),
                                       published_);
}

Exposition TestSampler::take() {
  sampler_->sample_once(now_);
  static const LiveCounters kNone;
  return Exposition(metrics::to_families(*published_.load(), kNone));
}

Exposition TestSampler::sample(std::chrono::milliseconds step) {
  Exposition exposition = take();
  now_.monotonic += step;
  now_.wall += step;
  return exposition;
}

Exposition TestSampler::sample_listeners() {
  const Now full_sample_due = now_;
  now_.monotonic -= std::chrono::seconds(2);
  now_.wall -= std::chrono::seconds(2);
  Exposition exposition = take();
  now_ = full_sample_due;
  return exposition;
}

std::string TestSampler::text() const {
  return metrics::to_text(metrics::to_families(*published_.load(), LiveCounters{}));
}

std::string broken_identity(const Exposition& exposition, const std::string& netns) {
  std::string broken;
  for (const char* protocol : {"tcp", "udp"}) {
    const Labels labels = {{"netns", netns}, {"protocol", protocol}};
    const double all = exposition.sum("sockwatch_sockets", labels);
    const double owned = exposition.sum("sockwatch_process_sockets", labels) +
                         exposition.sum("sockwatch_unowned_sockets", labels);
    const double units = exposition.sum("sockwatch_unit_sockets", labels);
    const double ports = exposition.sum("sockwatch_port_sockets", labels);
    if (all != owned || all != units || all != ports) {
      broken += std::string(protocol) + ": sockets " + std::to_string(all) + ", owned " +
                std::to_string(owned) + ", units " + std::to_string(units) + ", ports " +
                std::to_string(ports) + "\n";
    }
  }
  return broken;
}

Labels port_labels(const SocketFacts& facts) {
  return {{"port", std::to_string(facts.port)}};
}

}  // namespace sockwatch::test
