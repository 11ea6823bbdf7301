#include "attribution/owner_table.h"

#include <algorithm>
#include <new>

namespace sockwatch {
namespace {

constexpr std::uint32_t kLeastCapacity = 8;

/// Of segments that are at most 7/8 full and always have a free slot, where searches end.
bool is_full(std::uint32_t size, std::uint32_t capacity) {
  return size >= capacity - capacity / 8;
}

}  // namespace

OwnerEntry& OwnerTable::operator[](std::uint64_t cookie) {
  if (cookie == 0) return nobody_ = {};
  if (OwnerEntry* known = find(cookie)) return *known;
  Segment& segment = segments_[segment_of(hash(cookie))];
  if (is_full(segment.size, segment.capacity)) {
    resize(segment, std::max(kLeastCapacity, segment.capacity + segment.capacity / 4));
  }
  OwnerEntry& added = insert(segment, {cookie, 0, 0});
  ++segment.size;
  ++size_;
  return added;
}

bool OwnerTable::erase(std::uint64_t cookie) {
  const OwnerEntry* entry = find(cookie);
  if (entry == nullptr) return false;
  Segment& segment = segments_[segment_of(hash(cookie))];
  erase_slot(segment, static_cast<std::uint32_t>(entry - segment.begin()));
  return true;
}

std::size_t OwnerTable::bytes() const {
  std::size_t slots = 0;
  for (const Segment& segment : segments_) slots += segment.capacity;
  return slots * sizeof(OwnerEntry);
}

OwnerEntry& OwnerTable::insert(Segment& segment, const OwnerEntry& entry) const {
  std::uint32_t slot = home(hash(entry.cookie), segment);
  while (segment.slots[slot].cookie != 0) slot = next(slot, segment);
  return segment.slots[slot] = entry;
}

void OwnerTable::resize(Segment& segment, std::uint32_t capacity) const {
  Segment resized{std::make_unique<OwnerEntry[]>(capacity), capacity, segment.size};
  for (const OwnerEntry& entry : segment) {
    if (entry.cookie != 0) insert(resized, entry);
  }
  segment = std::move(resized);
}

void OwnerTable::erase_slot(Segment& segment, std::uint32_t slot) {
  const auto behind = [&](std::uint32_t from, std::uint32_t to) {
    return to >= from ? to - from : to + segment.capacity - from;
  };
  for (std::uint32_t other = next(slot, segment); segment.slots[other].cookie != 0;
       other = next(other, segment)) {
    const OwnerEntry& entry = segment.slots[other];
    if (behind(home(hash(entry.cookie), segment), other) < behind(slot, other)) continue;
    segment.slots[slot] = entry;
    slot = other;
  }
  segment.slots[slot] = {};
  --segment.size;
  --size_;
}

/// To a third more than is needed. Where even that memory is wanting, what is there is kept.
void OwnerTable::shrink(Segment& segment) const {
  if (segment.size >= segment.capacity / 8 * 5) return;
  if (segment.size == 0) {
    segment = {};
    return;
  }
  const std::uint32_t enough = std::max(kLeastCapacity, segment.size + segment.size / 3);
  if (enough >= segment.capacity) return;
  try {
    resize(segment, enough);
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace sockwatch
