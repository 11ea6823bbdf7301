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
#include "app/namespace_state.h"
#include "app/schedule.h"
#include "app/stage_timer.h"
#include "report/published.h"
#include "report/report.h"
#include "snapshot/aggregate.h"

namespace sockwatch {

struct SamplerOptions {
  Cadences cadences;
  CollectorOptions collector;
  std::size_t max_series = 200;
  std::size_t max_total_series = 2000;
  std::size_t max_namespaces = 100;
};

/// Clocks and effects, so that tests bring their own.
struct SamplerHooks {
  std::function<Now()> now;
  std::function<std::chrono::nanoseconds()> cpu_time;  // of the calling thread
  std::function<SelfFigures()> self;
  std::function<void(std::chrono::nanoseconds)> pause = [](auto) {};
  std::function<void(const ListenerEvent&)> on_listener = [](const auto&) {};
  std::function<void(const Fault&)> on_error = [](const auto&) {};
};

class Sampler {
 public:
  Sampler(SamplerOptions options, Collector collector, SamplerHooks hooks,
          Published<Report>& published);

  /// One cycle. A full one that takes long rests, and takes samples of listeners when they are due.
  void sample_once(const Now& now) { sample(schedule_.due(now.monotonic), now); }
  /// When sample_once() is due next.
  MonotonicTime next() const { return schedule_.next(); }
  /// Gives up a sample that threw: the next one is due an interval later, and what is too old by
  /// now is no longer shown.
  void skip();
  void change(SamplerOptions options);

  /// The host's.
  ListenerTracker& listeners() { return namespaces_.at(kHost).tracker(); }
  const ListenerTracker& listeners() const { return namespaces_.at(kHost).tracker(); }
  const Collector& collector() const { return collector_; }

 private:
  /// A cycle under way.
  struct Running {
    MonotonicTime begun;
    std::chrono::nanoseconds cpu_before{};  // grows by what samples inside it cost
  };

  void sample(Scope scope, const Now& now);
  CycleHooks cycle_hooks(Scope scope, Running& running, StageTimer& timer);
  void breathe(Running& running);
  std::chrono::nanoseconds rest(const Running& running, MonotonicTime now) const;
  std::chrono::nanoseconds search_time(Scope scope) const;
  std::chrono::nanoseconds cpu_time() const {
    return hooks_.cpu_time() + collector_.helpers_cpu_time();
  }
  void count(const std::vector<Fault>& faults);
  void take(Collection&& collection, Scope scope, bool superseded, const Now& now);
  void take(NamespaceCollection&& collected, bool with_listeners, const Now& now);
  void forget_all_but(const std::vector<NamespaceFacts>& alive);
  std::vector<std::string> label_namespaces(MonotonicTime now);
  void note_source(const Collected& collected, Scope scope);
  void show_source(const SourceState& shown);
  void aggregate_sockets(Scope scope, const Now& now);
  void aggregate_listeners(const Now& now);
  void tell();
  void publish(SamplerFigures figures, const Schedule& schedule);
  NamespaceState::Patience patience() const;
  NamespaceFigures namespace_figures() const;
  std::size_t row_limit() const;

  SamplerOptions options_;
  Collector collector_;
  SamplerHooks hooks_;
  Published<Report>& published_;
  Schedule schedule_;
  Aggregator aggregator_;
  SamplerFigures figures_;
  std::map<NamespaceId, NamespaceState> namespaces_;            // kHost is always there
  std::array<bool, kProtocols.size()> sockets_up_{true, true};  // of the host's last full sample
  std::vector<NamespaceFacts> alive_;                           // all but the host
  NamespaceNames names_;
  std::vector<std::string> labels_;  // by NamespaceIndex
  std::size_t unreadable_ = 0;
  std::vector<const void*> shown_;  // samples in sockets_
  std::shared_ptr<const Snapshot> sockets_;
  std::shared_ptr<const LimitedListeners> listeners_;
  std::vector<ListenerEvent> untold_;  // the last one is the next to be told
  std::uint64_t reports_ = 0;
  std::uint64_t listener_samples_ = 0;
};

}  // namespace sockwatch
