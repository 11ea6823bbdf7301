#include "snapshot/budget.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "app/clocks.h"
#include "snapshot/snapshot.h"

namespace sockwatch {
namespace {

using Process = Entity<ProcessKey>;
using Port = Entity<PortKey>;

Process process(const std::string& name, std::uint32_t sockets, State state = State::established) {
  Process entity{{0, name, name + ".service"}, {}};
  entity.counts[static_cast<std::size_t>(state)] = sockets;
  return entity;
}

std::vector<std::string> names(const Folded<ProcessKey>& folded) {
  std::vector<std::string> list;
  for (const Process& entity : folded.shown) list.push_back(entity.key.process);
  return list;
}

template <typename Key>
std::size_t rows_of(const std::vector<Entity<Key>>& entities) {
  std::size_t rows = 0;
  for (const auto& entity : entities) rows += entity.rows();
  return rows;
}

/// Per folded key, which no fold may change, and state.
template <typename Key>
std::map<Key, StateCounts> sums_of(const std::vector<Entity<Key>>& entities) {
  std::map<Key, StateCounts> sums;
  for (const auto& entity : entities) {
    StateCounts& sum = sums[entity.key.folded()];
    for (std::size_t i = 0; i < kStates; ++i) sum[i] += entity.counts[i];
  }
  return sums;
}

TEST(Budget, ShowsEverythingThatFits) {
  Budget<ProcessKey> budget;
  const auto folded = budget.fold({process("c", 1), process("a", 3), process("b", 2)}, 3);
  EXPECT_EQ(names(folded), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(folded.rows_folded, 0U);
}

TEST(Budget, FoldsTheSmallestFirst) {
  Budget<ProcessKey> budget;
  const auto folded = budget.fold(
      {process("big", 9), process("tiny", 1), process("mid", 5), process("less", 2)}, 3);
  EXPECT_EQ(names(folded), (std::vector<std::string>{"big", "mid", "other"}));
  EXPECT_EQ(folded.shown.back().key, (ProcessKey{0, "other", "other"}));
  EXPECT_EQ(folded.shown.back().total(), 3U);
  EXPECT_EQ(folded.rows_folded, 2U);
}

TEST(Budget, FoldsWholeEntitiesWithAllTheirStates) {
  Budget<ProcessKey> budget;
  Process wide = process("wide", 1);
  wide.counts.fill(1);
  const auto folded = budget.fold({process("big", 100), wide, process("small", 2)}, 14);
  EXPECT_EQ(names(folded), (std::vector<std::string>{"big", "other"}));
  EXPECT_EQ(folded.shown.back().counts[0], 3U);
  EXPECT_EQ(folded.rows_folded, kStates + 1);
}

TEST(Budget, FoldsPortsWithinTheirDirection) {
  Budget<PortKey> budget;
  std::vector<Port> ports;
  for (std::uint16_t i = 0; i < 100; ++i) {
    const Direction direction = i % 2 == 0 ? Direction::inbound : Direction::outbound;
    ports.push_back({{0, direction, ServicePort(i)}, {}});
    ports.back().counts[0] = i + 1U;
  }
  const auto sums = sums_of(ports);
  const auto folded = budget.fold(std::move(ports), 10);
  ASSERT_EQ(folded.shown.size(), 10U);
  EXPECT_EQ(folded.shown[8].key, (PortKey{0, Direction::inbound, ServicePort::other()}));
  EXPECT_EQ(folded.shown[9].key, (PortKey{0, Direction::outbound, ServicePort::other()}));
  EXPECT_EQ(sums_of(folded.shown), sums);
}

TEST(Budget, JoinsWhatACellLimitHasFoldedAlready) {
  Budget<ProcessKey> budget;
  Process other{{0, "other", "other"}, {}};
  other.counts[0] = 1000;
  const auto all = budget.fold({other, process("a", 1), process("b", 2)}, 10);
  EXPECT_EQ(names(all), (std::vector<std::string>{"a", "b", "other"}));
  EXPECT_EQ(all.rows_folded, 0U);

  const auto folded = budget.fold({other, process("a", 1), process("b", 2)}, 2);
  EXPECT_EQ(names(folded), (std::vector<std::string>{"b", "other"}));
  EXPECT_EQ(folded.shown.back().total(), 1001U);
  EXPECT_EQ(folded.rows_folded, 1U);
}

TEST(Budget, KeepsAnEntityShownForTenMoreSamples) {
  Budget<ProcessKey> budget;
  budget.fold({process("was", 10), process("is", 9), process("small", 1)}, 2);
  for (int sample = 1; sample <= 10; ++sample) {
    const auto held = budget.fold({process("was", 10), process("is", 99), process("small", 1)}, 2);
    EXPECT_EQ(names(held).front(), "was") << sample;
  }
  const auto next = budget.fold({process("was", 10), process("is", 99), process("small", 1)}, 2);
  EXPECT_EQ(names(next).front(), "is");
}

TEST(Budget, LetsEntitiesOfNearlyEqualSizeNotTakeTurns) {
  Budget<ProcessKey> budget;
  for (std::uint32_t sample = 0; sample < 100; ++sample) {
    const auto folded = budget.fold(
        {process("a", 10 + sample % 2), process("b", 11 - sample % 2), process("small", 1)}, 2);
    EXPECT_EQ(names(folded), (std::vector<std::string>{"b", "other"})) << sample;
  }
}

TEST(Budget, FoldsEverythingWhenOneRowIsAllThereIs) {
  Budget<ProcessKey> budget;
  const auto folded = budget.fold({process("a", 2), process("b", 1)}, 1);
  EXPECT_EQ(names(folded), std::vector<std::string>{"other"});
  EXPECT_EQ(folded.rows_folded, 2U);
}

TEST(Budget, HoldsNoPlaceForAnEntityThatIsGone) {
  Budget<ProcessKey> budget;
  budget.fold({process("gone", 10), process("a", 2), process("b", 1)}, 2);
  const auto folded = budget.fold({process("a", 2), process("b", 1), process("c", 1)}, 2);
  EXPECT_EQ(names(folded).front(), "a");
  const auto again = budget.fold({process("gone", 1), process("a", 2), process("b", 3)}, 2);
  EXPECT_EQ(names(again).front(), "a") << "the place was lost with the entity";
}

TEST(Budget, KeepsToALimitThatShrinks) {
  Budget<ProcessKey> budget;
  std::vector<Process> many;
  for (int i = 0; i < 200; ++i) many.push_back(process("p" + std::to_string(i), 1000));
  EXPECT_EQ(rows_of(budget.fold(many, 200).shown), 200U);
  EXPECT_EQ(rows_of(budget.fold(many, 50).shown), 50U);
  EXPECT_EQ(rows_of(budget.fold(many, 60).shown), 60U);
}

/// Populations in which entities come, go, grow and shrink from sample to sample.
template <typename Key>
class Population {
 public:
  Population(unsigned seed, std::function<Key(std::uint64_t)> make_key)
      : random_(seed), make_key_(std::move(make_key)) {}

  std::vector<Entity<Key>> next() {
    std::map<Key, StateCounts> all;
    const std::uint64_t size = random_() % 160;
    for (std::uint64_t i = 0; i < size; ++i) {
      StateCounts& counts = all[make_key_(random_() % 200)];
      const std::uint64_t states = 1 + random_() % 4;
      for (std::uint64_t j = 0; j < states; ++j) {
        counts[random_() % kStates] = static_cast<std::uint32_t>(1U << random_() % 12);
      }
    }
    std::vector<Entity<Key>> entities;
    for (const auto& [key, counts] : all) entities.push_back({key, counts});
    return entities;
  }

  std::size_t limit(std::size_t least) { return least + random_() % 200; }
  void shuffle(std::vector<Entity<Key>>& entities) {
    std::shuffle(entities.begin(), entities.end(), random_);
  }

 private:
  std::mt19937_64 random_;
  std::function<Key(std::uint64_t)> make_key_;
};

/// The rows that do not fit any smaller: one `other` per direction, each with all states.
constexpr std::size_t kLeastLimit = 3 * kStates;

template <typename Key>
void expect_sound(const std::vector<Entity<Key>>& entities, const Folded<Key>& folded,
                  std::size_t limit) {
  EXPECT_LE(rows_of(folded.shown), limit);
  EXPECT_EQ(sums_of(folded.shown), sums_of(entities));
  std::set<Key> keys;
  std::uint64_t shown_rows = 0;
  for (const auto& entity : folded.shown) {
    EXPECT_TRUE(keys.insert(entity.key).second);
    if (entity.key != entity.key.folded()) shown_rows += entity.rows();
  }
  std::uint64_t rows = 0;
  for (const auto& entity : entities) {
    if (entity.key != entity.key.folded()) rows += entity.rows();
  }
  EXPECT_EQ(folded.rows_folded, rows - shown_rows);
}

template <typename Key>
void expect_sound_rounds(Population<Key> population, int rounds) {
  Budget<Key> budget;
  Budget<Key> twin;
  for (int round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    auto entities = population.next();
    const std::size_t limit = population.limit(kLeastLimit);
    const Folded<Key> folded = budget.fold(entities, limit);
    expect_sound(entities, folded, limit);
    population.shuffle(entities);
    const Folded<Key> same = twin.fold(std::move(entities), limit);
    ASSERT_EQ(folded.shown.size(), same.shown.size()) << "depends on the order of its input";
    for (std::size_t i = 0; i < same.shown.size(); ++i) {
      ASSERT_EQ(folded.shown[i].key, same.shown[i].key);
    }
  }
}

TEST(Budget, NeverExceedsItsLimitOrLosesAProcess) {
  expect_sound_rounds(Population<ProcessKey>(1,
                                             [](std::uint64_t i) {
                                               if (i == 0) return ProcessKey{}.folded();
                                               const std::string name = std::to_string(i);
                                               return ProcessKey{0, "p" + name, name};
                                             }),
                      1000);
}

TEST(Budget, NeverExceedsItsLimitOrLosesAPort) {
  expect_sound_rounds(Population<PortKey>(2,
                                          [](std::uint64_t i) {
                                            PortKey key{0, static_cast<Direction>(i % 3), {}};
                                            key.port = ServicePort(static_cast<std::uint16_t>(i));
                                            return i < 3 ? key.folded() : key;
                                          }),
                      1000);
}

TEST(Budget, FoldsNothingLargerThanWhatItShows) {
  Population<ProcessKey> population(3, [](std::uint64_t i) {
    return ProcessKey{0, std::to_string(i), "unit"};
  });
  for (int round = 0; round < 200; ++round) {
    const auto entities = population.next();
    const auto folded = Budget<ProcessKey>().fold(entities, population.limit(kLeastLimit));
    std::set<ProcessKey> shown;
    std::uint64_t smallest_shown = std::numeric_limits<std::uint64_t>::max();
    for (const Process& entity : folded.shown) {
      if (!shown.insert(entity.key).second || entity.key == entity.key.folded()) continue;
      smallest_shown = std::min(smallest_shown, entity.total());
    }
    for (const Process& entity : entities) {
      EXPECT_TRUE(shown.contains(entity.key) || entity.total() <= smallest_shown);
    }
  }
}

TEST(Budget, FoldsSixtyThousandEntitiesWithinThreeSeconds) {
  std::vector<Process> many;
  for (std::uint32_t i = 0; i < 60'000; ++i) {
    many.push_back(process("process" + std::to_string(i), i % 977));
  }
  Budget<ProcessKey> budget;
  const auto before = thread_cpu_time();
  const auto folded = budget.fold(std::move(many), 200);
  // Half a second without optimisation; sanitizers take more.
  EXPECT_LT(thread_cpu_time() - before, std::chrono::seconds(3));
  EXPECT_EQ(rows_of(folded.shown), 200U);
}

}  // namespace
}  // namespace sockwatch
