#include "attribution/owner_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sockwatch {
namespace {

using Model = std::map<std::uint64_t, OwnerEntry>;

void expect_equal(const OwnerTable& table, const Model& model) {
  ASSERT_EQ(table.size(), model.size());
  std::size_t visited = 0;
  table.for_each([&](const OwnerEntry& entry) {
    ++visited;
    ASSERT_TRUE(model.contains(entry.cookie));
  });
  EXPECT_EQ(visited, model.size());
  for (const auto& [cookie, expected] : model) {
    const OwnerEntry* found = table.find(cookie);
    ASSERT_NE(found, nullptr) << cookie;
    ASSERT_EQ(found->cookie, cookie);
    ASSERT_EQ(found->process, expected.process);
    ASSERT_EQ(found->generation, expected.generation);
  }
}

/// What a table of that many entries may take: 5/8 of the slots are used, but for the few that
/// each segment has at least.
std::size_t allowed_bytes(std::size_t entries) {
  return entries * 16 * 8 / 5 + std::size_t{256} * 16 * 16;
}

TEST(OwnerTable, HasNothingAtFirst) {
  OwnerTable table;
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.bytes(), 0U);
  EXPECT_EQ(table.find(1), nullptr);
  EXPECT_FALSE(table.erase(1));
  table.prefetch(1);
  EXPECT_EQ(table.erase_if([](const OwnerEntry&) { return true; }), 0U);
}

TEST(OwnerTable, AddsAnEmptyEntryOnceAndKeepsWhatIsWrittenIntoIt) {
  OwnerTable table;
  OwnerEntry& entry = table[7];
  EXPECT_EQ(entry.cookie, 7U);
  EXPECT_EQ(entry.process, 0U);
  EXPECT_EQ(entry.generation, 0U);
  entry.process = 3;
  entry.generation = 4;
  EXPECT_EQ(table[7].process, 3U);
  EXPECT_EQ(table.find(7)->generation, 4U);
  EXPECT_EQ(table.size(), 1U);
}

TEST(OwnerTable, NeverHoldsTheCookieThatIsNone) {
  OwnerTable table;
  table[0].process = 5;
  EXPECT_EQ(table[0].process, 0U);
  table[1].process = 1;
  EXPECT_EQ(table.find(0), nullptr);
  EXPECT_FALSE(table.erase(0));
  EXPECT_EQ(table.size(), 1U);
}

TEST(OwnerTable, IsAMapThroughRandomChanges) {
  std::mt19937_64 random(42);
  OwnerTable table;
  Model model;
  for (int round = 0; round < 40; ++round) {
    const std::uint64_t range = std::uint64_t{1} << (4 + round % 12);  // from crowded to sparse
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t cookie = 1 + random() % range;
      if (random() % 3 == 0) {
        ASSERT_EQ(table.erase(cookie), model.erase(cookie) == 1);
      } else {
        const auto value = static_cast<std::uint32_t>(random());
        table[cookie].process = value;
        model[cookie].process = value;
      }
    }
    const std::uint32_t bit = 1U << (round % 16);
    const auto gone = [&](const OwnerEntry& entry) { return (entry.process & bit) != 0; };
    const std::size_t erased =
        std::erase_if(model, [&](const auto& entry) { return gone(entry.second); });
    ASSERT_EQ(table.erase_if(gone), erased);
    expect_equal(table, model);
  }
}

/// Cookies as the kernel gives them out: in order, in blocks of a CPU, counted down from the end.
TEST(OwnerTable, FindsEveryCookieOfEachOrder) {
  OwnerTable table;
  Model model;
  for (std::uint64_t i = 1; i <= 30'000; ++i) {
    for (const std::uint64_t cookie : {i, i << 32, ~i + 1, i * 4096}) {
      table[cookie].generation = static_cast<std::uint32_t>(i);
      model[cookie].generation = static_cast<std::uint32_t>(i);
    }
  }
  expect_equal(table, model);
  EXPECT_EQ(table.find(40'001), nullptr);
}

TEST(OwnerTable, ErasesWhatWrapsAroundTheEndOfItsSegment) {
  // Crowded segments of the least size: some entries lie before their home.
  for (std::uint64_t first = 1; first < 2000; first += 97) {
    OwnerTable table;
    Model model;
    for (std::uint64_t cookie = first; cookie < first + 1500; ++cookie) {
      table[cookie].process = 1;
      model[cookie].process = 1;
    }
    for (std::uint64_t cookie = first; cookie < first + 1500; cookie += 2) {
      ASSERT_TRUE(table.erase(cookie));
      model.erase(cookie);
    }
    expect_equal(table, model);
  }
}

TEST(OwnerTable, TakesLittleMoreMemoryThanItsEntries) {
  OwnerTable table;
  for (std::uint64_t cookie = 1; cookie <= 100'000; ++cookie) {
    table[cookie];
    if (cookie % 1000 == 0) {
      ASSERT_LE(table.bytes(), allowed_bytes(cookie));
    }
  }
}

TEST(OwnerTable, GivesMemoryBackWhenMuchIsErasedAtOnce) {
  OwnerTable table;
  for (std::uint64_t cookie = 1; cookie <= 100'000; ++cookie) table[cookie];
  for (const std::uint64_t kept : {70'000U, 20'000U, 300U, 0U}) {
    table.erase_if([&](const OwnerEntry& entry) { return entry.cookie > kept; });
    EXPECT_EQ(table.size(), kept);
    EXPECT_LE(table.bytes(), kept == 0 ? 0 : allowed_bytes(kept));
    for (std::uint64_t cookie = 1; cookie <= kept; ++cookie) ASSERT_TRUE(table.contains(cookie));
  }
}

}  // namespace
}  // namespace sockwatch
