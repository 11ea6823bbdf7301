#include "settings/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "settings/document_bytes.h"
#include "support/unique_fd.h"

namespace sockwatch {
namespace {

Result<void> check_kind(int fd) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return system_failure("cannot be inspected", errno);
  if (S_ISDIR(file.st_mode)) return failure("is a directory; allowed: a file");
  if (!S_ISREG(file.st_mode)) return failure("is not a regular file");
  if ((file.st_mode & S_IWOTH) != 0) {
    return failure("everybody can write to it; allowed: after chmod o-w");
  }
  return {};
}

Result<std::string> read_up_to(int fd, std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t filled = 0;
  while (filled < most) {
    const ssize_t got = ::read(fd, bytes.data() + filled, most - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("cannot be read", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

Result<std::string> read_settings_file(const std::string& path) {
  // O_NONBLOCK: a FIFO without a writer must not hold the daemon up.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return system_failure("cannot be opened", errno);
  return check_kind(file.get()).and_then([&file] {
    return read_up_to(file.get(), kMaxDocumentBytes + 1);
  });
}

}  // namespace sockwatch
