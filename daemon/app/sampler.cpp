#include "app/sampler.h"

#include <algorithm>

#include "snapshot/merge_listeners.h"
#include "snapshot/row_limit.h"

namespace sockwatch {
namespace {

constexpr int kStaleIntervals = 3;
constexpr std::chrono::nanoseconds kMostNamespaceTime = std::chrono::milliseconds(2);
// After a change of the source: how long listeners get back the time they were first seen.
constexpr std::chrono::minutes kRestore{1};

// A search that stopped for each shorter rest would do little more than begin anew.
constexpr std::chrono::milliseconds kShortestRest{60};
constexpr std::chrono::nanoseconds kLongestRest = std::chrono::milliseconds(100);
constexpr std::chrono::milliseconds kFirstSearch{400};
constexpr std::chrono::milliseconds kUrgentSearch{100};

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
bool has_listeners(const NamespaceCollection& collection) {
  return collection.protocols.empty() ||
         std::ranges::any_of(collection.protocols,
                             [](const Collected& part) { return part.listeners.has_value(); });
}
bool has_sockets(const NamespaceCollection& collection) {
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
  namespaces_[kHost];
  for (const std::string_view source : {"netlink", "procfs", "rtnetlink"}) {
    for (const std::string_view reason : kernel::kDumpFailureNames) {
      figures_.errors[{source, reason}] = 0;
    }
  }
  figures_.errors[kThrown] = 0;
}

void Sampler::sample(Scope scope, const Now& now) {
  Running running{now.monotonic, cpu_time()};
  schedule_.begin(scope, now.monotonic);
  StageTimer timer([this] { return hooks_.now().monotonic; });
  const std::uint64_t before = listener_samples_;
  Collection collection =
      collector_.collect(scope, options_.collector, now, cycle_hooks(scope, running, timer));
  timer.begin(Stage::aggregate);
  const bool superseded = listener_samples_ != before;
  const bool listeners = has_listeners(collection.host);
  const bool sockets = has_sockets(collection.host);
  const std::chrono::nanoseconds searched = collection.searched;
  take(std::move(collection), scope, superseded, now);
  labels_ = label_namespaces(now.monotonic);
  aggregate_sockets(scope, now);
  aggregate_listeners(now);

  // Copies: a sample that throws is not one that was taken.
  SamplerFigures figures = figures_;
  if (!superseded) note_sample(figures, Cadence::listeners, listeners, now);
  if (scope == Scope::everything) note_sample(figures, Cadence::sockets, sockets, now);
  timer.observe(figures.stages);
  Schedule schedule = schedule_;
  schedule.done(scope, hooks_.now().monotonic, cpu_time() - running.cpu_before, searched);
  publish(std::move(figures), schedule);
  ++listener_samples_;
}

CycleHooks Sampler::cycle_hooks(Scope scope, Running& running, StageTimer& timer) {
  CycleHooks hooks;
  hooks.on_stage = [&timer](Stage stage) { timer.begin(stage); };
  hooks.clock = [this] { return hooks_.now().monotonic; };
  hooks.urgent_time = reports_ == 0 ? kFirstSearch : kUrgentSearch;
  hooks.search_time = search_time(scope);
  hooks.namespace_time = search_time(Scope::everything);
  if (scope == Scope::listeners) {
    const auto fifth = schedule_.interval(Cadence::listeners) / 5;
    hooks.namespace_time = std::min(kMostNamespaceTime, fifth);
    return hooks;
  }
  hooks.breathe = [this, &running] { breathe(running); };
  hooks.is_awaited = [this, &running] {
    const MonotonicTime now = hooks_.now().monotonic;
    return schedule_.listeners_due(now) || rest(running, now) >= kShortestRest;
  };
  return hooks;
}

void Sampler::breathe(Running& running) {
  const Now now = hooks_.now();
  if (schedule_.listeners_due(now.monotonic)) {
    const auto before = cpu_time();
    sample(Scope::listeners, now);
    running.cpu_before += cpu_time() - before;
    return;
  }
  const auto rests = rest(running, now.monotonic);
  if (rests < kShortestRest) return;
  hooks_.pause(std::min({rests, schedule_.next_listeners() - now.monotonic, kLongestRest}));
}

std::chrono::nanoseconds Sampler::rest(const Running& running, MonotonicTime now) const {
  if (!schedule_.is_spread()) return {};
  return schedule_.rest(now - running.begun, cpu_time() - running.cpu_before);
}

/// Half of what a full sample may cost, a fifth of what one of listeners may; more at the start,
/// when every socket is new.
std::chrono::nanoseconds Sampler::search_time(Scope scope) const {
  if (reports_ == 0) return kFirstSearch;
  const bool full = scope == Scope::everything;
  const auto interval = schedule_.interval(full ? Cadence::sockets : Cadence::listeners);
  const double share = options_.cadences.cpu_limit * (full ? 0.5 : 0.2);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(interval * share);
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

void Sampler::count(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) ++figures_.errors[{fault.source, name(fault.error.reason)}];
  for (const Fault& fault : faults) hooks_.on_error(fault);
}

/// `superseded`: newer listeners were taken while this cycle went on.
void Sampler::take(Collection&& collection, Scope scope, bool superseded, const Now& now) {
  count(collection.host.faults);
  for (const Collected& part : collection.host.protocols) note_source(part, scope);
  for (const CollectedFamily& family : collection.host.families) {
    show_source({family.name, family.source, family.sample.has_value()});
  }
  take(std::move(collection.host), !superseded, now);
  if (!superseded) {
    forget_all_but(collection.alive);
    alive_ = std::move(collection.alive);
    unreadable_ = collection.unreadable;
  }
  // Full samples of other namespaces come beside their samples of listeners.
  for (NamespaceCollection& other : collection.others) {
    const bool with_listeners = !superseded && other.scope == Scope::listeners;
    count(other.faults);
    if (namespaces_.contains(other.id)) take(std::move(other), with_listeners, now);
  }
}

void Sampler::take(NamespaceCollection&& collected, bool with_listeners, const Now& now) {
  NamespaceState& state = namespaces_.at(collected.id);
  const MonotonicTime until = now.monotonic + options_.collector.udp_listener_age + kRestore;
  for (Collected& part : collected.protocols) {
    if (part.sockets) state.take_sockets(part.protocol, std::move(*part.sockets));
    if (!part.listeners || !with_listeners) continue;
    tell();
    untold_ = state.take_listeners(part, until, now);
    if (collected.id != kHost) {
      for (ListenerEvent& event : untold_) event.netns = state.label;
    }
    std::ranges::reverse(untold_);
    tell();
  }
  for (CollectedFamily& family : collected.families) {
    if (family.sample) state.take_family(family.name, std::move(*family.sample));
  }
}

void Sampler::forget_all_but(const std::vector<NamespaceFacts>& alive) {
  for (const NamespaceFacts& one : alive) namespaces_[one.identity];
  std::erase_if(namespaces_, [&](const auto& entry) {
    return entry.first != kHost &&
           std::ranges::find(alive, entry.first, &NamespaceFacts::identity) == alive.end();
  });
}

/// The names that samples are shown with; each namespace learns which of them is its own.
std::vector<std::string> Sampler::label_namespaces(MonotonicTime now) {
  std::vector<std::string> shown = kFirstNamespaces;
  if (!options_.collector.all_namespaces) {
    names_ = {};  // so that none is young when they are wanted
    return shown;
  }
  const auto labels = names_.labels(alive_, options_.max_namespaces, now);
  for (std::size_t i = 0; i < alive_.size(); ++i) {
    const auto known = namespaces_.find(alive_[i].identity);
    if (known == namespaces_.end()) continue;
    known->second.label = labels[i];
    known->second.index = kOtherNamespace;
    if (labels[i] == kOtherNamespaces) continue;
    known->second.index = static_cast<NamespaceIndex>(shown.size());
    shown.push_back(labels[i]);
  }
  return shown;
}

/// What could not be told, for want of memory, is told with the next sample.
void Sampler::tell() {
  while (!untold_.empty()) {
    hooks_.on_listener(untold_.back());
    untold_.pop_back();
  }
}

/// Up: the last dump of listeners and the last dump of everything were complete.
void Sampler::note_source(const Collected& collected, Scope scope) {
  bool& sockets_up = sockets_up_[static_cast<std::size_t>(collected.protocol)];
  if (scope == Scope::everything) sockets_up = collected.sockets.has_value();
  const bool up = sockets_up && collected.listeners.has_value();
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

/// Sums anew after a full sample, and when a last good one has become too old.
void Sampler::aggregate_sockets(Scope scope, const Now& now) {
  std::vector<const ProtocolSample*> samples;
  std::vector<const FamilySample*> families;
  std::vector<const void*> shown;
  for (auto& [id, state] : namespaces_) {
    for (ProtocolSample* sample : state.samples(patience(), now.monotonic)) {
      sample->netns = state.index;
      samples.push_back(sample);
      shown.push_back(sample);
    }
    for (FamilySample* sample : state.families(patience(), now.monotonic)) {
      sample->netns = state.index;
      families.push_back(sample);
      shown.push_back(sample);
    }
  }
  if (scope != Scope::everything && shown == shown_) return;
  std::shared_ptr<Snapshot> sockets;
  const auto path = [&](std::uint64_t id) { return collector_.cgroup_path(id, now.monotonic); };
  if (!shown.empty()) {
    sockets =
        std::make_shared<Snapshot>(aggregator_.aggregate(samples, labels_, path, row_limit()));
    aggregator_.add_families(*sockets, families, row_limit());
  }
  sockets_ = std::move(sockets);
  shown_ = std::move(shown);
}

void Sampler::aggregate_listeners(const Now& now) {
  std::vector<ListenerSample> samples;
  std::vector<NamespaceIndex> indices;
  for (const auto& [id, state] : namespaces_) {
    samples.push_back(state.listeners(patience(), now));
    indices.push_back(state.index);
  }
  listeners_ = std::make_shared<LimitedListeners>(
      limit_listeners(merged(std::move(samples), indices, labels_), row_limit()));
}

NamespaceState::Patience Sampler::patience() const {
  return {kStaleIntervals * schedule_.interval(Cadence::sockets),
          kStaleIntervals * schedule_.interval(Cadence::listeners)};
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
  figures.search_backlog = collector_.owners().backlog();
  figures.namespaces = namespace_figures();
  auto report = std::make_shared<Report>();
  *report = {reports_ + 1, sockets_, listeners_, figures, hooks_.self()};
  published_.store(std::move(report));
  ++reports_;
  figures_ = std::move(figures);
  schedule_ = schedule;
}

NamespaceFigures Sampler::namespace_figures() const {
  NamespaceFigures shown;
  for (const auto& [id, state] : namespaces_) {
    const auto taken = state.oldest();
    if (!taken) {
      ++(id == kHost ? shown.unreadable : shown.skipped);
      continue;
    }
    ++shown.sampled;
    shown.oldest = std::min(shown.oldest.value_or(*taken), *taken);
  }
  shown.unreadable += unreadable_;
  return shown;
}

std::size_t Sampler::row_limit() const {
  return sockwatch::row_limit(options_.max_series, options_.max_total_series,
                              options_.collector.all_namespaces);
}

void Sampler::change(SamplerOptions options) {
  options_ = std::move(options);
  const MonotonicTime now = hooks_.now().monotonic;
  const auto dropped = [this](std::string_view what) {
    return !is_wanted(options_.collector, what);
  };
  for (auto& [id, state] : namespaces_) {
    for (const Protocol protocol : kProtocols) {
      if (dropped(sockwatch::name(protocol))) state.drop(protocol, now);
    }
    state.drop_families(dropped);
  }
  if (!options_.collector.all_namespaces) {
    alive_.clear();
    forget_all_but(alive_);
  }
  std::erase_if(figures_.sources, [&](const auto& known) { return dropped(known.protocol); });
  schedule_.change(options_.cadences, now);
}

}  // namespace sockwatch
