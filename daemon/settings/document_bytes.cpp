#include "settings/document_bytes.h"

#include <algorithm>

#include "support/text.h"

namespace sockwatch {
namespace {

bool is_unwanted_control(char c) {
  const bool space = c == '\t' || c == '\n' || c == '\r';
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && !space) || byte == 0x7f;
}

/// Control characters are not only ugly: yaml-cpp takes byte 4 for the end of the text.
std::size_t acceptable_bytes(std::string_view text) {
  const auto control = std::find_if(text.begin(), text.end(), is_unwanted_control);
  return std::min(static_cast<std::size_t>(control - text.begin()), valid_utf8_bytes(text));
}

Place place_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is the start of the text
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return {static_cast<int>(lines) + 1, static_cast<int>(offset - line_start) + 1};
}

}  // namespace

bool check_document_bytes(std::string_view text, Errors& errors) {
  if (text.size() > kMaxDocumentBytes) {
    errors.add({}, "", "longer than 1 MiB");
    return false;
  }
  const std::size_t good = acceptable_bytes(text);
  if (good == text.size()) return true;
  errors.add(place_at(text, good), "",
             "byte " + printable(text.substr(good, 1)) +
                 "; allowed: UTF-8 text without control characters");
  return false;
}

}  // namespace sockwatch
