// When to sample what: absolute deadlines of both cadences, stretched so that the sampler stays
// within its share of one core. Pure; time and cost are arguments. Threads: one.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "app/collector.h"
#include "report/report.h"
#include "support/clock.h"

namespace sockwatch {

struct Cadences {
  std::chrono::nanoseconds sockets = std::chrono::seconds(5);
  std::chrono::nanoseconds listeners = std::chrono::seconds(1);
  double cpu_limit = 0.05;  // share of one core
};

class Schedule {
 public:
  /// Both cadences are due at `start`.
  Schedule(const Cadences& cadences, MonotonicTime start);

  /// New intervals; deadlines that are set already stay, but come no later than the new interval.
  void change(const Cadences& cadences, MonotonicTime now);

  Scope due(MonotonicTime now) const;
  MonotonicTime next() const;
  /// A sample of `scope` that cost `cpu` ended at `now`. Deadlines that it ran past are skipped.
  void done(Scope scope, MonotonicTime now, std::chrono::nanoseconds cpu);

  std::chrono::nanoseconds interval(Cadence cadence) const;
  std::uint64_t overruns(Cadence cadence) const;

 private:
  struct State {
    MonotonicTime deadline;
    std::chrono::nanoseconds interval{};  // effective
    double cost = 0;                      // seconds of CPU per sample, smoothed
    std::uint64_t overruns = 0;
  };

  State& state(Cadence cadence) { return states_[static_cast<std::size_t>(cadence)]; }
  const State& state(Cadence cadence) const { return states_[static_cast<std::size_t>(cadence)]; }
  void advance(State& state, MonotonicTime now);
  void stretch();

  Cadences cadences_;
  std::array<State, 2> states_;
};

}  // namespace sockwatch
