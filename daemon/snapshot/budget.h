// Keeps each metric within its number of rows: whole entities are folded into one that reads
// `other`, smallest total first, so that sums stay exact.
// Threads: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "snapshot/cells.h"
#include "snapshot/namespace_index.h"

namespace sockwatch {

/// Something that is counted by state (a port, a process, a unit), or in one count where N is 1.
template <typename Key, std::size_t N = kStates>
struct Entity {
  Key key;
  Counts<N> counts{};

  std::uint64_t total() const { return sockwatch::total(counts); }
  std::size_t rows() const {
    return static_cast<std::size_t>(
        std::count_if(counts.begin(), counts.end(), [](auto count) { return count > 0; }));
  }
};

template <typename Key, std::size_t N = kStates>
struct Folded {
  std::vector<Entity<Key, N>> shown;  // sorted by key; the folded ones last
  std::uint64_t rows_folded = 0;
};

/// One metric's budget. An entity that was among the largest stays shown for 10 more samples, so
/// that two of nearly equal size do not take turns.
template <typename Key, std::size_t N = kStates>
class Budget {
 public:
  static constexpr std::uint64_t kHold = 10;

  /// `limit`: rows at most, those that read `other` included.
  Folded<Key, N> fold(std::vector<Entity<Key, N>> entities, std::size_t limit) {
    ++sample_;
    const Keys largest = choose(entities, limit, {});
    const Keys shown = choose(entities, limit, held());
    remember(largest, shown);
    return split(std::move(entities), shown);
  }

  /// Namespaces have other indices from now on: `now_at` tells the new one of an old one, nothing
  /// when that is gone.
  template <typename NowAt>
  void renumber(const NowAt& now_at) {
    std::map<Key, std::uint64_t> renumbered;
    for (auto& [key, last] : last_among_largest_) {
      Key moved = key;
      const std::optional<NamespaceIndex> index = now_at(key.netns);
      if (!index) continue;
      moved.netns = *index;
      renumbered.emplace(std::move(moved), last);
    }
    last_among_largest_ = std::move(renumbered);
  }

 private:
  using Keys = std::set<Key>;

  struct Rank {
    const Entity<Key, N>* entity;
    bool first;
    std::uint64_t total;

    bool operator<(const Rank& other) const {
      if (first != other.first) return first;
      if (total != other.total) return total > other.total;
      return entity->key < other.entity->key;
    }
  };

  /// The keys shown, `first` before the others, then by total, while their rows and those of the
  /// entities that stand for the rest fit.
  static Keys choose(const std::vector<Entity<Key, N>>& entities, std::size_t limit,
                     const Keys& first) {
    std::vector<Rank> ranks;
    std::size_t all_rows = 0;
    for (const Entity<Key, N>& entity : entities) {
      const std::uint64_t total = stands_for_many(entity) ? 0 : entity.total();
      ranks.push_back({&entity, first.contains(entity.key), total});
      all_rows += entity.rows();
    }
    if (all_rows > limit) std::ranges::sort(ranks, std::less{});
    const std::vector<std::size_t> rest = rows_of_the_rest(ranks);
    Keys shown;
    std::size_t rows = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      rows += ranks[i].entity->rows();
      if (all_rows > limit && rows + rest[i + 1] > limit) break;
      shown.insert(ranks[i].entity->key);
    }
    return shown;
  }

  /// For each i: the rows that read `other` when the ranks from i on are folded.
  static std::vector<std::size_t> rows_of_the_rest(const std::vector<Rank>& ranks) {
    std::map<Key, Counts<N>> others;
    std::vector<std::size_t> rest(ranks.size() + 1);
    for (std::size_t i = ranks.size(); i-- > 0;) {
      const Entity<Key, N>& entity = *ranks[i].entity;
      Counts<N>& other = others[entity.key.folded()];
      rest[i] = rest[i + 1];
      for (std::size_t state = 0; state < N; ++state) {
        if (entity.counts[state] > 0 && other[state]++ == 0) ++rest[i];
      }
    }
    return rest;
  }

  /// A cell limit may have folded already what comes here.
  static bool stands_for_many(const Entity<Key, N>& entity) {
    return entity.key == entity.key.folded();
  }

  Keys held() const {
    Keys keys;
    for (const auto& [key, last] : last_among_largest_) keys.insert(key);
    return keys;
  }

  void remember(const Keys& largest, const Keys& shown) {
    for (const Key& key : largest) {
      if (shown.contains(key)) last_among_largest_[key] = sample_;
    }
    std::erase_if(last_among_largest_, [&](const auto& entry) {
      return sample_ - entry.second >= kHold || !shown.contains(entry.first);
    });
  }

  static Folded<Key, N> split(std::vector<Entity<Key, N>> entities, const Keys& shown) {
    Folded<Key, N> folded;
    std::map<Key, Entity<Key, N>> others;
    for (Entity<Key, N>& entity : entities) {
      if (shown.contains(entity.key) && !stands_for_many(entity)) {
        folded.shown.push_back(std::move(entity));
        continue;
      }
      if (!stands_for_many(entity)) folded.rows_folded += entity.rows();
      Entity<Key, N>& other = others[entity.key.folded()];
      other.key = entity.key.folded();
      add(other.counts, entity.counts);
    }
    std::ranges::sort(folded.shown, {}, &Entity<Key, N>::key);
    for (auto& [key, other] : others) folded.shown.push_back(std::move(other));
    return folded;
  }

  std::uint64_t sample_ = 0;
  std::map<Key, std::uint64_t> last_among_largest_;  // shown keys only
};

}  // namespace sockwatch
