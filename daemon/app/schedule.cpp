#include "app/schedule.h"

#include <algorithm>

namespace sockwatch {
namespace {

constexpr double kSmoothing = 0.3;
constexpr std::chrono::hours kLongest{1};

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::chrono::nanoseconds nanoseconds(double seconds) {
  const std::chrono::duration<double> needed(
      std::clamp(seconds, 0.0, std::chrono::duration<double>(kLongest).count()));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(needed);
}

}  // namespace

Schedule::Schedule(const Cadences& cadences, MonotonicTime start)
    : cadences_(cadences), accounted_(start) {
  for (State& cadence : states_) cadence.served = cadence.deadline = start;
  stretch_listeners();
  debt_ = -2 * savings();
  stretch_sockets();
}

void Schedule::change(const Cadences& cadences, MonotonicTime now) {
  cadences_ = cadences;
  stretch_listeners();
  stretch_sockets();
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

/// A sample that begins late serves the last deadline that has passed.
void Schedule::begin(State& cadence, MonotonicTime now) {
  const auto late = std::max(now - cadence.deadline, std::chrono::nanoseconds(0));
  if (late >= cadence.interval) ++cadence.overruns;
  cadence.served = cadence.deadline + late / cadence.interval * cadence.interval;
  cadence.deadline = cadence.served + cadence.interval;
}

void Schedule::begin(Scope scope, MonotonicTime now) {
  if (scope == Scope::everything) begin(state(Cadence::sockets), now);
  // A full sample between two deadlines of the listeners leaves them their next one.
  if (listeners_due(now)) begin(state(Cadence::listeners), now);
}

void Schedule::done(Scope scope, MonotonicTime now, std::chrono::nanoseconds cpu,
                    std::chrono::nanoseconds searched) {
  if (scope == Scope::everything) {
    sockets_done(now, cpu);
  } else {
    const auto charged = std::min(searched, cpu);
    debt_ += seconds(charged);
    listeners_done(cpu - charged);
  }
  skip_passed(state(Cadence::listeners), now);
}

void Schedule::listeners_done(std::chrono::nanoseconds cpu) {
  // From 0: the first samples, which search all of /proc, are no measure of the next ones.
  listeners_cost_ += kSmoothing * (seconds(cpu) - listeners_cost_);
  stretch_listeners();
  State& listeners = state(Cadence::listeners);
  listeners.deadline = std::max(listeners.deadline, listeners.served + listeners.interval);
}

void Schedule::sockets_done(MonotonicTime now, std::chrono::nanoseconds cpu) {
  State& sockets = state(Cadence::sockets);
  const bool spread = is_spread();
  const double earned = share_of_sockets() * seconds(now - accounted_);
  debt_ = std::max(debt_ - earned + seconds(cpu), std::min(debt_, -savings()));
  accounted_ = now;
  lasted_ = seconds(now - sockets.served);
  spread_cost_ = spread ? seconds(cpu) : 0;
  stretch_sockets();
  sockets.deadline = sockets.served + sockets.interval;
  if (spread) {
    sockets.deadline = std::max(sockets.deadline, now);
  } else {
    skip_passed(sockets, now);
  }
}

void Schedule::skip_passed(State& cadence, MonotonicTime now) {
  if (cadence.deadline > now) return;
  ++cadence.overruns;
  cadence.deadline += (now - cadence.deadline) / cadence.interval * cadence.interval;
  cadence.deadline += cadence.interval;
}

std::chrono::nanoseconds Schedule::rest(std::chrono::nanoseconds elapsed,
                                        std::chrono::nanoseconds cpu) const {
  if (!is_spread()) return {};
  return nanoseconds(seconds(cpu) / share_of_sockets() - seconds(elapsed));
}

void Schedule::stretch_listeners() {
  State& listeners = state(Cadence::listeners);
  const double half = cadences_.cpu_limit / 2;
  listeners.interval = std::max(cadences_.listeners, nanoseconds(listeners_cost_ / half));
}

void Schedule::stretch_sockets() {
  const double share = share_of_sockets();
  const double repaid = debt_ > 0 ? lasted_ + debt_ / share : 0;
  state(Cadence::sockets).interval =
      std::max(cadences_.sockets, nanoseconds(std::max(repaid, spread_cost_ / share)));
}

/// What listeners leave.
double Schedule::share_of_sockets() const {
  return cadences_.cpu_limit - listeners_cost_ / seconds(state(Cadence::listeners).interval);
}

/// What an interval without any cost saves up.
double Schedule::savings() const {
  return share_of_sockets() * seconds(cadences_.sockets);
}

std::chrono::nanoseconds Schedule::interval(Cadence cadence) const {
  return state(cadence).interval;
}

std::uint64_t Schedule::overruns(Cadence cadence) const {
  return state(cadence).overruns;
}

}  // namespace sockwatch
