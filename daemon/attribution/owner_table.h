// The owners of all sockets by cookie: a hash table of its own kind, because it is the one thing
// that grows with the sockets. Entries lie in place (linear probing, at most 7/8 full), in segments
// that grow by a quarter, one at a time: there is never a second copy of the whole. A look-up can
// be announced, so that those of a batch wait for memory together. docs/adr/0008.
// Threads: one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>

namespace sockwatch {

struct OwnerEntry {
  std::uint64_t cookie = 0;
  std::uint32_t process = 0;
  std::uint32_t generation = 0;
};
static_assert(sizeof(OwnerEntry) == 16);

/// Cookies are not 0: the kernel counts them from 1 upwards, and from 0 downwards before the first
/// (include/linux/cookie.h), and 0 marks a free slot. It reads as absent, whatever is done to it.
/// Pointers and references are valid until the next change of the table. One that was moved from
/// can only be destroyed.
class OwnerTable {
 public:
  OwnerEntry* find(std::uint64_t cookie) {
    return const_cast<OwnerEntry*>(std::as_const(*this).find(cookie));
  }
  const OwnerEntry* find(std::uint64_t cookie) const;
  bool contains(std::uint64_t cookie) const { return find(cookie) != nullptr; }
  /// Has the memory fetched that find() will read; the call itself waits for nothing. As a function
  /// of its own g++ 12 takes it for one without effect, and leaves the calls out.
  [[gnu::always_inline]] void prefetch(std::uint64_t cookie) const;

  /// Added with process 0 and generation 0 when absent. bad_alloc: nothing has changed.
  OwnerEntry& operator[](std::uint64_t cookie);
  bool erase(std::uint64_t cookie);
  /// Erases what `gone(const OwnerEntry&)` is true for, and gives memory back that is not needed
  /// any more. Asks more than once about some entries. How many were erased.
  template <typename Gone>
  std::size_t erase_if(Gone&& gone);
  template <typename OnEntry>
  void for_each(OnEntry&& on_entry) const;

  std::size_t size() const { return size_; }
  /// Memory of the slots.
  std::size_t bytes() const;

 private:
  struct Segment {
    std::unique_ptr<OwnerEntry[]> slots;
    std::uint32_t capacity = 0;
    std::uint32_t size = 0;

    OwnerEntry* begin() const { return slots.get(); }
    OwnerEntry* end() const { return slots.get() + capacity; }
  };

  /// Seeded: programs can choose which of their sockets to keep by their cookies (SO_COOKIE), but
  /// not such that many share a slot here.
  std::uint64_t hash(std::uint64_t cookie) const {
    const std::uint64_t mixed = (cookie ^ seed_) * 0x9e3779b97f4a7c15;
    return (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93;
  }
  static std::size_t segment_of(std::uint64_t hash) { return hash >> 56; }
  /// Where the search for a cookie begins; 0 in a segment without slots.
  static std::uint32_t home(std::uint64_t hash, const Segment& segment) {
    const std::uint64_t rest = static_cast<std::uint32_t>(hash >> 24);
    return static_cast<std::uint32_t>(rest * segment.capacity >> 32);
  }
  static std::uint32_t next(std::uint32_t slot, const Segment& segment) {
    return slot + 1 == segment.capacity ? 0 : slot + 1;
  }

  OwnerEntry& insert(Segment& segment, const OwnerEntry& entry) const;
  void resize(Segment& segment, std::uint32_t capacity) const;
  /// Moves the entries behind it up, as far as they would have been put there.
  void erase_slot(Segment& segment, std::uint32_t slot);
  void shrink(Segment& segment) const;

  std::uint64_t seed_ = std::random_device{}();
  std::size_t size_ = 0;
  std::array<Segment, 256> segments_;
  OwnerEntry nobody_;  // what operator[] gives for cookie 0
};

inline const OwnerEntry* OwnerTable::find(std::uint64_t cookie) const {
  const std::uint64_t hashed = hash(cookie);
  const Segment& segment = segments_[segment_of(hashed)];
  if (segment.size == 0) return nullptr;
  std::uint32_t slot = home(hashed, segment);
  while (segment.slots[slot].cookie != 0) {
    if (segment.slots[slot].cookie == cookie) return &segment.slots[slot];
    slot = next(slot, segment);
  }
  return nullptr;
}

inline void OwnerTable::prefetch(std::uint64_t cookie) const {
  const std::uint64_t hashed = hash(cookie);
  const Segment& segment = segments_[segment_of(hashed)];
  __builtin_prefetch(segment.begin() + home(hashed, segment));
}

template <typename Gone>
std::size_t OwnerTable::erase_if(Gone&& gone) {
  const std::size_t before = size_;
  for (Segment& segment : segments_) {
    for (std::uint32_t slot = 0; slot < segment.capacity; ++slot) {
      while (segment.slots[slot].cookie != 0 && gone(std::as_const(segment.slots[slot]))) {
        erase_slot(segment, slot);
      }
    }
    shrink(segment);
  }
  return before - size_;
}

template <typename OnEntry>
void OwnerTable::for_each(OnEntry&& on_entry) const {
  for (const Segment& segment : segments_) {
    for (const OwnerEntry& entry : segment) {
      if (entry.cookie != 0) on_entry(entry);
    }
  }
}

}  // namespace sockwatch
