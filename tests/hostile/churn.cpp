#include "hostile/churn.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <vector>

#include "hostile/connect.h"
#include "support/checked.h"

namespace sockwatch::test {
namespace {

using Counter = std::atomic<std::uint64_t>;

constexpr int kListeners = 8;  // client ports are few: each may be used once per listener
constexpr int kTicksPerSecond = 1'000;
constexpr int kMaxTicksAtOnce = 20;  // what was missed for longer is not made up for

OwnedFd make_ticker() {
  OwnedFd timer(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create"));
  const timespec tick{0, 1'000'000'000 / kTicksPerSecond};
  const itimerspec period{tick, tick};
  checked(::timerfd_settime(timer.get(), 0, &period, nullptr), "timerfd_settime");
  return timer;
}

/// Waits for the next tick; how many have passed.
int await_ticks(const OwnedFd& ticker) {
  std::uint64_t ticks = 0;
  checked(::read(ticker.get(), &ticks, sizeof ticks), "read a timer");
  return static_cast<int>(std::min<std::uint64_t>(ticks, kMaxTicksAtOnce));
}

[[noreturn]] void churn(Child& me, int per_tick, Counter& connections) {
  checked(::prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");
  std::vector<TestSocket> listeners;
  for (int i = 0; i < kListeners; ++i) listeners.push_back(tcp_listen("127.0.0.1"));
  const OwnedFd ticker = make_ticker();
  me.ready();
  while (true) {
    for (int left = await_ticks(ticker) * per_tick; left > 0; --left) {
      const std::uint64_t number = connections;
      const Ends ends = connect_to(listeners[number / 8 % kListeners]);
      if (number % 8 != 0) reset_at_end(ends.client);
      ++connections;
    }
  }
}

Counter* make_shared_counter() {
  void* page =
      ::mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  checked(page == MAP_FAILED ? -1 : 0, "mmap");
  return new (page) Counter(0);
}

}  // namespace

void Churn::Unmap::operator()(Counter* counter) const {
  ::munmap(counter, sizeof(Counter));
}

Churn::Churn(int connections_per_second)
    : connections_(make_shared_counter()),
      process_(std::make_unique<TestProcess>(ProcessOptions{.name = "churn"}, [&](Child& me) {
        churn(me, connections_per_second / kTicksPerSecond, *connections_);
      })) {}

}  // namespace sockwatch::test
