#include "bench/load.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "app/netlink_source.h"
#include "bench/load_process.h"

namespace sockwatch::test {
namespace {

constexpr int kMaxListening = 20000;  // fixed ports, below the ephemeral ones

void set_sysctl(const std::string& name, const std::string& value) {
  std::ofstream file("/proc/sys/net/ipv4/" + name);
  if (!(file << value << std::flush)) throw std::runtime_error("cannot set " + name);
}

/// All that are asked for stay, and no connection takes over the ports of one of them.
void keep_time_waits(const LoadMix& mix) {
  set_sysctl("tcp_tw_reuse", "0");
  set_sysctl("tcp_max_tw_buckets", std::to_string(2 * mix.time_wait));
}

void count(LoadMix& mix, const SocketRecord& record) {
  if (record.protocol == Protocol::udp) ++mix.udp;
  if (record.state == State::established) ++mix.established;
  if (record.state == State::listen) ++mix.listening;
  if (record.state == State::time_wait) ++mix.time_wait;
}

}  // namespace

std::string objection(const LoadMix& mix) {
  if (mix.established % 2 != 0) return "established sockets come in pairs: ask for an even number";
  if (mix.listening > kMaxListening) return "there are ports for 20000 listeners";
  const std::int64_t sockets = std::int64_t{mix.established} + mix.listening + mix.udp;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto room = static_cast<std::int64_t>(limit.rlim_max) - descriptors_of({});
  if (sockets > room * mix.processes) {
    return "a process may hold " + std::to_string(room) + " sockets: ask for at least " +
           std::to_string((sockets + room - 1) / room) + " processes";
  }
  return "";
}

LoadMix count_sockets() {
  NetlinkSource source(kernel::open_netlink);
  LoadMix found;
  for (const Protocol protocol : kProtocols) {
    const auto dumped = source.dump_all(protocol, [&](std::span<const SocketRecord> records) {
      for (const SocketRecord& record : records) count(found, record);
    });
    if (!dumped) throw std::runtime_error("dump: " + dumped.error().message);
  }
  return found;
}

Load::Load(const TestNamespace& netns, const LoadMix& mix) {
  if (const std::string why_not = objection(mix); !why_not.empty()) {
    throw std::runtime_error(why_not);
  }
  if (mix.time_wait > 0) netns.run([&] { keep_time_waits(mix); });
  for (int number = 0; number < mix.processes; ++number) {
    processes_.push_back(std::make_unique<TestProcess>(
        ProcessOptions{.name = "load" + std::to_string(number), .netns = &netns},
        [&mix, number](Child& me) { live_as_load(me, mix, number); }));
    // Two build at a time: one per processor helps, more get into each other's way.
    if (number > 0) processes_[static_cast<std::size_t>(number) - 1]->until("built");
  }
  processes_.back()->until("built");
}

}  // namespace sockwatch::test
