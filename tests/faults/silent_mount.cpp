#include "faults/silent_mount.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/checked.h"
#include "support/eventually.h"

namespace sockwatch::test {
namespace {

constexpr std::uint64_t kFile = 2;  // node id; the top is FUSE_ROOT_ID
constexpr std::uint64_t kForEver = 1'000'000;

using Bytes = std::vector<char>;

template <typename T>
Bytes bytes_of(const T& value) {
  Bytes bytes(sizeof(value));
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

template <typename T>
T read_at(std::span<const char> bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, std::min(sizeof(value), bytes.size() - offset));
  return value;
}

fuse_attr attributes_of(std::uint64_t node, std::size_t file_size) {
  fuse_attr attributes{};
  attributes.ino = node;
  attributes.nlink = 1;
  attributes.mode = node == kFile ? S_IFREG | 0755 : S_IFDIR | 0755;
  attributes.size = node == kFile ? file_size : 0;
  return attributes;
}

fuse_init_out agreement() {
  fuse_init_out agreed{};
  agreed.major = FUSE_KERNEL_VERSION;
  agreed.minor = FUSE_KERNEL_MINOR_VERSION;
  agreed.max_write = 4096;
  return agreed;
}

/// The answer's payload; nothing where an errno is the answer.
std::optional<Bytes> answer(const fuse_in_header& asked, std::span<const char> arguments,
                            const std::string& content) {
  switch (asked.opcode) {
    case FUSE_INIT:
      return bytes_of(agreement());
    case FUSE_LOOKUP: {
      fuse_entry_out entry{};
      entry.nodeid = kFile;
      entry.entry_valid = kForEver;
      entry.attr = attributes_of(kFile, content.size());
      return bytes_of(entry);
    }
    case FUSE_GETATTR: {
      fuse_attr_out attributes{};
      attributes.attr = attributes_of(asked.nodeid, content.size());
      return bytes_of(attributes);
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR:
      return bytes_of(fuse_open_out{});
    case FUSE_READ: {
      const auto wanted = read_at<fuse_read_in>(arguments, 0);
      const std::size_t from = std::min<std::size_t>(wanted.offset, content.size());
      const std::string part = content.substr(from, wanted.size);
      return Bytes(part.begin(), part.end());
    }
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
      return Bytes{};
    default:
      return std::nullopt;
  }
}

}  // namespace

SilentMount::SilentMount(std::string directory, std::string content)
    : directory_(std::move(directory)),
      content_(std::move(content)),
      server_(checked(::open("/dev/fuse", O_RDWR | O_CLOEXEC), "open /dev/fuse")) {
  checked(::unshare(CLONE_NEWNS), "leave the mount namespace");
  checked(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "keep mounts private");
  const std::string options =
      "fd=" + std::to_string(server_.get()) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
  checked(::mount("sockwatch", directory_.c_str(), "fuse", MS_NODEV, options.c_str()),
          "mount FUSE");
}

void SilentMount::serve_until(const std::function<bool()>& condition) {
  await("what the file system is for", [&] {
    pollfd asked{server_.get(), POLLIN, 0};
    while (::poll(&asked, 1, 10) == 1) serve_one();
    return condition();
  });
}

void SilentMount::serve_one() {
  std::array<char, FUSE_MIN_READ_BUFFER + 4096> buffer{};
  const ssize_t size = ::read(server_.get(), buffer.data(), buffer.size());
  if (size < static_cast<ssize_t>(sizeof(fuse_in_header))) return;
  const std::span<const char> request(buffer.data(), static_cast<std::size_t>(size));
  const auto asked = read_at<fuse_in_header>(request, 0);
  const bool wants_answer = asked.opcode != FUSE_FORGET && asked.opcode != FUSE_BATCH_FORGET &&
                            asked.opcode != FUSE_INTERRUPT;
  if (!wants_answer) return;
  const auto payload = answer(asked, request.subspan(sizeof(asked)), content_);
  fuse_out_header header{};
  header.unique = asked.unique;
  header.error = payload ? 0 : -ENOSYS;
  header.len = static_cast<std::uint32_t>(sizeof(header) + (payload ? payload->size() : 0));
  Bytes whole = bytes_of(header);
  if (payload) whole.insert(whole.end(), payload->begin(), payload->end());
  checked(::write(server_.get(), whole.data(), whole.size()), "answer FUSE");
}

std::string SilentMount::missing() {
  if (::geteuid() != 0) return "needs root to mount";
  const OwnedFd device(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  return device ? "" : "no /dev/fuse";
}

}  // namespace sockwatch::test
