#include "app/sampler.h"

#include <algorithm>

#include "app/stage_timer.h"

namespace sockwatch {
namespace {

// Series that no limit folds: totals, causes, histograms, the daemon's own (docs/metrics.md).
constexpr std::size_t kFixedSeries = 200;
// Metrics whose rows are limited: four of counts, six of listeners.
constexpr std::size_t kLimitedMetrics = 10;
constexpr int kStaleIntervals = 3;
// After a change of the source: how long listeners get back the time they were first seen.
constexpr std::chrono::minutes kRestore{1};

constexpr SampleError kThrown{"sampler", "other"};

std::string_view name(kernel::DumpFailure reason) {
  return kernel::kDumpFailureNames[static_cast<std::size_t>(reason)];
}

void note_sample(SamplerFigures& figures, Cadence cadence, bool good, const Now& now) {
  CadenceFigures& noted = figures.cadences[static_cast<std::size_t>(cadence)];
  ++noted.samples;
  if (good) noted.last_sample = now;
}

// A sample is good when TCP or UDP is complete; where neither is wanted, when any family is, and
// then there are no listeners to miss.
bool has_listeners(const Collection& collection) {
  return collection.protocols.empty() ||
         std::ranges::any_of(collection.protocols,
                             [](const Collected& part) { return part.listeners.has_value(); });
}
bool has_sockets(const Collection& collection) {
  if (collection.protocols.empty()) {
    return std::ranges::any_of(collection.families, [](const CollectedFamily& family) {
      return family.sample.has_value();
    });
  }
  return std::ranges::any_of(collection.protocols,
                             [](const Collected& part) { return part.sockets.has_value(); });
}

/// `what`: as in Fault.
bool is_wanted(const CollectorOptions& options, std::string_view what) {
  if (what == kUnixFamily) return options.unix_sockets;
  if (std::ranges::find(kPacketKindNames, what) != kPacketKindNames.end()) {
    return options.packet_sockets;
  }
  return std::ranges::any_of(
      options.protocols, [what](Protocol protocol) { return sockwatch::name(protocol) == what; });
}

}  // namespace

Sampler::Sampler(SamplerOptions options, Collector collector, SamplerHooks hooks,
                 Published<Report>& published)
    : options_(std::move(options)),
      collector_(std::move(collector)),
      hooks_(std::move(hooks)),
      published_(published),
      schedule_(options_.cadences, hooks_.now().monotonic) {
  for (const std::string_view source : {"netlink", "procfs", "rtnetlink"}) {
    for (const std::string_view reason : kernel::kDumpFailureNames) {
      figures_.errors[{source, reason}] = 0;
    }
  }
  figures_.errors[kThrown] = 0;
}

void Sampler::sample_once(const Now& now) {
  const auto cpu_before = hooks_.cpu_time();
  const Scope scope = schedule_.due(now.monotonic);
  StageTimer timer([this] { return hooks_.now().monotonic; });
  Collection collection =
      collector_.collect(scope, options_.collector, now, [&](Stage stage) { timer.begin(stage); });
  timer.begin(Stage::aggregate);
  for (const Fault& fault : collection.faults) count(fault);
  for (const Fault& fault : collection.faults) hooks_.on_error(fault);
  const bool listeners = has_listeners(collection);
  const bool sockets = has_sockets(collection);
  for (Collected& part : collection.protocols) take(std::move(part), scope, now);
  for (CollectedFamily& family : collection.families) take(std::move(family));
  aggregate_sockets(scope, now);
  aggregate_listeners(now);

  // Copies: a sample that throws is not one that was taken.
  SamplerFigures figures = figures_;
  note_sample(figures, Cadence::listeners, listeners, now);
  if (scope == Scope::everything) note_sample(figures, Cadence::sockets, sockets, now);
  timer.observe(figures.stages);
  Schedule schedule = schedule_;
  schedule.done(scope, hooks_.now().monotonic, hooks_.cpu_time() - cpu_before);
  publish(std::move(figures), schedule);
}

void Sampler::skip() {
  const Now now = hooks_.now();
  ++figures_.errors[kThrown];
  if (schedule_.next() <= now.monotonic) {
    schedule_.done(schedule_.due(now.monotonic), now.monotonic, {});
  }
  aggregate_sockets(Scope::listeners, now);
  aggregate_listeners(now);
  publish(figures_, schedule_);
}

void Sampler::count(const Fault& fault) {
  ++figures_.errors[{fault.source, name(fault.error.reason)}];
}

void Sampler::take(Collected&& collected, Scope scope, const Now& now) {
  note_source(collected, scope);
  State& known = state(collected.protocol);
  if (collected.sockets) known.sockets = std::move(collected.sockets);
  if (!collected.listeners) return;
  if (!known.source.empty() && known.source != collected.source) {
    tracker_.restart(collected.protocol,
                     now.monotonic + options_.collector.udp_listener_age + kRestore);
  }
  known.source = collected.source;
  tell();
  untold_ = tracker_.update(collected.protocol, *collected.listeners, now);
  std::ranges::reverse(untold_);
  known.listeners = now.monotonic;
  tell();
}

/// What could not be told, for want of memory, is told with the next sample.
void Sampler::tell() {
  while (!untold_.empty()) {
    hooks_.on_listener(untold_.back());
    untold_.pop_back();
  }
}

void Sampler::take(CollectedFamily&& family) {
  show_source({family.name, family.source, family.sample.has_value()});
  if (family.sample) families_[family.name] = std::move(*family.sample);
}

/// Up: the last dump of listeners and the last dump of everything were complete.
void Sampler::note_source(const Collected& collected, Scope scope) {
  State& known = state(collected.protocol);
  if (scope == Scope::everything) known.sockets_up = collected.sockets.has_value();
  const bool up = known.sockets_up && collected.listeners.has_value();
  show_source({sockwatch::name(collected.protocol), collected.source, up});
}

/// In place of what was shown for the same protocol; nothing for one that no source has.
void Sampler::show_source(const SourceState& shown) {
  const auto known = std::ranges::find(figures_.sources, shown.protocol, &SourceState::protocol);
  if (known != figures_.sources.end() && !shown.source.empty()) {
    *known = shown;
  } else if (known != figures_.sources.end()) {
    figures_.sources.erase(known);
  } else if (!shown.source.empty()) {
    figures_.sources.push_back(shown);
  }
}

/// Sums anew after a full sample, and when a protocol's last good one has become too old.
void Sampler::aggregate_sockets(Scope scope, const Now& now) {
  std::vector<const ProtocolSample*> samples;
  std::vector<const FamilySample*> families;
  std::vector<std::string_view> shown;
  for (const State& known : states_) {
    if (known.sockets && is_fresh(known.sockets->taken.monotonic, Cadence::sockets, now)) {
      samples.push_back(&*known.sockets);
      shown.push_back(sockwatch::name(known.sockets->protocol));
    }
  }
  for (const auto& [family, sample] : families_) {
    if (is_fresh(sample.taken.monotonic, Cadence::sockets, now)) {
      families.push_back(&sample);
      shown.push_back(family);
    }
  }
  if (scope != Scope::everything && shown == shown_) return;
  std::shared_ptr<Snapshot> sockets;
  const auto path = [&](std::uint64_t id) { return collector_.cgroup_path(id, now.monotonic); };
  if (!shown.empty()) {
    sockets = std::make_shared<Snapshot>(aggregator_.aggregate(samples, path, row_limit()));
    aggregator_.add_families(*sockets, families, row_limit());
  }
  sockets_ = std::move(sockets);
  shown_ = std::move(shown);
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

/// All or nothing.
void Sampler::publish(SamplerFigures figures, const Schedule& schedule) {
  for (const Cadence cadence : kCadences) {
    CadenceFigures& shown = figures.cadences[static_cast<std::size_t>(cadence)];
    shown.interval = schedule.interval(cadence);
    shown.overruns = schedule.overruns(cadence);
  }
  figures.interruptions = collector_.interruptions();
  figures.read_errors = collector_.owners().read_errors();
  auto report = std::make_shared<Report>();
  *report = {reports_ + 1, sockets_, listeners_, figures, hooks_.self()};
  published_.store(std::move(report));
  ++reports_;
  figures_ = std::move(figures);
  schedule_ = schedule;
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
  const MonotonicTime now = hooks_.now().monotonic;
  const auto dropped = [this](std::string_view what) {
    return !is_wanted(options_.collector, what);
  };
  for (const Protocol protocol : kProtocols) {
    if (!dropped(sockwatch::name(protocol))) continue;
    state(protocol) = {};
    tracker_.restart(protocol, now);
  }
  std::erase_if(families_, [&](const auto& known) { return dropped(known.first); });
  std::erase_if(figures_.sources, [&](const auto& known) { return dropped(known.protocol); });
  schedule_.change(options_.cadences, now);
}

}  // namespace sockwatch
