#include "app/schedule.h"

#include <algorithm>

namespace sockwatch {
namespace {

constexpr double kSmoothing = 0.3;
constexpr std::chrono::hours kLongest{1};

std::chrono::nanoseconds at_least(std::chrono::nanoseconds configured, double seconds) {
  const std::chrono::duration<double> needed(
      std::min(seconds, std::chrono::duration<double>(kLongest).count()));
  return std::max(configured, std::chrono::duration_cast<std::chrono::nanoseconds>(needed));
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Schedule::Schedule(const Cadences& cadences, MonotonicTime start) : cadences_(cadences) {
  for (State& cadence : states_) cadence.deadline = start;
  stretch();
}

void Schedule::change(const Cadences& cadences, MonotonicTime now) {
  cadences_ = cadences;
  stretch();
  for (State& cadence : states_) {
    cadence.deadline = std::min(cadence.deadline, now + cadence.interval);
  }
}

Scope Schedule::due(MonotonicTime now) const {
  return now >= state(Cadence::sockets).deadline ? Scope::everything : Scope::listeners;
}

MonotonicTime Schedule::next() const {
  return std::min(state(Cadence::sockets).deadline, state(Cadence::listeners).deadline);
}

void Schedule::done(Scope scope, MonotonicTime now, std::chrono::nanoseconds cpu) {
  State& measured = state(scope == Scope::everything ? Cadence::sockets : Cadence::listeners);
  // From 0: the first sample, which searches all of /proc, is no measure of the next ones.
  measured.cost += kSmoothing * (seconds(cpu) - measured.cost);
  stretch();
  if (scope == Scope::everything) advance(state(Cadence::sockets), now);
  // A full sample between two deadlines of the listeners leaves them their next one.
  State& listeners = state(Cadence::listeners);
  if (listeners.deadline <= now) advance(listeners, now);
}

void Schedule::advance(State& cadence, MonotonicTime now) {
  cadence.deadline += cadence.interval;
  if (cadence.deadline > now) return;
  ++cadence.overruns;
  cadence.deadline += (now - cadence.deadline) / cadence.interval * cadence.interval;
  cadence.deadline += cadence.interval;
}

/// Listeners may take half of the limit; counts take what listeners leave.
void Schedule::stretch() {
  State& listeners = state(Cadence::listeners);
  State& sockets = state(Cadence::sockets);
  const double limit = cadences_.cpu_limit;
  listeners.interval = at_least(cadences_.listeners, listeners.cost / (limit / 2));
  const double left = limit - listeners.cost / seconds(listeners.interval);
  sockets.interval = at_least(cadences_.sockets, sockets.cost / left);
}

std::chrono::nanoseconds Schedule::interval(Cadence cadence) const {
  return state(cadence).interval;
}

std::uint64_t Schedule::overruns(Cadence cadence) const {
  return state(cadence).overruns;
}

}  // namespace sockwatch
