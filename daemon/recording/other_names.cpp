#include "recording/other_names.h"

#include <algorithm>
#include <array>

#include "recording/path.h"

namespace sockwatch::recording {
namespace {

constexpr std::size_t kLongestComm = 15;
constexpr std::size_t kContainerIdDigits = 64;
constexpr std::size_t kShownDigits = 12;  // of a container's id, in labels
constexpr std::string_view kDeleted = " (deleted)";

constexpr std::array<std::string_view, 10> kKeptDirectories = {
    "..",      "sys",        "fs",           "cgroup",     "unified",
    "-.slice", "init.scope", "system.slice", "user.slice", "machine.slice"};
constexpr std::array<std::string_view, 7> kRuntimes = {
    "", "docker-", "libpod-", "libpod-conmon-", "crio-", "crio-conmon-", "cri-containerd-"};
constexpr std::array<std::string_view, 4> kUnitSuffixes = {".service", ".scope", ".socket",
                                                           ".slice"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& all) {
  return std::ranges::find(all, name) != all.end();
}

std::string padded(const std::string& number, std::size_t width) {
  return std::string(width - std::min(width, number.size()), '0') + number;
}

/// Cuts a suffix off and returns it; "" where the name does not end in it or is nothing else.
std::string_view cut(std::string_view& name, std::string_view suffix) {
  if (name.size() <= suffix.size() || !name.ends_with(suffix)) return {};
  name.remove_suffix(suffix.size());
  return suffix;
}

std::string_view cut_unit_suffix(std::string_view& name) {
  for (const std::string_view suffix : kUnitSuffixes) {
    if (!cut(name, suffix).empty()) return suffix;
  }
  return {};
}

/// The id at the end, "" for what is no container's name.
std::string_view container_id(std::string_view name) {
  if (name.size() < kContainerIdDigits) return {};
  const std::string_view id = name.substr(name.size() - kContainerIdDigits);
  const std::string_view runtime = name.substr(0, name.size() - kContainerIdDigits);
  const bool separated = runtime.empty() || runtime.ends_with('-') || runtime.ends_with(':');
  const bool digits = id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return separated && digits ? id : std::string_view{};
}

/// "3-10.0.0.1:22-10.0.0.2:4711", the instance of a service for one connection.
bool is_connection(std::string_view instance) {
  return !instance.empty() && instance[0] >= '0' && instance[0] <= '9' &&
         std::ranges::count(instance, '-') >= 2 && std::ranges::count(instance, ':') >= 2;
}

}  // namespace

std::string OtherNames::process(std::string_view name) {
  const std::string number = processes_.of(name.substr(0, kLongestComm));
  if (name.size() < kLongestComm) return "process-" + number;
  const std::string full = "process-" + padded(number, kLongestComm - 8);
  return name.size() == kLongestComm ? full : full + "-" + program_files_.of(name);
}

std::string OtherNames::program(std::string_view path) {
  const std::string_view deleted = cut(path, kDeleted);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return "";
  return "/directory-" + directories_.of(path.substr(0, slash)) + "/" +
         process(path.substr(slash + 1)) + std::string(deleted);
}

std::string OtherNames::user(std::string_view name) {
  return name == "root" ? "root" : "user-" + users_.of(name);
}

std::string OtherNames::interface(std::string_view name) {
  return name == "lo" ? "lo" : "interface-" + interfaces_.of(name);
}

std::string OtherNames::cgroup_path(std::string_view path) {
  if (path.empty()) return "";
  const std::string_view deleted = cut(path, kDeleted);
  std::string other;
  for (const std::string_view segment : segments(path)) other += "/" + cgroup(segment);
  return (other.empty() ? "/" : other) + std::string(deleted);
}

std::string OtherNames::cgroup(std::string_view directory) {
  if (is_one_of(directory, kKeptDirectories)) return std::string(directory);
  std::string_view stem = directory;
  const std::string_view suffix = cut_unit_suffix(stem);
  const std::string_view id = suffix.empty() || suffix == ".scope" ? container_id(stem) : "";
  if (!id.empty()) {
    return container(stem.substr(0, stem.size() - id.size()), id) + std::string(suffix);
  }
  return suffix.empty() ? "group-" + groups_.of(directory) : unit(stem, suffix);
}

std::string OtherNames::container(std::string_view runtime, std::string_view id) {
  std::string other(runtime);
  if (!is_one_of(runtime, kRuntimes)) {
    const bool monitor = runtime.find("conmon") != std::string_view::npos;
    other = "unit-" + units_.of(runtime) + (monitor ? "-conmon" : "") + runtime.back();
  }
  return other + padded(containers_.of(id), kShownDigits) +
         std::string(kContainerIdDigits - kShownDigits, '0');
}

std::string OtherNames::unit(std::string_view stem, std::string_view suffix) {
  const std::string end(suffix);
  for (const std::string_view kind : {"session-", "run-", "app-"}) {
    const bool meant = kind == "run-" ? suffix != ".slice" : suffix == ".scope";
    if (meant && stem.starts_with(kind)) return std::string(kind) + units_.of(stem) + end;
  }
  const std::size_t at = stem.find('@');
  const std::string other = "unit-" + units_.of(stem.substr(0, at));
  if (at == std::string_view::npos) return other + end;
  const std::string_view instance = stem.substr(at + 1);
  return other + "@" + (instance.empty() ? "" : instances_.of(instance)) +
         (is_connection(instance) ? "-local:0-remote:0" : "") + end;
}

}  // namespace sockwatch::recording
