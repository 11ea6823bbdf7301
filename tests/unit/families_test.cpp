#include "metrics/families.h"

#include <gtest/gtest.h>

#include <limits>

namespace sockwatch::metrics {
namespace {

using prometheus::MetricType;

TEST(Families, LeaveOutMetricsWithoutASample) {
  EXPECT_TRUE(Families().take().empty());
}

TEST(Families, ComeInTheOrderOfTheCatalogue) {
  Families families;
  families.add(Id::build_info, {"1", "2", "3"}, 1);
  families.add(Id::cells_folded, 2);
  families.add(Id::samples, {"sockets"}, 3);
  const auto taken = families.take();
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].name, "sockwatch_samples_total");
  EXPECT_EQ(taken[1].name, "sockwatch_cells_folded");
  EXPECT_EQ(taken[2].name, "sockwatch_build_info");
  EXPECT_EQ(taken[2].help, info(Id::build_info).help);
}

TEST(Families, NameLabelsAsTheCatalogueDoes) {
  Families families;
  families.add(Id::sockets, {"host", "ipv4", "tcp", "listen"}, 4);
  const auto taken = families.take();
  const auto& labels = taken.at(0).metric.at(0).label;
  ASSERT_EQ(labels.size(), 4U);
  EXPECT_EQ(labels[0].name, "netns");
  EXPECT_EQ(labels[0].value, "host");
  EXPECT_EQ(labels[3].name, "state");
  EXPECT_EQ(labels[3].value, "listen");
}

TEST(Families, HoldCountersAndGaugesByTheirType) {
  Families families;
  families.add(Id::log_dropped, 5);
  families.add(Id::cells_folded, 6);
  const auto taken = families.take();
  EXPECT_EQ(taken.at(0).type, MetricType::Gauge);
  EXPECT_EQ(taken.at(0).metric.at(0).gauge.value, 6);
  EXPECT_EQ(taken.at(1).type, MetricType::Counter);
  EXPECT_EQ(taken.at(1).metric.at(0).counter.value, 5);
}

TEST(Families, CountHistogramBucketsUpToInfinity) {
  Histogram histogram;
  histogram.observe(std::chrono::milliseconds(1));
  histogram.observe(std::chrono::milliseconds(1));
  histogram.observe(std::chrono::minutes(1));
  Families families;
  families.add(Id::sample_duration, {"dump"}, histogram);
  const auto taken = families.take();
  EXPECT_EQ(taken.at(0).type, MetricType::Histogram);
  const auto& out = taken.at(0).metric.at(0).histogram;
  EXPECT_EQ(out.sample_count, 3U);
  EXPECT_DOUBLE_EQ(out.sample_sum, 60.002);
  ASSERT_EQ(out.bucket.size(), Histogram::kBounds.size() + 1);
  std::uint64_t before = 0;
  for (const auto& bucket : out.bucket) {
    EXPECT_EQ(bucket.cumulative_count >= 2, bucket.upper_bound >= 0.001);
    EXPECT_GE(bucket.cumulative_count, before);
    before = bucket.cumulative_count;
  }
  EXPECT_EQ(out.bucket.back().upper_bound, std::numeric_limits<double>::infinity());
  EXPECT_EQ(out.bucket.back().cumulative_count, 3U);
}

}  // namespace
}  // namespace sockwatch::metrics
