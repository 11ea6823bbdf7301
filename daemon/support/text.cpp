#include "support/text.h"

#include <array>
#include <cstdint>

namespace sockwatch {
namespace {

struct Character {
  std::size_t bytes = 1;
  char32_t code_point = 0;
  bool valid = false;
};

/// Decodes one UTF-8 sequence; overlong forms, surrogates and values above U+10FFFF are invalid.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  static constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  char32_t code_point = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return {};
    code_point = (code_point << 6) | (next & 0x3fU);
  }
  if (code_point < kSmallest[length] || code_point > 0x10ffff) return {};
  if (code_point >= 0xd800 && code_point <= 0xdfff) return {};
  return {length, code_point, true};
}

bool is_control(char32_t c) {
  const bool c0_or_c1 = c < 0x20 || (c >= 0x7f && c <= 0x9f);
  const bool bidirectional = c == 0x061c || c == 0x200e || c == 0x200f ||
                             (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return c0_or_c1 || bidirectional;
}

void append_hex(std::string& out, std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    out += "\\x";
    out += kDigits[value >> 4];
    out += kDigits[value & 0xf];
  }
}

/// The exposition and JSON write a backslash before each of these.
bool doubles(std::string_view character) {
  return character == "\\" || character == "\"";
}

enum class Backslashes { unambiguous, kept };

std::string escaped(std::string_view raw, std::size_t max_bytes, Backslashes backslashes) {
  std::string out;
  std::size_t doubled = 0;
  while (!raw.empty()) {
    const Character character = first_character(raw);
    const std::string_view sequence = raw.substr(0, character.bytes);
    const bool looks_escaped = backslashes == Backslashes::unambiguous && raw.starts_with("\\x");
    const std::size_t before = out.size();
    if (!character.valid || is_control(character.code_point) || looks_escaped) {
      append_hex(out, sequence);
    } else {
      out += sequence;
      if (doubles(sequence)) ++doubled;
    }
    if (out.size() + doubled > max_bytes) {
      out.resize(before);
      break;
    }
    raw.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace

std::string printable(std::string_view raw, std::size_t max_bytes) {
  return escaped(raw, max_bytes, Backslashes::unambiguous);
}

std::string printable_line(std::string_view raw, std::size_t max_bytes) {
  return escaped(raw, max_bytes, Backslashes::kept);
}

std::size_t valid_utf8_bytes(std::string_view raw) {
  std::size_t valid = 0;
  while (valid < raw.size()) {
    const Character character = first_character(raw.substr(valid));
    if (!character.valid) break;
    valid += character.bytes;
  }
  return valid;
}

std::string label_name(std::string_view raw) {
  return raw == "other" ? "\\x6fther" : printable(raw);
}

}  // namespace sockwatch
