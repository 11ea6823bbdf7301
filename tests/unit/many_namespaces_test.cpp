// What a host with many full network namespaces shows, whatever their names: never more than the
// limits.
#include <gtest/gtest.h>

#include "metrics/render.h"
#include "snapshot/aggregate.h"
#include "snapshot/merge_listeners.h"
#include "snapshot/row_limit.h"
#include "support/text.h"
#include "unit/listener_samples.h"
#include "unit/protocol_samples.h"

namespace sockwatch {
namespace {

constexpr std::uint16_t kNamespaces = 100;
constexpr std::uint16_t kPorts = 200;
constexpr std::uint16_t kProcesses = 100;
constexpr std::uint16_t kListeners = 50;
constexpr std::size_t kMaxTotalSeries = 2000;
constexpr std::size_t kLongestBody = 512 * 1024;

/// The longest label there is that ends like this.
std::string long_name(char kind, unsigned number) {
  const std::string digits = std::to_string(number);
  return label_name(std::string(64 - digits.size(), kind) + digits);
}

State state_of(Protocol protocol, unsigned number) {
  if (protocol == Protocol::udp) return number % 2 == 0 ? State::unconnected : State::connected;
  return static_cast<State>(number % 11);
}

std::vector<CellOwner> owners_in(NamespaceIndex netns) {
  std::vector<CellOwner> owners;
  for (std::uint16_t i = 0; i < kProcesses; ++i) {
    const unsigned number = netns * 1000U + i;
    owners.push_back({std::nullopt, long_name('p', number), long_name('u', number)});
  }
  return owners;
}

ProtocolSample sockets_in(NamespaceIndex netns, Protocol protocol) {
  test::Sample sample(protocol);
  const std::vector<CellOwner> owners = owners_in(netns);
  for (std::uint16_t i = 0; i < kPorts; ++i) {
    const ServicePort port(static_cast<std::uint16_t>(1 + i * 7 + netns));
    const auto direction = static_cast<Direction>(i % 3);
    const CellKey key = test::cell(protocol, direction, port);
    for (unsigned j = 0; j <= i % 4U; ++j) {
      sample.add(key, owners[i % kProcesses], state_of(protocol, i + j));
    }
    const CellOwner none{static_cast<Cause>(i % kCauses), "", ""};
    sample.add(key, none, state_of(protocol, i));
  }
  ProtocolSample made = sample.finish(netns);
  made.receive_queued = 10;
  made.send_queued = 20;
  return made;
}

ListenerSample listeners_in(unsigned number) {
  ListenerSample sample;
  for (std::uint16_t i = 0; i < kListeners; ++i) {
    ListenerKey key = test::listener_key(
        i % 2 == 0 ? Protocol::tcp : Protocol::udp, "fd00:1111:2222:3333:4444:5555:6666:7777",
        static_cast<std::uint16_t>(10'000 + i), {long_name('p', number), long_name('u', number)});
    key.identity.interface = "ethernet-012345";
    const auto exposure = static_cast<Exposure>(i % kExposureNames.size());
    sample.listeners.push_back({key, exposure, false, long_name('n', number), 1});
    ListenerGroup group;
    group.key = key;
    group.exposure = exposure;
    group.accept_queue_limit = 128;
    group.drops_total = 1;
    sample.groups.push_back(group);
  }
  return sample;
}

FamilySample unix_in(NamespaceIndex netns) {
  return {{}, UnixCounts{{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}}, netns};
}

FamilySample packets_in(NamespaceIndex netns) {
  std::vector<PacketRow> rows;
  for (unsigned i = 0; i < 20; ++i) {
    const PacketKey key{0,      PacketKind::packet, long_name('p', i), long_name('u', i), "0x0003",
                        "false"};
    rows.push_back({key, {1}});
  }
  return {{}, rows, netns};
}

/// A host and what it shows.
class Host {
 public:
  Host() {
    for (NamespaceIndex netns = 0; netns < kNamespaces; ++netns) {
      const auto index = netns == 0 ? netns : static_cast<NamespaceIndex>(netns + 1);
      if (netns > 0) names_.push_back(long_name('s', netns));
      for (const Protocol protocol : kProtocols) samples_.push_back(sockets_in(index, protocol));
      families_.push_back(unix_in(index));
      families_.push_back(packets_in(index));
      listeners_.push_back(listeners_in(netns));
      indices_.push_back(index);
    }
    report_ = report();
  }

  const Report& shown() const { return report_; }

  double sockets(bool of_host) const {
    std::uint64_t sum = 0;
    for (const ProtocolSample& sample : samples_) {
      if ((sample.netns == kOwnNamespace) != of_host) continue;
      for (const auto& [key, counts] : sample.table.cells) sum += total(counts);
    }
    return static_cast<double>(sum);
  }

 private:
  Report report() {
    const std::size_t rows = row_limit(200, kMaxTotalSeries, true);
    const auto path = [](std::uint64_t) { return std::string(); };
    Report report;
    auto snapshot =
        std::make_shared<Snapshot>(aggregator_.aggregate(pointers(samples_), names_, path, rows));
    aggregator_.add_families(*snapshot, pointers(families_), rows);
    report.sockets = snapshot;
    auto copies = listeners_;
    report.listeners = std::make_shared<LimitedListeners>(
        limit_listeners(merged(std::move(copies), indices_, names_), rows));
    return report;
  }

  template <typename T>
  static std::vector<const T*> pointers(const std::vector<T>& list) {
    std::vector<const T*> result;
    for (const T& one : list) result.push_back(&one);
    return result;
  }

  std::vector<std::string> names_ = kFirstNamespaces;
  std::vector<ProtocolSample> samples_;
  std::vector<FamilySample> families_;
  std::vector<ListenerSample> listeners_;
  std::vector<NamespaceIndex> indices_;
  Aggregator aggregator_;
  Report report_;
};

/// Made once: it takes a while.
const Host& host() {
  static const Host host;
  return host;
}

TEST(ManyNamespaces, FullOfEverythingKeepToAllLimits) {
  const LiveCounters live;
  const std::string text = metrics::to_text(metrics::to_families(host().shown(), live));
  const std::size_t series = test::series_in(text);
  EXPECT_LE(series, kMaxTotalSeries);
  EXPECT_GT(series, kMaxTotalSeries / 2) << "shows much less than it may";
  EXPECT_LE(text.size(), kLongestBody);
  std::printf("%u namespaces: %zu series, body %zu bytes\n", kNamespaces, series, text.size());
}

TEST(ManyNamespaces, AreCountedExactlyForTheHostAndForAllOthersTogether) {
  const LiveCounters live;
  const test::Exposition rows(metrics::to_families(host().shown(), live));
  for (const bool of_host : {true, false}) {
    const auto sum = [&](const char* metric) {
      const double hosts = rows.sum(metric, {{"netns", "host"}});
      return of_host ? hosts : rows.sum(metric) - hosts;
    };
    const double sockets = host().sockets(of_host);
    EXPECT_EQ(sum("sockwatch_sockets"), sockets);
    EXPECT_EQ(sum("sockwatch_port_sockets"), sockets);
    EXPECT_EQ(sum("sockwatch_unit_sockets"), sockets);
    EXPECT_EQ(sum("sockwatch_process_sockets") + sum("sockwatch_unowned_sockets"), sockets);
    EXPECT_EQ(sum("sockwatch_unix_sockets"), of_host ? 45 : 45 * (kNamespaces - 1));
    EXPECT_EQ(sum("sockwatch_listener_sockets"),
              of_host ? kListeners : kListeners * (kNamespaces - 1));
  }
}

}  // namespace
}  // namespace sockwatch
