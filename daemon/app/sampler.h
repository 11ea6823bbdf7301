// The tick of the daemon: kernel ─► sockets ─► attribution ─► snapshot ─► report, published as one
// immutable value.
// Threads: one calls everything here; readers take reports from the Published.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "app/collector.h"
#include "app/schedule.h"
#include "report/published.h"
#include "report/report.h"
#include "snapshot/aggregate.h"

namespace sockwatch {

struct SamplerOptions {
  Cadences cadences;
  CollectorOptions collector;
  std::size_t max_series = 200;
  std::size_t max_total_series = 2000;
};

/// Clocks and effects, so that tests bring their own.
struct SamplerHooks {
  std::function<Now()> now;
  std::function<std::chrono::nanoseconds()> cpu_time;  // of the calling thread
  std::function<SelfFigures()> self;
  std::function<void(const ListenerEvent&)> on_listener = [](const auto&) {};
  std::function<void(const Fault&)> on_error = [](const auto&) {};
};

class Sampler {
 public:
  Sampler(SamplerOptions options, Collector collector, SamplerHooks hooks,
          Published<Report>& published);

  void sample_once(const Now& now);
  /// When sample_once() is due next.
  MonotonicTime next() const { return schedule_.next(); }
  /// Gives up a sample that threw: the next one is due an interval later, and what is too old by
  /// now is no longer shown.
  void skip();
  void change(SamplerOptions options);

  ListenerTracker& listeners() { return tracker_; }
  const ListenerTracker& listeners() const { return tracker_; }
  const Collector& collector() const { return collector_; }

 private:
  struct State {
    std::optional<ProtocolSample> sockets;   // the last good one
    std::optional<MonotonicTime> listeners;  // when the last good one was taken
    bool sockets_up = true;                  // the last dump of everything was complete
    std::string_view source;                 // of the last good one of listeners
  };

  void count(const Fault& fault);
  void take(Collected&& collected, Scope scope, const Now& now);
  void take(CollectedFamily&& family);
  void note_source(const Collected& collected, Scope scope);
  void show_source(const SourceState& shown);
  void aggregate_sockets(Scope scope, const Now& now);
  void aggregate_listeners(const Now& now);
  void tell();
  void publish(SamplerFigures figures, const Schedule& schedule);
  bool is_fresh(MonotonicTime taken, Cadence cadence, const Now& now) const;
  State& state(Protocol protocol) { return states_[static_cast<std::size_t>(protocol)]; }
  std::size_t row_limit() const;

  SamplerOptions options_;
  Collector collector_;
  SamplerHooks hooks_;
  Published<Report>& published_;
  Schedule schedule_;
  Aggregator aggregator_;
  ListenerTracker tracker_;
  SamplerFigures figures_;
  std::array<State, kProtocols.size()> states_;        // by Protocol
  std::map<std::string_view, FamilySample> families_;  // the last good ones
  std::vector<std::string_view> shown_;                // in sockets_
  std::shared_ptr<const Snapshot> sockets_;
  std::shared_ptr<const LimitedListeners> listeners_;
  std::vector<ListenerEvent> untold_;  // the last one is the next to be told
  std::uint64_t reports_ = 0;
};

}  // namespace sockwatch
