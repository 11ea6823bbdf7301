// cgroup path → unit: the systemd unit or container that a socket belongs to. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sockwatch {

/// The innermost service, scope, socket or slice of a path, printable and with the parts that
/// differ at each run replaced: "session-*.scope", "run-*", "app-*.scope", "sshd@*.service" for
/// instances named after an address pair. Anything inside a container of docker, podman,
/// containerd or cri-o is "container:" and the first 12 digits of its id. "" when there is none.
std::string unit_of_path(std::string_view cgroup_path);

/// Whether a socket's cgroup says nothing of who uses it, so that the owner's is asked: the root,
/// init.scope, a *.socket unit, or not known ("").
bool says_nothing(std::string_view cgroup_path);

/// The unit of a socket with this cgroup path and an owner (or listener) of unit `owner_unit`.
std::string unit_of_socket(std::string_view cgroup_path, std::string_view owner_unit);

}  // namespace sockwatch
