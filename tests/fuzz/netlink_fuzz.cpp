// Reply datagrams of the kernel: the whole conversation, decoding and fold. The first byte chooses
// what is asked; the rest is what bytes_channel.h makes datagrams of.
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/unix_diag.h>

#include <numeric>

#include "app/netlink_source.h"
#include "app/protocol_pass.h"
#include "fuzz/bytes_channel.h"
#include "fuzz/netlink_mutator.h"
#include "fuzz/require.h"
#include "sockets/exposure.h"
#include "support/memory_directory.h"

namespace {

using namespace sockwatch;

enum class Question { tcp, udp, tcp_servers_first, udp_servers_first, interfaces, unix, packet };
constexpr std::size_t kQuestions = 7;

Question question_of(std::uint8_t first_byte) {
  return static_cast<Question>(first_byte % kQuestions);
}

constexpr SocketKey kOfProcess{1, 11};
constexpr SocketKey kOfNobody{2, 12};

std::shared_ptr<const kernel::Directory> machine() {
  test::MemoryDirectory proc;
  proc.write("1/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n");
  proc.make_directory("1/root/sys/fs/cgroup/system.slice/server.service");
  proc.write("2/stat", "2 (server) S 1 2 2 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5000 0 0 0\n");
  proc.write("2/cgroup", "0::/system.slice/server.service\n");
  proc.link("2/exe", "/usr/bin/server");
  proc.link("2/fd/3", "socket:[" + std::to_string(kOfProcess.inode) + "]");
  return proc.open();
}

/// What lasts from one execution to the next, made once. No execution leaves more behind than the
/// next one clears.
struct Fixture {
  std::shared_ptr<const kernel::Directory> proc = machine();
  Owners owners{proc};
  ListenerIndex listeners;
  Surroundings surroundings;

  Fixture() {
    owners.search({{kOfProcess, false, 0, 0}, {kOfNobody, false, 0, 0}}, [] { return false; }, {});
  }

  void begin_sample() {
    owners.begin_sample();
    listeners.begin_sample();
    for (const Protocol protocol : kProtocols) listeners.end_sample(protocol);
  }
};

std::uint64_t counted(const CellTable& table) {
  return std::accumulate(
      table.cells.begin(), table.cells.end(), std::uint64_t{0},
      [](std::uint64_t sum, const auto& cell) { return sum + total(cell.second); });
}

void sample(Fixture& fixture, NetlinkSource& source, Protocol protocol, bool servers_first) {
  fixture.begin_sample();
  Cgroups cgroups(fixture.proc);
  ProtocolPass pass(protocol, 1024,
                    {fixture.owners, fixture.listeners, cgroups, fixture.surroundings, {}});
  std::vector<SocketRecord> late;
  std::uint64_t read = 0;
  const auto add_servers = [&](std::span<const SocketRecord> records) {
    read += records.size();
    for (const SocketRecord& record : records) {
      if (!pass.first_sight(record)) continue;
      fixture.listeners.add(record);
      pass.add(record, true);
      (void)exposure_of(record, fixture.surroundings.interfaces);
    }
  };
  const auto add_all = [&](std::span<const SocketRecord> records) {
    read += records.size();
    pass.add_all(records, late);
  };
  if (!servers_first || source.dump_servers(protocol, add_servers)) {
    (void)source.dump_all(protocol, add_all);
  }
  fuzz::require(counted(pass.finish().table) <= read);
}

}  // namespace

std::size_t sockwatch::fuzz::payload_header(std::uint8_t question, std::uint16_t message_type) {
  switch (question_of(question)) {
    case Question::interfaces:
      return message_type == RTM_NEWADDR ? sizeof(ifaddrmsg) : sizeof(ifinfomsg);
    case Question::unix:
      return sizeof(unix_diag_msg);
    case Question::packet:
      return sizeof(packet_diag_msg);
    default:
      return sizeof(inet_diag_msg);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Fixture fixture;
  if (size == 0) return 0;
  const Bytes input = std::as_bytes(std::span(data + 1, size - 1));
  NetlinkSource source([input](int) -> Result<std::unique_ptr<kernel::Channel>> {
    return std::make_unique<fuzz::BytesChannel>(input);
  });
  switch (question_of(data[0])) {
    case Question::tcp:
      sample(fixture, source, Protocol::tcp, false);
      break;
    case Question::udp:
      sample(fixture, source, Protocol::udp, false);
      break;
    case Question::tcp_servers_first:
      sample(fixture, source, Protocol::tcp, true);
      break;
    case Question::udp_servers_first:
      sample(fixture, source, Protocol::udp, true);
      break;
    case Question::interfaces:
      (void)source.interfaces();
      break;
    case Question::unix:
      (void)source.dump_unix([](std::span<const UnixSocket>) {});
      break;
    case Question::packet:
      (void)source.dump_packet([](std::span<const PacketSocket>) {});
      break;
  }
  return 0;
}
