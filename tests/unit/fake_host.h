// The sampler on a host of a test's own: three TCP and two UDP sockets, all of one process, behind
// a netlink that fails as it is told to and a /proc that has no tables of sockets until they are
// written. Threads: one.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "app/sampler.h"
#include "metrics/render.h"
#include "support/exposition.h"
#include "support/fake_kernel.h"
#include "support/proc_net_text.h"
#include "support/proc_tree.h"

namespace sockwatch::test {

class FakeHost {
 public:
  /// What stands between the sampler and the kernel.
  using Wrap = std::function<kernel::OpenChannel(kernel::OpenChannel)>;

  explicit FakeHost(
      std::vector<Protocol> protocols = {Protocol::tcp, Protocol::udp},
      Wrap wrap = [](kernel::OpenChannel open) { return open; })
      : wrap_(std::move(wrap)) {
    options.collector.protocols = std::move(protocols);
    options.collector.unix_sockets = options.collector.packet_sockets = false;
    kernel.tcp = {
        {.local = "203.0.113.1", .port = 80, .state = 10, .cookie = 1, .inode = 11},
        {.port = 80, .remote = "127.0.0.1", .remote_port = 40000, .cookie = 2, .inode = 12},
        {.local = "::1", .port = 80, .remote = "::1", .remote_port = 9, .cookie = 3, .inode = 13}};
    kernel.udp = {
        {.local = "0.0.0.0", .port = 53, .state = 7, .cookie = 4, .inode = 14},
        {.port = 40001, .remote = "127.0.0.1", .remote_port = 9, .cookie = 5, .inode = 15}};
    tree.add({.pid = 50});
    for (int inode = 11; inode <= 15; ++inode) {
      tree.hold(50, inode, static_cast<std::uint32_t>(inode));
    }
    restart();
  }

  /// A sampler that knows nothing yet, and a kernel that answers.
  void restart() {
    kernel.repair();
    SamplerHooks hooks{.now = [this] { return now; },
                       .cpu_time = [] { return std::chrono::nanoseconds(0); },
                       .self = [] { return SelfFigures{}; }};
    hooks.on_listener = [this](const ListenerEvent& event) { events.push_back(event); };
    hooks.on_error = [this](const Fault& fault) { faults.push_back(fault); };
    sampler.emplace(options, Collector({wrap_(kernel.opener()), tree.open(), tree.open()}), hooks,
                    published);
  }

  /// A sample, `later` than the one before.
  Exposition sample(std::chrono::seconds later = std::chrono::seconds(5)) {
    now = {now.monotonic + later, now.wall + later};
    sampler->sample_once(now);
    return Exposition(metrics::to_families(*published.load(), LiveCounters{}));
  }

  /// /proc/net shows what the kernel has now.
  void write_proc_net() {
    for (const Protocol protocol : kProtocols) {
      for (const Family family : {Family::ipv4, Family::ipv6}) {
        const auto& sockets = protocol == Protocol::tcp ? kernel.tcp : kernel.udp;
        tree.write(proc_net_file(protocol, family), proc_net_text(protocol, family, sockets));
      }
    }
  }

  FakeKernel kernel;
  ProcTree tree;
  SamplerOptions options;
  Now now{MonotonicTime(std::chrono::seconds(1000)), WallTime(std::chrono::seconds(1'700'000'000))};
  Published<Report> published;
  std::vector<ListenerEvent> events;
  std::vector<Fault> faults;
  std::optional<Sampler> sampler;

 private:
  Wrap wrap_;
};

inline Labels of(Protocol protocol) {
  return {{"protocol", std::string(name(protocol))}};
}

}  // namespace sockwatch::test
