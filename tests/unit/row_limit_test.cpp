#include "snapshot/row_limit.h"

#include <gtest/gtest.h>

namespace sockwatch {
namespace {

TEST(RowLimit, IsAShareOfAllSeriesThatAreNotFixed) {
  EXPECT_EQ(row_limit(200, 2000, false), 180U);
  EXPECT_EQ(row_limit(200, 2000, true), 128U);
}

TEST(RowLimit, IsNeverAboveTheLimitOfOneMetric) {
  EXPECT_EQ(row_limit(50, 2000, false), 50U);
  EXPECT_EQ(row_limit(50, 2000, true), 50U);
}

TEST(RowLimit, IsNothingWhereTheFixedSeriesTakeAll) {
  EXPECT_EQ(row_limit(200, 200, true), 0U);
  EXPECT_EQ(row_limit(200, 100, false), 0U);
}

}  // namespace
}  // namespace sockwatch
