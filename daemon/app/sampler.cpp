#include "app/sampler.h"

#include <algorithm>

#include "app/stage_timer.h"

namespace sockwatch {
namespace {

// Series that no limit folds: totals, causes, histograms, the daemon's own (docs/metrics.md).
constexpr std::size_t kFixedSeries = 200;
// Metrics whose rows are limited: three of counts, six of listeners.
constexpr std::size_t kLimitedMetrics = 9;
constexpr int kStaleIntervals = 3;

}  // namespace

Sampler::Sampler(SamplerOptions options, Collector collector, SamplerHooks hooks,
                 Published<Report>& published)
    : options_(std::move(options)),
      collector_(std::move(collector)),
      hooks_(std::move(hooks)),
      published_(published),
      schedule_(options_.cadences, hooks_.now().monotonic) {
  for (const std::string_view reason : kernel::kDumpFailureNames) {
    figures_.errors[std::string(reason)] = 0;
  }
}

void Sampler::sample_once(const Now& now) {
  const auto cpu_before = hooks_.cpu_time();
  const Scope scope = schedule_.due(now.monotonic);
  StageTimer timer([this] { return hooks_.now().monotonic; });
  auto collected =
      collector_.collect(scope, options_.collector, now, [&](Stage stage) { timer.begin(stage); });
  timer.begin(Stage::aggregate);
  const bool good = std::ranges::any_of(collected, [](const auto& part) { return !part.error; });
  for (Collected& part : collected) take(std::move(part), scope, now);
  aggregate(scope, now);
  timer.observe(figures_.stages);

  note_sample(Cadence::listeners, good, now);
  if (scope == Scope::everything) note_sample(Cadence::sockets, good, now);
  schedule_.done(scope, hooks_.now().monotonic, hooks_.cpu_time() - cpu_before);
  publish();
}

void Sampler::take(Collected&& collected, Scope scope, const Now& now) {
  const auto source =
      std::ranges::find(figures_.sources, collected.protocol, &SourceState::protocol);
  const bool up = !collected.error;
  if (source == figures_.sources.end()) {
    figures_.sources.push_back({collected.protocol, "netlink", up});
  } else {
    source->up = up;
  }
  if (!up) {
    ++figures_.errors[std::string(
        kernel::kDumpFailureNames[static_cast<std::size_t>(collected.error->reason)])];
    hooks_.on_error(collected.protocol, *collected.error);
    return;
  }
  LastGood& last = last_good_[static_cast<std::size_t>(collected.protocol)];
  if (scope == Scope::everything) last.sockets = std::move(collected.sockets);
  last.listeners = now.monotonic;
  for (const ListenerEvent& event : tracker_.update(collected.protocol, collected.listeners, now)) {
    hooks_.on_listener(event);
  }
}

void Sampler::aggregate(Scope scope, const Now& now) {
  const auto fresh_listeners = [&](Protocol protocol) {
    const auto& taken = last_good_[static_cast<std::size_t>(protocol)].listeners;
    return taken && is_fresh(*taken, Cadence::listeners, now);
  };
  listeners_ = std::make_shared<LimitedListeners>(
      limit_listeners(tracker_.sample(fresh_listeners), row_limit()));
  if (scope != Scope::everything) return;

  std::vector<const ProtocolSample*> samples;
  for (const LastGood& last : last_good_) {
    if (last.sockets && is_fresh(last.sockets->taken.monotonic, Cadence::sockets, now)) {
      samples.push_back(&*last.sockets);
    }
  }
  const auto path = [&](std::uint64_t id) { return collector_.cgroup_path(id, now.monotonic); };
  sockets_ = std::make_shared<Snapshot>(aggregator_.aggregate(samples, path, row_limit()));
}

void Sampler::publish() {
  for (const Cadence cadence : kCadences) {
    CadenceFigures& figures = figures_.cadences[static_cast<std::size_t>(cadence)];
    figures.interval = schedule_.interval(cadence);
    figures.overruns = schedule_.overruns(cadence);
  }
  auto report = std::make_shared<Report>();
  *report = {++reports_, sockets_, listeners_, figures_, hooks_.self()};
  published_.store(std::move(report));
}

void Sampler::note_sample(Cadence cadence, bool good, const Now& now) {
  CadenceFigures& figures = figures_.cadences[static_cast<std::size_t>(cadence)];
  ++figures.samples;
  if (good) figures.last_sample = now;
}

bool Sampler::is_fresh(MonotonicTime taken, Cadence cadence, const Now& now) const {
  return now.monotonic - taken <= kStaleIntervals * schedule_.interval(cadence);
}

std::size_t Sampler::row_limit() const {
  const std::size_t total = options_.max_total_series;
  return std::min(options_.max_series, (total - std::min(total, kFixedSeries)) / kLimitedMetrics);
}

void Sampler::change(SamplerOptions options) {
  options_ = std::move(options);
  const auto dropped = [this](Protocol protocol) {
    const auto& kept = options_.collector.protocols;
    return std::ranges::find(kept, protocol) == kept.end();
  };
  std::erase_if(figures_.sources, [&](const auto& source) { return dropped(source.protocol); });
  for (const Protocol protocol : kProtocols) {
    if (dropped(protocol)) last_good_[static_cast<std::size_t>(protocol)] = {};
  }
  schedule_.change(options_.cadences, hooks_.now().monotonic);
}

}  // namespace sockwatch
