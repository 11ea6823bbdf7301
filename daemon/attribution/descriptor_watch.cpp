#include "attribution/descriptor_watch.h"

#include <array>

#include "attribution/owner_search.h"

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kDoubt{20};
constexpr std::size_t kDescriptors = 64;

}  // namespace

std::uint64_t DescriptorWatch::count(const kernel::Directory& process) {
  const auto stamp = process.stamp("fd");
  return stamp ? stamp->entries : 0;
}

void DescriptorWatch::look(const kernel::Directory& process, const std::function<bool()>& enough,
                           MonotonicTime now) {
  if (*position_ == 0) count_ = count(process);
  const auto table = process.open("fd");
  if (!table) return position_.reset();
  std::size_t seen = 0;
  const auto rest = (*table)->for_entries_from(*position_, [&](const kernel::Entry& entry) {
    std::array<char, kLongestSocketLink> buffer;
    const auto link = (*table)->read_link(entry.name, buffer);
    const auto inode = link ? socket_inode(*link) : std::nullopt;
    if (inode) held_.insert(*inode);
    return ++seen % kDescriptors != 0 || !enough();
  });
  position_ = rest ? *rest : std::nullopt;
  if (rest && !*rest) looked_ = now;
}

void DescriptorWatch::forget(MonotonicTime now) {
  if (!looked_ || now - *looked_ < kDoubt) return;
  looked_.reset();
  held_ = {};
}

}  // namespace sockwatch
