#include "app/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

namespace sockwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const MonotonicTime kStart{std::chrono::hours(1)};
const Cadences kDefaults{seconds(5), seconds(1), 0.05};

nanoseconds since_start(MonotonicTime time) {
  return time - kStart;
}

/// Takes the next sample at its deadline; it lasts as long as it costs.
Scope take(Schedule& schedule, nanoseconds cpu) {
  const MonotonicTime begin = schedule.next();
  const Scope scope = schedule.due(begin);
  schedule.begin(scope, begin);
  schedule.done(scope, begin + cpu, cpu);
  return scope;
}

/// Until `count` full samples were taken; listeners cost nothing. The begin of the last one.
MonotonicTime take_full(Schedule& schedule, int count, nanoseconds cpu) {
  while (true) {
    const MonotonicTime begin = schedule.next();
    const bool full = schedule.due(begin) == Scope::everything;
    take(schedule, full ? cpu : nanoseconds(0));
    if (full && --count == 0) return begin;
  }
}

TEST(Schedule, BeginsWithEverythingAtOnce) {
  const Schedule schedule(kDefaults, kStart);
  EXPECT_EQ(schedule.next(), kStart);
  EXPECT_EQ(schedule.due(kStart), Scope::everything);
}

TEST(Schedule, TakesEverythingAtEachFifthDeadlineOfListeners) {
  Schedule schedule(kDefaults, kStart);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(since_start(schedule.next()), seconds(i)) << "deadlines drift";
    EXPECT_EQ(take(schedule, milliseconds(3)), i % 5 == 0 ? Scope::everything : Scope::listeners);
  }
  EXPECT_EQ(schedule.overruns(Cadence::sockets), 0U);
  EXPECT_EQ(schedule.overruns(Cadence::listeners), 0U);
}

TEST(Schedule, KeepsItsDeadlinesWhenASampleBeginsLate) {
  Schedule schedule(kDefaults, kStart);
  take(schedule, milliseconds(1));
  schedule.begin(Scope::listeners, kStart + milliseconds(1699));
  schedule.done(Scope::listeners, kStart + milliseconds(1700), milliseconds(1));
  EXPECT_EQ(since_start(schedule.next()), seconds(2));
}

TEST(Schedule, SkipsDeadlinesThatASampleRanPast) {
  Schedule schedule(kDefaults, kStart);
  schedule.begin(Scope::everything, kStart);
  schedule.done(Scope::everything, kStart + milliseconds(3400), milliseconds(1));
  EXPECT_EQ(since_start(schedule.next()), seconds(4));
  EXPECT_EQ(schedule.overruns(Cadence::listeners), 1U);
  EXPECT_EQ(schedule.overruns(Cadence::sockets), 0U);
  EXPECT_EQ(schedule.due(schedule.next()), Scope::listeners);
  schedule.begin(Scope::listeners, kStart + milliseconds(4000));
  schedule.done(Scope::listeners, kStart + milliseconds(4001), milliseconds(1));
  EXPECT_EQ(schedule.due(schedule.next()), Scope::everything);
}

TEST(Schedule, CountsASampleThatEndsAtTheNextDeadlineAsAnOverrun) {
  Schedule schedule(kDefaults, kStart);
  schedule.begin(Scope::everything, kStart);
  schedule.done(Scope::everything, kStart + seconds(5), milliseconds(1));
  EXPECT_EQ(schedule.overruns(Cadence::sockets), 1U);
  EXPECT_EQ(since_start(schedule.next()), seconds(6));
  EXPECT_EQ(schedule.due(kStart + seconds(10)), Scope::everything);
}

TEST(Schedule, StretchesTheIntervalOfExpensiveSamples) {
  Schedule schedule(kDefaults, kStart);
  take_full(schedule, 30, milliseconds(500));
  EXPECT_GT(schedule.interval(Cadence::sockets), milliseconds(9900));
  EXPECT_LE(schedule.interval(Cadence::sockets), seconds(10));
  EXPECT_EQ(schedule.interval(Cadence::listeners), seconds(1));
  const MonotonicTime before = take_full(schedule, 1, milliseconds(500));
  EXPECT_GT(take_full(schedule, 1, milliseconds(500)) - before, milliseconds(9900));
}

