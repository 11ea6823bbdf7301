#include "kernel/mountinfo.h"

#include <algorithm>
#include <optional>

namespace sockwatch::kernel {
namespace {

std::string_view next_part(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// Space, tab, newline and backslash are written as \ooo.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, 3);
    const bool escape = text[i] == '\\' && digits.size() == 3 && digits[0] <= '3' &&
                        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; });
    if (escape) i += 3;
    out +=
        escape
            ? static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'))
            : text[i];
  }
  return out;
}

std::optional<Mount> mount_of_type(std::string_view line, std::string_view type) {
  const std::size_t separator = line.find(" - ");
  if (separator == line.npos) return std::nullopt;
  std::string_view after = line.substr(separator + 3);
  if (next_part(after, ' ') != type) return std::nullopt;
  for (int i = 0; i < 3; ++i) next_part(line, ' ');  // id, parent, device
  const std::string_view root = next_part(line, ' ');
  return Mount{unescaped(root), unescaped(next_part(line, ' ')), std::string(type)};
}

}  // namespace

std::vector<Mount> mounts_of_type(std::string_view mountinfo, std::string_view type) {
  std::vector<Mount> mounts;
  while (!mountinfo.empty()) {
    if (auto mount = mount_of_type(next_part(mountinfo, '\n'), type)) {
      mounts.push_back(std::move(*mount));
    }
  }
  return mounts;
}

}  // namespace sockwatch::kernel
