#include "settings/words.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "support/text.h"

namespace sockwatch {
namespace {

/// Levenshtein's distance, row by row.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : from) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (letter == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// The candidate at the smallest distance; empty when even that one is too far away.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t fewest = 0;
  for (const std::string_view candidate : candidates) {
    const std::size_t allowed = std::max<std::size_t>(1, candidate.size() / 3);
    if (word.size() > candidate.size() + allowed) continue;  // keeps long words cheap
    const std::size_t letters = distance(word, candidate);
    if (letters > allowed || (!best.empty() && letters >= fewest)) continue;
    best = candidate;
    fewest = letters;
  }
  return best;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  return '"' + printable(text) + (text.size() > kMaxLabelBytes ? "\"..." : "\"");
}

std::string alternatives(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view meant = nearest(word, known);
  return meant.empty() ? "; allowed: " + alternatives(known)
                       : "; did you mean " + std::string(meant) + '?';
}

}  // namespace sockwatch
