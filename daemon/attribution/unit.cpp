#include "attribution/unit.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "support/text.h"

namespace sockwatch {
namespace {

constexpr std::size_t kContainerIdDigits = 64;
constexpr std::size_t kShownDigits = 12;

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (!part.empty()) parts.push_back(part);
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return parts;
}

bool is_container_id(std::string_view text) {
  return text.size() == kContainerIdDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// "docker-<id>.scope", "cri-containerd-<id>.scope", "<id>" (cgroupfs driver), "crio-<id>", or
/// containerd's "kubepods-….slice:cri-containerd:<id>". The runtimes' monitors are no containers.
std::string_view container_id(std::string_view component) {
  if (component.find("conmon") != std::string_view::npos) return {};
  if (component.ends_with(".scope")) component.remove_suffix(6);
  if (component.size() < kContainerIdDigits) return {};
  const std::string_view id = component.substr(component.size() - kContainerIdDigits);
  const std::string_view runtime = component.substr(0, component.size() - kContainerIdDigits);
  const bool separated = runtime.empty() || runtime.ends_with('-') || runtime.ends_with(':');
  return separated && is_container_id(id) ? id : std::string_view{};
}

bool is_unit(std::string_view component) {
  static constexpr std::array<std::string_view, 4> kSuffixes = {".service", ".scope", ".socket",
                                                                ".slice"};
  return std::ranges::any_of(kSuffixes, [&](std::string_view suffix) {
    return component.size() > suffix.size() && component.ends_with(suffix);
  });
}

/// The instance of a per-connection service of an Accept=yes socket: "3-10.0.0.1:22-10.0.0.2:4711",
/// since systemd 253 with more between: a number and at least two addresses with ports.
bool is_address_pair(std::string_view instance) {
  const bool numbered = !instance.empty() && std::isdigit(static_cast<unsigned char>(instance[0]));
  return numbered && std::ranges::count(instance, '-') >= 2 &&
         std::ranges::count(instance, ':') >= 2;
}

/// systemd writes \x2d and the like into names itself: its backslashes stay. No unit is `other`.
std::string unit_label(std::string_view unit) {
  return printable_line(unit, kMaxLabelBytes);
}

std::string normalised(std::string_view unit) {
  if (unit.starts_with("session-") && unit.ends_with(".scope")) return "session-*.scope";
  if (unit.starts_with("run-") && !unit.ends_with(".slice")) return "run-*";
  if (unit.starts_with("app-") && unit.ends_with(".scope")) return "app-*.scope";
  const std::size_t at = unit.find('@');
  const std::size_t dot = unit.rfind('.');
  if (at != std::string_view::npos && dot > at &&
      is_address_pair(unit.substr(at + 1, dot - at - 1))) {
    return unit_label(std::string(unit.substr(0, at + 1)) + "*" + std::string(unit.substr(dot)));
  }
  return unit_label(unit);
}

}  // namespace

std::string unit_of_path(std::string_view cgroup_path) {
  const auto parts = components(cgroup_path);
  for (const std::string_view part : parts) {
    const std::string_view id = container_id(part);
    if (!id.empty()) return "container:" + std::string(id.substr(0, kShownDigits));
  }
  const auto innermost = std::find_if(parts.rbegin(), parts.rend(), is_unit);
  return innermost == parts.rend() ? "" : normalised(*innermost);
}

bool says_nothing(std::string_view cgroup_path) {
  return cgroup_path.empty() || cgroup_path == "/" || cgroup_path.ends_with("/init.scope") ||
         cgroup_path.ends_with(".socket");
}

std::string unit_of_socket(std::string_view cgroup_path, std::string_view owner_unit) {
  if (!says_nothing(cgroup_path)) return unit_of_path(cgroup_path);
  return owner_unit.empty() ? unit_of_path(cgroup_path) : std::string(owner_unit);
}

}  // namespace sockwatch
