#include "attribution/process_facts.h"

#include <array>
#include <charconv>

#include "support/text.h"

namespace sockwatch {
namespace {

constexpr std::size_t kLongestComm = 15;
constexpr std::string_view kDeleted = " (deleted)";

/// The n-th space-separated word, counted from 0.
std::string_view word(std::string_view text, std::size_t n) {
  while (n-- > 0) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {};
    text.remove_prefix(space + 1);
  }
  return text.substr(0, text.find_first_of(" \n"));
}

std::string_view without_deleted(std::string_view path) {
  return path.ends_with(kDeleted) ? path.substr(0, path.size() - kDeleted.size()) : path;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view stat) {
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
      stat.size() < close + 3) {
    return std::nullopt;
  }
  const std::string_view rest = stat.substr(close + 2);  // begins with field 3, the state
  const std::string_view start = word(rest, 19);         // field 22
  ProcessStat parsed{std::string(stat.substr(open + 1, close - open - 1)), rest[0], 0};
  const auto number = std::from_chars(start.data(), start.data() + start.size(), parsed.start_time);
  if (number.ec != std::errc{} || number.ptr != start.data() + start.size()) return std::nullopt;
  return parsed;
}

std::string process_name(std::string_view comm, std::string_view exe) {
  const std::string_view path = without_deleted(exe);
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const bool cut = comm.size() == kLongestComm && file.starts_with(comm);
  return label_name(cut ? file : comm);
}

std::string cgroup_path(std::string_view cgroup_file) {
  static constexpr std::array<std::string_view, 3> kControllers = {"", "name=systemd", "memory"};
  std::array<std::string_view, kControllers.size()> paths;
  while (!cgroup_file.empty()) {
    const std::string_view line = cgroup_file.substr(0, cgroup_file.find('\n'));
    cgroup_file.remove_prefix(std::min(line.size() + 1, cgroup_file.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controller = line.substr(first + 1, second - first - 1);
    for (std::size_t i = 0; i < kControllers.size(); ++i) {
      if (controller == kControllers[i]) paths[i] = without_deleted(line.substr(second + 1));
    }
  }
  for (const std::string_view path : paths) {
    if (!path.empty() && path != "/") return std::string(path);
  }
  return std::string(paths[0].empty() ? paths[1] : paths[0]);
}

}  // namespace sockwatch
