// Lets a text through five times a minute. Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sockwatch {

class RepeatLimit {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// How many times this text was held back since it was let through last; nothing: hold it back.
  std::optional<std::uint64_t> admit(std::string_view text, Time now) {
    if (texts_.size() >= kMaxTexts) texts_.clear();
    Text& entry = texts_[std::string(text)];
    if (now - entry.minute >= std::chrono::minutes(1) || now < entry.minute) {
      entry.minute = now;
      entry.admitted = 0;
    }
    if (entry.admitted >= kPerMinute) {
      ++entry.held_back;
      return std::nullopt;
    }
    ++entry.admitted;
    return std::exchange(entry.held_back, 0);
  }

 private:
  static constexpr std::uint64_t kPerMinute = 5;
  static constexpr std::size_t kMaxTexts = 1024;

  struct Text {
    Time minute;
    std::uint64_t admitted = 0;
    std::uint64_t held_back = 0;
  };
  std::unordered_map<std::string, Text> texts_;
};

}  // namespace sockwatch
