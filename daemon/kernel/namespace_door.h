// Netlink sockets inside other network namespaces. A thread made for one call walks through all of
// them and ends: the caller never leaves its own namespace, and no thread has to find its way home.
//
// A netlink socket keeps asking the namespace that it was made in, whichever thread uses it, and
// keeps that namespace alive: hold it for one dump, not for the next cycle.
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernel/channel.h"
#include "kernel/namespace_finder.h"
#include "support/result.h"

namespace sockwatch::kernel {

/// What is wanted of a namespace: surroundings change rarely, and cost as much as the rest.
enum class Opening { sockets, surroundings };

struct OpenedNamespace {
  std::uint64_t cookie = 0;          // SO_NETNS_COOKIE: never used again until the next boot
  std::unique_ptr<Channel> sockets;  // NETLINK_SOCK_DIAG
  std::chrono::nanoseconds
      cpu_time{};  // of the helping thread, which the caller's clock leaves out
  // With Opening::surroundings:
  std::unique_ptr<Channel> interfaces;  // NETLINK_ROUTE
  std::string port_range;               // text of /proc/sys/net/ipv4/ip_local_port_range there
};

/// One result for each, in order. At most two descriptors stay open per namespace: ask for as many
/// at a time as there are descriptors. ENOENT for one that is gone, EPERM without CAP_SYS_ADMIN.
using OpenNamespaces =
    std::function<std::vector<Result<OpenedNamespace>>(std::span<const FoundNamespace>, Opening)>;

/// Of the calling thread's namespace.
Result<std::uint64_t> namespace_cookie();

/// A path may lead to another namespace than the one that was found, also to our own: the cookie
/// tells.
std::vector<Result<OpenedNamespace>> open_namespaces(std::span<const FoundNamespace> wanted,
                                                     Opening opening);

/// Whether this process may enter namespaces: it has CAP_SYS_ADMIN.
bool may_enter_namespaces();

}  // namespace sockwatch::kernel
