#include "kernel/namespace_door.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <ctime>
#include <exception>
#include <system_error>
#include <thread>

#include "kernel/directory.h"
#include "support/unique_fd.h"

namespace sockwatch::kernel {
namespace {

constexpr int kNamespaceCookie = 71;  // SO_NETNS_COOKIE, asm-generic/socket.h, since Linux 5.14

Result<void> enter(const std::string& path) {
  const UniqueFd target(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!target) return system_failure(path, errno);
  if (::setns(target.get(), CLONE_NEWNET) != 0) return system_failure("enter " + path, errno);
  return {};
}

/// Leaves the calling thread in there.
Result<OpenedNamespace> open_one(const FoundNamespace& wanted, Opening opening) {
  if (const auto entered = enter(wanted.path); !entered) return tl::unexpected(entered.error());
  const auto cookie = namespace_cookie();
  if (!cookie) return tl::unexpected(cookie.error());
  OpenedNamespace opened;
  opened.cookie = *cookie;
  auto sockets = open_netlink(NETLINK_SOCK_DIAG);
  if (!sockets) return tl::unexpected(sockets.error());
  opened.sockets = std::move(*sockets);
  if (opening == Opening::sockets) return opened;
  auto interfaces = open_netlink(NETLINK_ROUTE);
  if (!interfaces) return tl::unexpected(interfaces.error());
  opened.interfaces = std::move(*interfaces);
  if (const auto settings = open_directory("/proc/sys/net/ipv4")) {
    opened.port_range = (*settings)->read_file("ip_local_port_range").value_or("");
  }
  return opened;
}

std::chrono::nanoseconds thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// In a thread of its own, whose exceptions are thrown here.
Result<void> in_new_thread(const std::function<void()>& work) {
  std::exception_ptr thrown;
  try {
    std::thread([&] {
      try {
        work();
      } catch (...) {
        thrown = std::current_exception();
      }
    }).join();
  } catch (const std::system_error& error) {
    return system_failure("start a thread", error.code().value());
  }
  if (thrown) std::rethrow_exception(thrown);
  return {};
}

}  // namespace

Result<std::uint64_t> namespace_cookie() {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_failure("open socket", errno);
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  if (::getsockopt(socket.get(), SOL_SOCKET, kNamespaceCookie, &cookie, &size) != 0) {
    return system_failure("ask for the cookie of a network namespace", errno);
  }
  return cookie;
}

std::vector<Result<OpenedNamespace>> open_namespaces(std::span<const FoundNamespace> wanted,
                                                     Opening opening) {
  std::vector<Result<OpenedNamespace>> results;
  if (wanted.empty()) return results;
  results.reserve(wanted.size());
  const auto ran = in_new_thread([&] {
    auto before = std::chrono::nanoseconds(0);  // the thread's start counts
    for (const FoundNamespace& one : wanted) {
      results.push_back(open_one(one, opening));
      const auto after = thread_cpu_time();
      if (results.back()) results.back()->cpu_time = after - before;
      before = results.back() ? after : before;
    }
  });
  while (results.size() < wanted.size()) results.push_back(tl::unexpected(ran.error()));
  return results;
}

bool may_enter_namespaces() {
  bool entered = false;
  const auto ran = in_new_thread([&] { entered = enter("/proc/thread-self/ns/net").has_value(); });
  return ran && entered;
}

}  // namespace sockwatch::kernel
