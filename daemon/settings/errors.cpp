#include "settings/errors.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "support/text.h"

namespace sockwatch {

void Errors::add(Place place, std::string key, std::string message) {
  errors_.push_back({file_, place.line, place.column, std::move(key), std::move(message)});
}

std::vector<SettingsError> Errors::sorted() && {
  std::stable_sort(errors_.begin(), errors_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::move(errors_);
}

std::string to_string(const SettingsError& error) {
  constexpr std::size_t kLongestPath = 4096;
  std::string text;
  if (!error.file.empty()) text += printable(error.file, kLongestPath) + ':';
  if (error.line > 0) {
    text += std::to_string(error.line) + ':' + std::to_string(error.column) + ':';
  }
  if (!text.empty()) text += ' ';
  if (!error.key.empty()) text += error.key + ": ";
  return text + error.message;
}

}  // namespace sockwatch
