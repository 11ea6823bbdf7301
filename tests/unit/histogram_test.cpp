#include "report/histogram.h"

#include <gtest/gtest.h>

#include <numeric>

namespace sockwatch {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kInfinity = Histogram::kBounds.size();

TEST(Histogram, CountsADurationThatEqualsABoundBelowIt) {
  Histogram histogram;
  histogram.observe(microseconds(100));
  EXPECT_EQ(histogram.counts[0], 1U);
  histogram.observe(microseconds(101));
  EXPECT_EQ(histogram.counts[1], 1U);
  histogram.observe(seconds(10));
  EXPECT_EQ(histogram.counts[kInfinity - 1], 1U);
}

TEST(Histogram, HasABucketForAnyDuration) {
  Histogram histogram;
  histogram.observe(seconds(0));
  histogram.observe(std::chrono::nanoseconds(-5));
  histogram.observe(std::chrono::hours(1000));
  EXPECT_EQ(histogram.counts[0], 2U);
  EXPECT_EQ(histogram.counts[kInfinity], 1U);
}

TEST(Histogram, SumsSeconds) {
  Histogram histogram;
  for (int i = 0; i < 4; ++i) histogram.observe(milliseconds(250));
  EXPECT_DOUBLE_EQ(histogram.sum, 1.0);
  EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::uint64_t{0}),
            4U);
}

TEST(Histogram, HasGrowingBounds) {
  for (std::size_t i = 1; i < kInfinity; ++i) {
    EXPECT_LT(Histogram::kBounds[i - 1], Histogram::kBounds[i]);
  }
}

}  // namespace
}  // namespace sockwatch
