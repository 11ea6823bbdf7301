#include "attribution/sample_marks.h"

namespace sockwatch {

void SampleMarks::begin(std::uint32_t number) {
  Slot& its = slots_[number];
  its.sample = (its.sample + 1) & kSamples;
  its.seen = 0;
  running_ = last_of(number);
}

void SampleMarks::discount_all(std::uint32_t number) {
  Slot& its = slots_[number];
  its.counted = 0;
  its.seen = 0;
}

bool SampleMarks::all_seen(std::uint32_t number) const {
  return slots_[number].seen == slots_[number].counted;
}

}  // namespace sockwatch
