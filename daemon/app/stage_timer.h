// Wall time that one sample spends in each stage. Threads: one.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "report/report.h"

namespace sockwatch {

class StageTimer {
 public:
  explicit StageTimer(std::function<MonotonicTime()> now) : now_(std::move(now)), since_(now_()) {}

  /// Ends the stage before; a stage may come more than once.
  void begin(Stage stage) {
    const MonotonicTime now = now_();
    if (stage_) spent_[static_cast<std::size_t>(*stage_)] += now - since_;
    stage_ = stage;
    since_ = now;
  }

  /// Ends the last stage and adds one observation per stage.
  void observe(std::array<Histogram, kStageNames.size()>& stages) {
    begin(Stage::aggregate);
    for (std::size_t i = 0; i < stages.size(); ++i) stages[i].observe(spent_[i]);
  }

 private:
  std::function<MonotonicTime()> now_;
  MonotonicTime since_;
  std::optional<Stage> stage_;
  std::array<std::chrono::nanoseconds, kStageNames.size()> spent_{};
};

}  // namespace sockwatch
