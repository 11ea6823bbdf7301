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
  const auto has_listeners = [](const Collected& part) { return part.listeners.has_value(); };
  const auto has_sockets = [](const Collected& part) { return part.sockets.has_value(); };
  note_sample(Cadence::listeners, std::ranges::any_of(collected, has_listeners), now);
  if (scope == Scope::everything) {
    note_sample(Cadence::sockets, std::ranges::any_of(collected, has_sockets), now);
  }
  for (Collected& part : collected) take(std::move(part), scope, now);
  aggregate_sockets(scope, now);
  aggregate_listeners(now);
  timer.observe(figures_.stages);
  schedule_.done(scope, hooks_.now().monotonic, hooks_.cpu_time() - cpu_before);
  publish();
}

void Sampler::skip() {
  const Now now = hooks_.now();
  const Scope scope = schedule_.due(now.monotonic);
  schedule_.done(scope, now.monotonic, {});
  aggregate_sockets(Scope::listeners, now);
  aggregate_listeners(now);
  publish();
}

void Sampler::take(Collected&& collected, Scope scope, const Now& now) {
  note_source(collected, scope);
  if (collected.error) {
    ++figures_.errors[std::string(
        kernel::kDumpFailureNames[static_cast<std::size_t>(collected.error->reason)])];
    hooks_.on_error(collected.protocol, *collected.error);
  }
  State& known = state(collected.protocol);
  if (collected.sockets) known.sockets = std::move(collected.sockets);
  if (!collected.listeners) return;
  known.listeners = now.monotonic;
  for (const ListenerEvent& event :
       tracker_.update(collected.protocol, *collected.listeners, now)) {
    hooks_.on_listener(event);
  }
}

/// Up: the last dump of listeners and the last dump of everything were complete.
void Sampler::note_source(const Collected& collected, Scope scope) {
  State& known = state(collected.protocol);
  if (scope == Scope::everything) known.sockets_up = collected.sockets.has_value();
  const bool up = known.sockets_up && collected.listeners.has_value();
  const auto source =
      std::ranges::find(figures_.sources, collected.protocol, &SourceState::protocol);
  if (source == figures_.sources.end()) {
    figures_.sources.push_back({collected.protocol, "netlink", up});
  } else {
    source->up = up;
  }
}

/// Sums anew after a full sample, and when a protocol's last good one has become too old.
void Sampler::aggregate_sockets(Scope scope, const Now& now) {
  std::vector<const ProtocolSample*> samples;
  std::vector<Protocol> protocols;
  for (const State& known : states_) {
    if (known.sockets && is_fresh(known.sockets->taken.monotonic, Cadence::sockets, now)) {
      samples.push_back(&*known.sockets);
      protocols.push_back(known.sockets->protocol);
    }
  }
  if (scope != Scope::everything && protocols == shown_) return;
  shown_ = std::move(protocols);
  if (samples.empty()) return sockets_.reset();
  const auto path = [&](std::uint64_t id) { return collector_.cgroup_path(id, now.monotonic); };
  sockets_ = std::make_shared<Snapshot>(aggregator_.aggregate(samples, path, row_limit()));
}

void Sampler::aggregate_listeners(const Now& now) {
  const auto fresh = [&](Protocol protocol) {
    const auto& taken = state(protocol).listeners;
    return taken && is_fresh(*taken, Cadence::listeners, now);
  };
  ListenerSample sample = tracker_.sample(fresh);
  // A wall clock that was set back: what was seen later than now is shown as seen now.
  for (ListenerGroup& group : sample.groups) {
    group.first_seen = std::min(group.first_seen, now.wall);
  }
  listeners_ = std::make_shared<LimitedListeners>(limit_listeners(std::move(sample), row_limit()));
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
    if (dropped(protocol)) state(protocol) = {};
  }
  schedule_.change(options_.cadences, hooks_.now().monotonic);
}

}  // namespace sockwatch
