#include "app/repeat_limit.h"

#include <gtest/gtest.h>

namespace sockwatch {
namespace {

using std::chrono::seconds;
using Admitted = std::optional<std::uint64_t>;

const RepeatLimit::Time kNoon{seconds(1'700'000'000)};

TEST(RepeatLimit, AdmitsATextFiveTimesAMinute) {
  RepeatLimit limit;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.admit("x", kNoon + seconds(i)), Admitted(0));
  EXPECT_EQ(limit.admit("x", kNoon + seconds(59)), std::nullopt);
}

TEST(RepeatLimit, SaysHowManyItHeldBack) {
  RepeatLimit limit;
  for (int i = 0; i < 12; ++i) limit.admit("x", kNoon);
  EXPECT_EQ(limit.admit("x", kNoon + seconds(60)), Admitted(7));
  EXPECT_EQ(limit.admit("x", kNoon + seconds(60)), Admitted(0));
}

TEST(RepeatLimit, CountsEachTextByItself) {
  RepeatLimit limit;
  for (int i = 0; i < 10; ++i) limit.admit("x", kNoon);
  EXPECT_EQ(limit.admit("y", kNoon), Admitted(0));
}

TEST(RepeatLimit, BeginsANewMinuteWhenTheClockIsSetBack) {
  RepeatLimit limit;
  for (int i = 0; i < 10; ++i) limit.admit("x", kNoon);
  EXPECT_EQ(limit.admit("x", kNoon - seconds(3600)), Admitted(5));
}

TEST(RepeatLimit, AdmitsAnyNumberOfDifferentTexts) {
  RepeatLimit limit;
  for (int i = 0; i < 5000; ++i) EXPECT_TRUE(limit.admit(std::to_string(i), kNoon)) << i;
}

}  // namespace
}  // namespace sockwatch
