// Names of processes, units and users on their way to labels, and labels into the exposition. The
// first byte chooses the way.
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "attribution/process_facts.h"
#include "attribution/unit.h"
#include "fuzz/require.h"
#include "support/fields.h"

namespace {

using namespace sockwatch;
using fuzz::require;

enum class Way { label, line, unit, process, exposition };
constexpr std::size_t kWays = 5;

/// Undoes the \xNN of printable().
std::string unescaped(std::string_view text) {
  std::string raw;
  while (!text.empty()) {
    const auto byte =
        text.starts_with("\\x") ? number<std::uint8_t>(text.substr(2, 2), 16) : std::nullopt;
    raw += byte ? static_cast<char>(*byte) : text[0];
    text.remove_prefix(byte ? 4 : 1);
  }
  return raw;
}

/// Different names never read alike: the text leads back to the name, or to as much of it as fits.
void check_printable(std::string_view raw) {
  constexpr std::size_t kLongestCharacter = 4 * sizeof("\\x00") - 4;
  const std::string text = printable(raw);
  require(text.size() <= kMaxLabelBytes);
  fuzz::require_clean_text(text);
  const std::string back = unescaped(text);
  require(raw.starts_with(back));
  const auto doubled = static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return c == '"' || c == '\\'; }));
  const bool full = text.size() + doubled + kLongestCharacter > kMaxLabelBytes;
  require(full || back.size() == raw.size());
}

void check_line(std::string_view raw) {
  const std::string text = printable_line(raw, 80);
  require(text.size() <= 80);
  fuzz::require_clean_text(text);
  require(valid_utf8_bytes(raw) <= raw.size());
}

/// The value of the one label in the exposition, as Prometheus reads it.
std::string value_in(std::string_view exposition) {
  const std::size_t start = exposition.find("name=\"") + 6;
  std::string value;
  for (std::size_t i = start; exposition.at(i) != '"'; ++i) {
    const bool escape = exposition[i] == '\\';
    if (escape) ++i;
    value += escape && exposition.at(i) == 'n' ? '\n' : exposition.at(i);
  }
  return value;
}

void check_exposition(std::string_view raw) {
  const std::string label = label_name(raw);
  prometheus::MetricFamily family{"test", "", prometheus::MetricType::Gauge, {}};
  family.metric.emplace_back().label.push_back({"name", label});
  require(value_in(prometheus::TextSerializer().Serialize({family})) == label);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view raw(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t middle = raw.find('\0');
  switch (static_cast<Way>(data[0] % kWays)) {
    case Way::label:
      fuzz::require_label(label_name(raw));
      check_printable(raw);
      break;
    case Way::line:
      check_line(raw);
      break;
    case Way::unit:
      fuzz::require_label(unit_of_path(raw));
      break;
    case Way::process:
      fuzz::require_label(
          process_name(raw.substr(0, middle), middle == raw.npos ? "" : raw.substr(middle + 1)));
      break;
    case Way::exposition:
      check_exposition(raw);
      break;
  }
  return 0;
}
