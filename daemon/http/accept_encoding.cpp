#include "http/accept_encoding.h"

#include <charconv>
#include <optional>

#include "http/ascii.h"

namespace sockwatch::http {
namespace {

bool positive_weight(std::string_view text) {
  double weight = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, weight, std::chars_format::fixed);
  return error == std::errc{} && stop == end && weight > 0;
}

bool allowed_by(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = next_part(parameters, ';');
    const std::string_view name = next_part(value, '=');
    if (equal_ignoring_case(name, "q")) return positive_weight(trim(value));
  }
  return true;
}

}  // namespace

bool accepts_gzip(std::string_view value) {
  std::optional<bool> gzip;
  bool any = false;
  while (!value.empty()) {
    std::string_view parameters = next_part(value, ',');
    const std::string_view coding = next_part(parameters, ';');
    if (coding == "*") any = allowed_by(parameters);
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip")) {
      gzip = allowed_by(parameters);
    }
  }
  return gzip.value_or(any);
}

}  // namespace sockwatch::http
