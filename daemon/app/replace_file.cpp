#include "app/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "support/unique_fd.h"

namespace sockwatch {
namespace {

Result<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_failure("write", errno);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  if (::fdatasync(fd) != 0) return system_failure("fdatasync", errno);
  return {};
}

Result<void> write_new_file(const std::string& path, std::string_view content, mode_t mode) {
  ::unlink(path.c_str());  // what a write that was cut off has left
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file) return system_failure(path, errno);
  if (const auto written = write_all(file.get(), content); !written) {
    ::unlink(path.c_str());
    return within(path, written.error());
  }
  return {};
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view content, mode_t mode) {
  const std::string temporary = path + ".new";
  if (auto written = write_new_file(temporary, content, mode); !written) return written;
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::unlink(temporary.c_str());
    return system_failure(path, code);
  }
  const std::string parent = directory_of(path);
  const UniqueFd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return system_failure(parent, errno);
  return {};
}

}  // namespace sockwatch
