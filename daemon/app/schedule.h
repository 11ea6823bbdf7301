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

/// Listeners may take half of the share: their interval is as long as their cost, smoothed,
/// demands. A full sample may cost what the share has saved up, at most an interval's worth (two at
/// the start); what it costs beyond that is paid back before the next one. Where samples cost more
/// than one interval pays for, they are spread over the time that they have: see rest().
class Schedule {
 public:
  /// Both cadences are due at `start`.
  Schedule(const Cadences& cadences, MonotonicTime start);

  /// New intervals; deadlines that are set already stay, but come no later than the new interval.
  void change(const Cadences& cadences, MonotonicTime now);

  Scope due(MonotonicTime now) const;
  MonotonicTime next() const;
  /// When a sample of listeners is wanted, also while a full one is under way.
  MonotonicTime next_listeners() const { return state(Cadence::listeners).deadline; }
  bool listeners_due(MonotonicTime now) const { return now >= next_listeners(); }
  /// A sample of `scope` begins; a full one serves as both.
  void begin(Scope scope, MonotonicTime now);
  /// It ended at `now` and cost `cpu`, of it `searched` for owners: that full samples pay, whoever
  /// searched. Deadlines that it ran past are skipped.
  void done(Scope scope, MonotonicTime now, std::chrono::nanoseconds cpu,
            std::chrono::nanoseconds searched = {});

  /// Whether full samples cost more than an interval pays for.
  bool is_spread() const { return state(Cadence::sockets).interval > cadences_.sockets; }
  /// How long a full sample rests now, that took `elapsed` until here and has cost `cpu`.
  std::chrono::nanoseconds rest(std::chrono::nanoseconds elapsed,
                                std::chrono::nanoseconds cpu) const;

  std::chrono::nanoseconds interval(Cadence cadence) const;
  std::uint64_t overruns(Cadence cadence) const;

 private:
  struct State {
    MonotonicTime served;  // the deadline of the last sample that began
    MonotonicTime deadline;
    std::chrono::nanoseconds interval{};  // effective
    std::uint64_t overruns = 0;
  };

  State& state(Cadence cadence) { return states_[static_cast<std::size_t>(cadence)]; }
  const State& state(Cadence cadence) const { return states_[static_cast<std::size_t>(cadence)]; }
  double share_of_sockets() const;
  double savings() const;
  void listeners_done(std::chrono::nanoseconds cpu);
  void sockets_done(MonotonicTime now, std::chrono::nanoseconds cpu);
  void stretch_listeners();
  void stretch_sockets();
  static void begin(State& cadence, MonotonicTime now);
  static void skip_passed(State& cadence, MonotonicTime now);

  Cadences cadences_;
  std::array<State, 2> states_;
  double listeners_cost_ = 0;  // seconds of CPU per sample, smoothed
  double debt_ = 0;            // seconds of CPU that full samples have cost beyond their share
  MonotonicTime accounted_;    // when debt_ was that
  // Of the last full sample, in seconds:
  double lasted_ = 0;       // from its deadline to its end
  double spread_cost_ = 0;  // CPU, when it was spread
};

}  // namespace sockwatch
