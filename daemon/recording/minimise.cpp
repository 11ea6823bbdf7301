#include "recording/minimise.h"

#include <algorithm>
#include <array>

#include "recording/path.h"
#include "support/fields.h"

namespace sockwatch::recording {
namespace {

/// Fields of /proc/PID/stat after the name, from 0 on, that are read.
constexpr int kState = 0;
constexpr int kStartTime = 19;
/// Of a line of /proc/net/unix, before the path.
constexpr int kUnixFields = 7;

bool ends_in(std::string_view path, std::string_view last) {
  return path.ends_with(last) && path.substr(0, path.size() - last.size()).ends_with('/');
}

std::optional<std::string> kept_passwd(std::string_view line) {
  std::array<std::string_view, 4> fields;  // name, password, uid, gid
  for (std::string_view& field : fields) {
    const std::size_t end = line.find(':');
    if (end == std::string_view::npos) return std::nullopt;
    field = line.substr(0, end);
    line.remove_prefix(end + 1);
  }
  std::string kept(fields[0]);
  return kept.append(":x:").append(fields[2]).append(":").append(fields[3]).append(":::");
}

/// A path may hold newlines: what follows one is no line.
std::optional<std::string> kept_unix(std::string_view line) {
  Fields fields(line);
  const std::string_view first = fields.next();
  if (!first.ends_with(':') && first != "Num") return std::nullopt;
  fields.skip(kUnixFields - 1);
  return std::string(line.substr(0, line.size() - fields.rest().size()));
}

std::string kept_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return "";
  std::string kept(text.substr(0, name_end + 1));
  Fields fields(text.substr(name_end + 1));
  for (int i = 0; i <= kStartTime; ++i) {
    const std::string_view field = fields.next();
    kept.append(" ").append(i == kState || i == kStartTime ? field : "0");
  }
  return kept + "\n";
}

}  // namespace

std::optional<std::string> kept_line(std::string_view path, std::string_view line) {
  if (path == "/etc/passwd") return kept_passwd(line);
  if (ends_in(path, "net/unix")) return kept_unix(line);
  if (ends_in(path, "mountinfo") && line.find(" - cgroup2 ") == line.npos) return std::nullopt;
  return std::string(line);
}

std::string kept_text(std::string_view path, std::string_view text) {
  if (ends_in(path, "stat")) return kept_stat(text);
  std::string kept;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto line = kept_line(path, text.substr(0, end));
    if (line) kept.append(*line).append(end < text.size() ? "\n" : "");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kept;
}

std::string kept_link(std::string_view path, std::string_view target) {
  const auto parts = segments(path);
  const bool descriptor = parts.size() >= 2 && parts[parts.size() - 2] == "fd";
  return descriptor && !target.starts_with("socket:[") ? "file" : std::string(target);
}

bool keeps_entry(std::string_view path, const kernel::Entry& entry) {
  return entry.is_directory || path.find("/root/") == path.npos;
}

}  // namespace sockwatch::recording
