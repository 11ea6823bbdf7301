// For LD_PRELOAD: from SIGUSR1 on, every 1009th allocation of the process fails; SIGUSR2 ends that.
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace {

constexpr std::uint32_t kPeriod = 1009;

std::atomic<bool> starving{false};
std::atomic<std::uint32_t> allocations{0};

bool fails() {
  return starving && ++allocations % kPeriod == 0;
}

void begin_or_end(int number) {
  starving = number == SIGUSR1;
}

[[gnu::constructor]] void listen() {
  ::signal(SIGUSR1, begin_or_end);
  ::signal(SIGUSR2, begin_or_end);
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);

void* malloc(std::size_t size) {
  if (!fails()) return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}

void* calloc(std::size_t count, std::size_t size) {
  if (!fails()) return __libc_calloc(count, size);
  errno = ENOMEM;
  return nullptr;
}

void* realloc(void* memory, std::size_t size) {
  if (!fails()) return __libc_realloc(memory, size);
  errno = ENOMEM;
  return nullptr;
}
}
