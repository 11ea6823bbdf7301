#include "recording/path.h"

#include <algorithm>

namespace sockwatch::recording {

std::string below(std::string_view directory, std::string_view name) {
  std::string path(directory);
  for (const std::string_view segment : segments(name)) {
    if (segment != ".") path.append("/").append(segment);
  }
  return path;
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> all;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    if (!segment.empty()) all.push_back(segment);
  }
  return all;
}

}  // namespace sockwatch::recording
