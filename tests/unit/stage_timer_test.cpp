#include "app/stage_timer.h"

#include <gtest/gtest.h>

#include <numeric>

namespace sockwatch {
namespace {

using std::chrono::milliseconds;

class StageTimes : public testing::Test {
 protected:
  void pass(milliseconds time) { now_ += time; }
  double sum(Stage stage) const { return stages_[static_cast<std::size_t>(stage)].sum; }

  MonotonicTime now_{std::chrono::hours(1)};
  std::array<Histogram, kStageNames.size()> stages_;
  StageTimer timer_{[this] { return now_; }};
};

TEST_F(StageTimes, AreThoseBetweenTheBeginsOfStages) {
  timer_.begin(Stage::dump);
  pass(milliseconds(20));
  timer_.begin(Stage::attribute);
  pass(milliseconds(3));
  timer_.begin(Stage::aggregate);
  pass(milliseconds(1));
  timer_.observe(stages_);
  EXPECT_DOUBLE_EQ(sum(Stage::dump), 0.020);
  EXPECT_DOUBLE_EQ(sum(Stage::attribute), 0.003);
  EXPECT_DOUBLE_EQ(sum(Stage::aggregate), 0.001);
}

TEST_F(StageTimes, OfAStageThatComesTwiceAreOneObservation) {
  timer_.begin(Stage::attribute);
  pass(milliseconds(1));
  timer_.begin(Stage::dump);
  pass(milliseconds(10));
  timer_.begin(Stage::attribute);
  pass(milliseconds(2));
  timer_.observe(stages_);
  EXPECT_DOUBLE_EQ(sum(Stage::attribute), 0.003);
  for (const Histogram& stage : stages_) {
    EXPECT_EQ(std::accumulate(stage.counts.begin(), stage.counts.end(), std::uint64_t{0}), 1U);
  }
}

TEST_F(StageTimes, LeaveOutWhatPassesBeforeTheFirstStage) {
  pass(milliseconds(500));
  timer_.begin(Stage::dump);
  pass(milliseconds(10));
  timer_.observe(stages_);
  EXPECT_DOUBLE_EQ(sum(Stage::dump), 0.010);
  EXPECT_DOUBLE_EQ(sum(Stage::aggregate), 0);
}

}  // namespace
}  // namespace sockwatch
