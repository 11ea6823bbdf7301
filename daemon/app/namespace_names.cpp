#include "app/namespace_names.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "attribution/unit.h"
#include "support/text.h"

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kOldEnough{60};
constexpr std::string_view kContainer = "container:";
constexpr std::string_view kNumbered = "ns-";

bool reads_like_another(std::string_view name) {
  return name == kHostNamespace || name.starts_with(kContainer) || name.starts_with(kNumbered);
}

/// label_name() sees to `other`.
std::string label_of_name(std::string_view name) {
  if (!reads_like_another(name)) return label_name(name);
  std::array<char, 5> first{};
  std::snprintf(first.data(), first.size(), "\\x%02x", static_cast<unsigned char>(name[0]));
  // The escape takes three bytes more than what it stands for.
  return first.data() + printable(name.substr(1), kMaxLabelBytes - 5);
}

std::string container_of(std::string_view cgroup) {
  std::string unit = unit_of_path(cgroup);
  return unit.starts_with(kContainer) ? unit : "";
}

}  // namespace

std::vector<std::string> NamespaceNames::labels(std::span<const NamespaceFacts> alive,
                                                std::size_t limit, MonotonicTime now) {
  forget_all_but(alive);
  std::vector<std::pair<MonotonicTime, const NamespaceFacts*>> candidates;
  for (const NamespaceFacts& facts : alive) {
    const auto [place, is_new] = known_.try_emplace(facts.identity);
    Known& known = place->second;
    if (is_new) known = {now, !called_before_, ""};
    const bool old_enough = known.old || now - known.since >= kOldEnough;
    if (known.label.empty() && old_enough) candidates.emplace_back(known.since, &facts);
  }
  called_before_ = true;
  std::ranges::stable_sort(candidates, {}, [](const auto& one) { return one.first; });
  for (const auto& [since, facts] : candidates) {
    if (taken_.size() >= limit) break;
    std::string& label = known_[facts->identity].label;
    if (label.empty()) label = *taken_.insert(free_label(*facts)).first;
  }
  std::vector<std::string> labels;
  for (const NamespaceFacts& facts : alive) {
    const std::string& label = known_[facts.identity].label;
    labels.push_back(label.empty() ? std::string(kOtherNamespaces) : label);
  }
  return labels;
}

void NamespaceNames::forget_all_but(std::span<const NamespaceFacts> alive) {
  std::set<std::uint64_t> identities;
  for (const NamespaceFacts& facts : alive) identities.insert(facts.identity);
  std::erase_if(known_, [&](const auto& known) {
    if (identities.contains(known.first)) return false;
    taken_.erase(known.second.label);
    return true;
  });
}

std::string NamespaceNames::free_label(const NamespaceFacts& facts) const {
  const std::string named = facts.name.empty() ? "" : label_of_name(facts.name);
  for (const std::string& label : {named, container_of(facts.cgroup)}) {
    if (!label.empty() && !taken_.contains(label)) return label;
  }
  return std::string(kNumbered) + std::to_string(facts.identity);
}

}  // namespace sockwatch