TEST(Schedule, GoesBackToTheConfiguredIntervalWhenSamplesAreCheapAgain) {
  Schedule schedule(kDefaults, kStart);
  take_full(schedule, 30, seconds(2));
  EXPECT_GT(schedule.interval(Cadence::sockets), seconds(30));
  take_full(schedule, 10, milliseconds(1));
  EXPECT_EQ(schedule.interval(Cadence::sockets), seconds(5));
}

TEST(Schedule, DoesNotStretchForOneDearFirstSample) {
  Schedule schedule(kDefaults, kStart);
  take_full(schedule, 1, milliseconds(500));
  EXPECT_EQ(schedule.interval(Cadence::sockets), seconds(5));
}

TEST(Schedule, WaitsAnHourAtMost) {
  Schedule schedule(kDefaults, kStart);
  take(schedule, std::chrono::hours(10));
  EXPECT_LE(schedule.interval(Cadence::sockets), std::chrono::hours(1));
}

TEST(Schedule, SamplesListenersOnTimeBetweenStretchedFullSamples) {
  Schedule schedule(kDefaults, kStart);
  const auto full = milliseconds(361);
  MonotonicTime last = kStart;
  for (int i = 0; i < 200; ++i) {
    const MonotonicTime begin = schedule.next();
    EXPECT_LE(begin - last, seconds(1) + full) << "a listener sample was left out";
    last = begin;
    take(schedule, schedule.due(begin) == Scope::everything ? full : milliseconds(1));
  }
}

TEST(Schedule, SamplesListenersOnTimeWhileTheySearch) {
  Schedule schedule(kDefaults, kStart);
  take(schedule, milliseconds(1));
  for (int i = 0; i < 50; ++i) {
    const MonotonicTime begin = schedule.next();
    const Scope scope = schedule.due(begin);
    schedule.begin(scope, begin);
    schedule.done(scope, begin + milliseconds(101), milliseconds(101), milliseconds(100));
    EXPECT_EQ(schedule.interval(Cadence::listeners), seconds(1));
  }
  EXPECT_GT(schedule.interval(Cadence::sockets), seconds(5)) << "full samples pay for it";
}

using Cost = std::function<nanoseconds(Scope)>;

/// From one full sample to another, `cycles` later.
double cpu_share(const Cadences& cadences, int cycles, const Cost& cost) {
  Schedule schedule(cadences, kStart);
  nanoseconds used{0};
  while (true) {
    const Scope scope = schedule.due(schedule.next());
    if (scope == Scope::everything && cycles-- == 0) break;
    const nanoseconds cpu = cost(scope);
    used += cpu;
    take(schedule, cpu);
  }
  return std::chrono::duration<double>(used) /
         std::chrono::duration<double>(schedule.next() - kStart);
}

TEST(Schedule, StaysWithinItsShareOfACore) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> noise(0.5, 1.5);
  const auto about = [&](double milli) {
    return nanoseconds(static_cast<std::int64_t>(milli * 1e6 * noise(random)));
  };
  for (const double limit : {0.001, 0.01, 0.05, 0.5}) {
    for (const double full : {1.0, 50.0, 1000.0}) {
      for (const double listeners : {0.2, 20.0, 400.0}) {
        const double share = cpu_share({seconds(5), seconds(1), limit}, 200, [&](Scope scope) {
          return about(scope == Scope::everything ? full + listeners : listeners);
        });
        EXPECT_LE(share, limit * 1.05) << limit << " " << full << " " << listeners;
      }
    }
  }
}

TEST(Schedule, UsesTheShareThatItMayUse) {
  const double share = cpu_share(kDefaults, 200, [](Scope scope) {
    return scope == Scope::everything ? seconds(1) : nanoseconds(milliseconds(1));
  });
  EXPECT_GT(share, 0.045);
}

TEST(Schedule, StaysWithinItsShareWhenCostsJump) {
  int samples = 0;
  const double share = cpu_share(kDefaults, 200, [&](Scope scope) {
    const bool crowded = ++samples / 100 % 2 == 1;
    if (scope == Scope::listeners) return nanoseconds(milliseconds(crowded ? 30 : 1));
    return nanoseconds(milliseconds(crowded ? 900 : 20));
  });
  EXPECT_LE(share, 0.05 * 1.05);
}

