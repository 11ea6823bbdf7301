// When a socket was seen last, in 32 bits: in which namespace (a small number, the slot; 0 is the
// host) and in which of its full samples. And how many of the marked ones the last full sample of
// each namespace had. Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sockwatch {

enum class Sighting { first, again };

class SampleMarks {
 public:
  using Mark = std::uint32_t;
  static constexpr std::uint32_t kMaxSlot = 4095;

  SampleMarks() : slots_(kMaxSlot + 1) {}

  /// Starts a full sample of a namespace.
  void begin(std::uint32_t slot);
  /// The last full sample of a namespace, or the running one.
  Mark last_of(std::uint32_t slot) const { return slot << kShift | slots_[slot].sample; }
  /// None of the last `samples` full samples of its namespace had it.
  bool is_unseen(Mark mark, unsigned samples) const {
    return ((last_of(slot_of(mark)) - mark) & kSamples) >= samples;
  }
  static std::uint32_t slot_of(Mark mark) { return mark >> kShift; }

  /// Marks it as seen in the running sample.
  Sighting note(Mark& mark) const;
  /// The same for one that is counted.
  Sighting note_counted(Mark& mark);
  void count(Mark mark);
  void discount(Mark mark);
  /// Of a namespace, those that its last sample did not have.
  void discount_unseen(std::uint32_t slot, std::size_t number) { slots_[slot].counted -= number; }
  void discount_all(std::uint32_t slot);
  /// Whether the last full sample of the namespace had all that are counted.
  bool all_seen(std::uint32_t slot) const;

 private:
  static constexpr unsigned kShift = 20;
  static constexpr std::uint32_t kSamples = (1U << kShift) - 1;
  struct Slot {
    std::uint32_t sample = 0;  // its number, modulo 2^20
    std::size_t counted = 0;
    std::size_t seen = 0;  // of them, in that sample
  };

  std::vector<Slot> slots_;
  Mark running_ = 0;
};

inline Sighting SampleMarks::note(Mark& mark) const {
  if (mark == running_) return Sighting::again;
  mark = running_;
  return Sighting::first;
}

inline Sighting SampleMarks::note_counted(Mark& mark) {
  if (mark == running_) return Sighting::again;
  discount(mark);
  mark = running_;
  count(mark);
  return Sighting::first;
}

inline void SampleMarks::count(Mark mark) {
  Slot& its = slots_[slot_of(mark)];
  ++its.counted;
  if (mark == last_of(slot_of(mark))) ++its.seen;
}

inline void SampleMarks::discount(Mark mark) {
  Slot& its = slots_[slot_of(mark)];
  --its.counted;
  if (mark == last_of(slot_of(mark))) --its.seen;
}

}  // namespace sockwatch
