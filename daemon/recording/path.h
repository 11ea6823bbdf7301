// Names in a recording: the absolute path of what was asked about. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sockwatch::recording {

/// "/proc/1/root/sys" for "/proc/1" and "./root//sys": one thing has one name. Links and ".." are
/// left as they are.
std::string below(std::string_view directory, std::string_view name);

/// "proc", "1", "fd" of "/proc/1/fd".
std::vector<std::string_view> segments(std::string_view path);

}  // namespace sockwatch::recording