TEST(Schedule, AsksForListenersInTheMidstOfAFullSample) {
  Schedule schedule(kDefaults, kStart);
  schedule.begin(Scope::everything, kStart);
  EXPECT_FALSE(schedule.listeners_due(kStart + milliseconds(999))) << "the full sample serves";
  for (const int second : {1, 2, 3}) {
    const MonotonicTime now = kStart + seconds(second);
    EXPECT_TRUE(schedule.listeners_due(now));
    schedule.begin(Scope::listeners, now);
    schedule.done(Scope::listeners, now + milliseconds(1), milliseconds(1));
    EXPECT_FALSE(schedule.listeners_due(now + milliseconds(1)));
  }
  schedule.done(Scope::everything, kStart + milliseconds(3400), milliseconds(200));
  EXPECT_EQ(since_start(schedule.next()), seconds(4));
  EXPECT_EQ(schedule.overruns(Cadence::listeners), 0U);
}

/// Full samples of one second of CPU, in pieces, with rests; the CPU time of each second.
std::vector<double> cpu_by_second(const Cadences& cadences, std::size_t length) {
  constexpr auto kPiece = milliseconds(1);
  std::vector<double> used(length);
  Schedule schedule(cadences, kStart);
  MonotonicTime now = kStart;
  while (true) {
    const MonotonicTime begin = now = std::max(now, schedule.next());
    if (schedule.due(now) == Scope::listeners) {
      schedule.begin(Scope::listeners, now);
      schedule.done(Scope::listeners, now, nanoseconds(0));
      continue;
    }
    schedule.begin(Scope::everything, now);
    for (int piece = 1; piece <= 1000; ++piece) {
      const auto second = static_cast<std::size_t>(since_start(now) / seconds(1));
      if (second >= length) return used;
      used[second] += 0.001;
      now += kPiece;
      now += schedule.rest(now - begin, piece * kPiece);
    }
    schedule.done(Scope::everything, now, seconds(1));
  }
}

TEST(Schedule, HoldsItsShareInEachMinuteOfSamplesThatTakeASecondOfCpu) {
  for (const double limit : {0.02, 0.05, 0.15}) {
    const auto used = cpu_by_second({seconds(5), seconds(1), limit}, 1200);
    for (std::size_t from = 120; from + 60 <= used.size(); ++from) {
      const auto first = used.begin() + static_cast<std::ptrdiff_t>(from);
      EXPECT_NEAR(std::accumulate(first, first + 60, 0.0), 60 * limit, 0.1 * 60 * limit)
          << limit << " at " << from;
    }
  }
}

TEST(Schedule, NeverRestsInSamplesThatAnIntervalPaysFor) {
  Schedule schedule(kDefaults, kStart);
  take_full(schedule, 10, milliseconds(100));
  schedule.begin(Scope::everything, schedule.next());
  EXPECT_EQ(schedule.rest(milliseconds(100), milliseconds(100)), nanoseconds(0));
}

TEST(Schedule, TakesAShorterIntervalFromNowOn) {
  Schedule schedule({seconds(600), seconds(60), 0.05}, kStart);
  take(schedule, milliseconds(1));
  schedule.change({seconds(5), seconds(1), 0.05}, kStart + seconds(10));
  EXPECT_EQ(since_start(schedule.next()), seconds(11));
  EXPECT_EQ(schedule.due(kStart + seconds(14)), Scope::listeners);
  EXPECT_EQ(schedule.due(kStart + seconds(15)), Scope::everything);
  EXPECT_EQ(schedule.interval(Cadence::sockets), seconds(5));
}

TEST(Schedule, KeepsADeadlineThatIsSetWhenTheIntervalGrows) {
  Schedule schedule(kDefaults, kStart);
  take(schedule, milliseconds(1));
  schedule.change({seconds(600), seconds(60), 0.05}, kStart + milliseconds(10));
  EXPECT_EQ(since_start(schedule.next()), seconds(1));
  take(schedule, milliseconds(1));
  EXPECT_EQ(since_start(schedule.next()), seconds(5));
  take(schedule, milliseconds(1));
  EXPECT_EQ(since_start(schedule.next()), seconds(61));
}

TEST(Schedule, AppliesANewCpuLimitToKnownCosts) {
  Schedule schedule(kDefaults, kStart);
  const MonotonicTime last = take_full(schedule, 30, milliseconds(500));
  schedule.change({seconds(5), seconds(1), 0.5}, last + seconds(1));
  EXPECT_EQ(schedule.interval(Cadence::sockets), seconds(5));
  EXPECT_EQ(schedule.due(last + seconds(6)), Scope::everything);
}

}  // namespace
}  // namespace sockwatch
