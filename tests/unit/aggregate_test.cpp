#include "snapshot/aggregate.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "unit/protocol_samples.h"

namespace sockwatch {
namespace {

using test::cell;
using test::exported;
using test::Exposition;
using test::Labels;
using test::Sample;

constexpr std::uint64_t kWebCgroup = 11;
constexpr std::uint64_t kRootCgroup = 1;

std::string path_of(std::uint64_t cgroup) {
  if (cgroup == kWebCgroup) return "/system.slice/web.service";
  if (cgroup == kRootCgroup) return "/";
  return cgroup == 0 ? "" : "/system.slice/unit" + std::to_string(cgroup) + ".service";
}

const CellOwner kNginx{std::nullopt, "nginx", "web.service"};

TEST(Aggregate, SumsEachMetricFromTheSameCells) {
  const CellKey web = cell(Protocol::tcp, Direction::inbound, ServicePort(80), kWebCgroup);
  const ProtocolSample tcp = Sample(Protocol::tcp)
                                 .add(web, kNginx, State::listen)
                                 .add(web, kNginx, State::established)
                                 .add(web, {Cause::time_wait, "", ""}, State::time_wait)
                                 .finish();
  const Snapshot snapshot = Aggregator().aggregate({&tcp}, kFirstNamespaces, path_of, 100);
  ASSERT_EQ(snapshot.totals.size(), 1U);
  ASSERT_EQ(snapshot.ports.size(), 1U);
  EXPECT_EQ(snapshot.ports[0].total(), 3U);
  ASSERT_EQ(snapshot.processes.size(), 1U);
  EXPECT_EQ(snapshot.processes[0].key, (ProcessKey{0, "nginx", "web.service"}));
  EXPECT_EQ(snapshot.processes[0].total(), 2U);
  ASSERT_EQ(snapshot.units.size(), 1U);
  EXPECT_EQ(snapshot.units[0].total(), 3U);
  const auto& unowned = snapshot.totals[0].unowned;
  EXPECT_EQ(unowned[static_cast<std::size_t>(Cause::time_wait)], 1U);
}

TEST(Aggregate, TakesTheUnitOfTheOwnerWhereTheCgroupSaysNothing) {
  const ServicePort port(80);
  const ProtocolSample tcp =
      Sample(Protocol::tcp)
          .add(cell(Protocol::tcp, Direction::inbound, port, kRootCgroup), kNginx, State::listen)
          .add(cell(Protocol::tcp, Direction::inbound, port, 0),
               {Cause::unaccepted, "", "web.service"}, State::established)
          .add(cell(Protocol::tcp, Direction::none, ServicePort::none(), 0),
               {Cause::time_wait, "", ""}, State::time_wait)
          .finish();
  const auto rows = exported(Aggregator().aggregate({&tcp}, kFirstNamespaces, path_of, 100));
  EXPECT_EQ(rows.sum("sockwatch_unit_sockets", {{"unit", "web.service"}}), 2);
  EXPECT_EQ(rows.sum("sockwatch_unit_sockets", {{"unit", ""}}), 1);
}

TEST(Aggregate, KeepsTheOwnersOfProtocolsApart) {
  const CellKey socket = cell(Protocol::tcp, Direction::none, ServicePort::none(), 0);
  const ProtocolSample tcp =
      Sample(Protocol::tcp).add(socket, {std::nullopt, "a", "a.scope"}, State::listen).finish();
  const ProtocolSample udp =
      Sample(Protocol::udp).add(socket, {std::nullopt, "b", "b.scope"}, State::connected).finish();
  const auto rows = exported(Aggregator().aggregate({&tcp, &udp}, kFirstNamespaces, path_of, 100));
  EXPECT_EQ(rows.value("sockwatch_unit_sockets", {{"protocol", "tcp"}, {"unit", "a.scope"}}), 1);
  EXPECT_EQ(rows.value("sockwatch_unit_sockets", {{"protocol", "udp"}, {"unit", "b.scope"}}), 1);
  EXPECT_EQ(rows.select("sockwatch_unit_sockets").size(), 2U);
}

TEST(Aggregate, ShowsNothingOfAProtocolWithoutASample) {
  const ProtocolSample udp = Sample(Protocol::udp).finish();
  const auto rows = exported(Aggregator().aggregate({&udp}, kFirstNamespaces, path_of, 100));
  EXPECT_TRUE(rows.select("sockwatch_sockets", {{"protocol", "tcp"}}).empty());
  EXPECT_FALSE(rows.select("sockwatch_sockets", {{"protocol", "udp"}}).empty());
}

TEST(Aggregate, SaysWhatItFolded) {
  Sample sample(Protocol::tcp);
  for (std::uint16_t port = 1; port <= 50; ++port) {
    const CellKey key = cell(Protocol::tcp, Direction::outbound, ServicePort(port), port);
    sample.add(key, {std::nullopt, "p" + std::to_string(port), "u"}, State::established);
  }
  const ProtocolSample tcp = sample.finish();
  const Snapshot snapshot = Aggregator().aggregate({&tcp}, kFirstNamespaces, path_of, 40);
  EXPECT_EQ(snapshot.port_series_folded, 11U);
  EXPECT_EQ(snapshot.process_series_folded, 11U);
  EXPECT_EQ(snapshot.unit_series_folded, 11U);
  EXPECT_EQ(snapshot.cells_folded, 0U);
}

TEST(Aggregate, SaysHowManySocketsTheCellsOfAllProtocolsFolded) {
  Sample tcp(Protocol::tcp, 1024);
  Sample udp(Protocol::udp, 1024);
  for (std::uint16_t port = 1; port <= 3000; ++port) {
    const CellKey key = cell(Protocol::tcp, Direction::outbound, ServicePort(port), 0);
    tcp.add(key, kNginx, State::established);
    udp.add(key, kNginx, State::connected);
  }
  const ProtocolSample samples[] = {tcp.finish(), udp.finish()};
  const Snapshot snapshot =
      Aggregator().aggregate({&samples[0], &samples[1]}, kFirstNamespaces, path_of, 100);
  EXPECT_GT(samples[0].table.folded, 1000U);
  EXPECT_EQ(snapshot.cells_folded, samples[0].table.folded + samples[1].table.folded);
}

TEST(Aggregate, AddsQueuesButNotThoseOfListenersAndInactiveSockets) {
  Fold fold(Protocol::tcp, 100);
  fold.add_queues(State::established, 10, 200);
  fold.add_queues(State::close_wait, 1, 2);
  fold.add_queues(State::listen, 128, 4096);
  fold.add_queues(State::bound_inactive, 7, 7);
  const ProtocolSample tcp = fold.finish({});
  const Snapshot snapshot = Aggregator().aggregate({&tcp}, kFirstNamespaces, path_of, 100);
  EXPECT_EQ(snapshot.totals[0].receive_queued, 11U);
  EXPECT_EQ(snapshot.totals[0].send_queued, 202U);
}

class RandomSample {
 public:
  explicit RandomSample(unsigned seed) : random_(seed) {}

  ProtocolSample make(Protocol protocol, std::size_t size) {
    Sample sample(protocol, 1024);
    for (std::size_t i = 0; i < size; ++i) {
      CellKey key =
          cell(protocol, static_cast<Direction>(random_() % 3), random_port(), random_() % 200);
      key.family = static_cast<Family>(random_() % 2);
      sample.add(key, random_owner(), random_state(protocol));
    }
    return sample.finish();
  }

 private:
  ServicePort random_port() {
    const auto port = static_cast<std::uint16_t>(random_() % 3000);
    if (port == 0) return ServicePort::none();
    return port < 100 ? ServicePort::ephemeral() : ServicePort(port);
  }
  CellOwner random_owner() {
    if (random_() % 3 == 0) return {static_cast<Cause>(random_() % kCauses), "", ""};
    return {std::nullopt, "p" + std::to_string(random_() % 300),
            "u" + std::to_string(random_() % 9)};
  }
  State random_state(Protocol protocol) {
    while (true) {
      const auto state = static_cast<State>(random_() % kStates);
      if (is_state_of(protocol, state)) return state;
    }
  }

  std::mt19937_64 random_;
};

void expect_identity(const Exposition& rows, Protocol protocol, std::size_t sockets) {
  const Labels of{{"netns", "host"}, {"protocol", std::string(name(protocol))}};
  const auto all = static_cast<double>(sockets);
  EXPECT_EQ(rows.sum("sockwatch_sockets", of), all);
  EXPECT_EQ(rows.sum("sockwatch_unit_sockets", of), all);
  EXPECT_EQ(rows.sum("sockwatch_port_sockets", of), all);
  EXPECT_EQ(rows.sum("sockwatch_process_sockets", of) + rows.sum("sockwatch_unowned_sockets", of),
            all);
}

TEST(Aggregate, KeepsTheIdentityOfAllSumsWithinEveryLimit) {
  Aggregator aggregator;
  for (unsigned round = 0; round < 15; ++round) {
    RandomSample random(round);
    const std::size_t size = 250 * round;
    const ProtocolSample tcp = random.make(Protocol::tcp, size);
    const ProtocolSample udp = random.make(Protocol::udp, size / 2);
    const std::size_t limit = 40 + round * 40;
    const Snapshot snapshot = aggregator.aggregate({&tcp, &udp}, kFirstNamespaces, path_of, limit);
    const auto rows = exported(snapshot);
    expect_identity(rows, Protocol::tcp, size);
    expect_identity(rows, Protocol::udp, size / 2);
    for (const char* metric :
         {"sockwatch_port_sockets", "sockwatch_process_sockets", "sockwatch_unit_sockets"}) {
      EXPECT_LE(rows.select(metric).size(), limit) << metric;
    }
  }
}

const std::vector<std::string> kNames = {"host", "other", "blue", "green"};
constexpr NamespaceIndex kBlue = 2;
constexpr NamespaceIndex kGreen = 3;

/// `sockets` of one process in this namespace, on one port.
ProtocolSample sample_of(NamespaceIndex netns, const std::string& process, std::uint16_t port,
                         int sockets) {
  Sample sample(Protocol::tcp);
  const CellKey key = cell(Protocol::tcp, Direction::inbound, ServicePort(port), kRootCgroup);
  for (int i = 0; i < sockets; ++i) {
    sample.add(key, {std::nullopt, process, process + ".service"}, State::established);
  }
  return sample.finish(netns);
}

TEST(Aggregate, KeepsNamespacesApart) {
  const ProtocolSample samples[] = {sample_of(kOwnNamespace, "nginx", 80, 1),
                                    sample_of(kBlue, "nginx", 80, 2),
                                    sample_of(kGreen, "nginx", 80, 4)};
  const auto rows = exported(
      Aggregator().aggregate({&samples[0], &samples[1], &samples[2]}, kNames, path_of, 100));
  for (const char* metric : {"sockwatch_sockets", "sockwatch_port_sockets",
                             "sockwatch_process_sockets", "sockwatch_unit_sockets"}) {
    EXPECT_EQ(rows.sum(metric, {{"netns", "host"}}), 1) << metric;
    EXPECT_EQ(rows.sum(metric, {{"netns", "blue"}}), 2) << metric;
    EXPECT_EQ(rows.sum(metric, {{"netns", "green"}}), 4) << metric;
  }
}

TEST(Aggregate, SumsNamespacesWithoutANameOfTheirOwn) {
  const ProtocolSample samples[] = {sample_of(kOtherNamespace, "nginx", 80, 1),
                                    sample_of(kOtherNamespace, "nginx", 80, 2),
                                    sample_of(kOtherNamespace, "redis", 6379, 4)};
  const auto rows = exported(Aggregator().aggregate({&samples[0], &samples[1], &samples[2]},
                                                    kFirstNamespaces, path_of, 100));
  EXPECT_EQ(rows.value("sockwatch_sockets", {{"netns", "other"}}), 7);
  EXPECT_EQ(rows.value("sockwatch_process_sockets", {{"process", "nginx"}}), 3);
  EXPECT_EQ(rows.value("sockwatch_port_sockets", {{"port", "6379"}}), 4);
}

TEST(Aggregate, FoldsTheHostIntoItselfAndAllOthersIntoOne) {
  std::vector<ProtocolSample> samples;
  for (std::uint16_t i = 1; i <= 30; ++i) {
    for (const NamespaceIndex netns : {kOwnNamespace, kBlue, kGreen}) {
      samples.push_back(sample_of(netns, "p" + std::to_string(i), i, 1));
    }
  }
  std::vector<const ProtocolSample*> all;
  for (const ProtocolSample& sample : samples) all.push_back(&sample);
  const auto rows = exported(Aggregator().aggregate(all, kNames, path_of, 20));
  for (const char* metric :
       {"sockwatch_port_sockets", "sockwatch_process_sockets", "sockwatch_unit_sockets"}) {
    EXPECT_LE(rows.select(metric).size(), 20U) << metric;
    EXPECT_EQ(rows.sum(metric, {{"netns", "host"}}), 30) << metric;
    EXPECT_EQ(rows.sum(metric), 90) << metric;
  }
  const Labels rest{{"process", "other"}, {"unit", "other"}};
  EXPECT_EQ(rows.select("sockwatch_process_sockets", rest).size(), 2U);
  EXPECT_GT(rows.sum("sockwatch_process_sockets", {{"netns", "other"}, {"process", "other"}}), 30);
}

std::set<std::string> shown_in(const Exposition& rows, const std::string& netns) {
  std::set<std::string> names;
  for (const auto& row : rows.select("sockwatch_process_sockets", {{"netns", netns}})) {
    names.insert(row.labels.at("process"));
  }
  return names;
}

TEST(Aggregate, HoldsWhatIsShownByTheNameOfItsNamespace) {
  Aggregator aggregator;
  const ProtocolSample large = sample_of(kGreen, "held", 80, 9);
  const ProtocolSample small = sample_of(kBlue, "small", 80, 2);
  aggregator.aggregate({&large, &small}, kNames, path_of, 2);
  // blue is gone, green has its index, and another one has that of green.
  const std::vector<std::string> names = {"host", "other", "green", "red"};
  const ProtocolSample held = sample_of(2, "held", 80, 2);
  const ProtocolSample larger = sample_of(3, "larger", 80, 5);
  const ProtocolSample least = sample_of(3, "least", 80, 1);
  const auto rows = exported(aggregator.aggregate({&held, &larger, &least}, names, path_of, 2));
  EXPECT_EQ(shown_in(rows, "green"), std::set<std::string>{"held"});
  EXPECT_EQ(shown_in(rows, "other"), std::set<std::string>{"other"});
}

FamilySample packets_in(NamespaceIndex netns, const std::string& process) {
  const PacketKey key{0, PacketKind::packet, process, "", "0x0003", "false"};
  return {{}, std::vector<PacketRow>{{key, {1}}}, netns};
}

TEST(Aggregate, AddsFamiliesPerNamespace) {
  const FamilySample samples[] = {{{}, UnixCounts{{{1, 0, 0}}}, kOwnNamespace},
                                  {{}, UnixCounts{{{2, 0, 0}}}, kBlue},
                                  {{}, UnixCounts{{{4, 0, 0}}}, kOtherNamespace},
                                  {{}, UnixCounts{{{8, 0, 0}}}, kOtherNamespace},
                                  packets_in(kBlue, "dhclient"),
                                  packets_in(kOtherNamespace, "tcpdump"),
                                  packets_in(kOtherNamespace, "tcpdump")};
  std::vector<const FamilySample*> all;
  for (const FamilySample& sample : samples) all.push_back(&sample);
  Aggregator aggregator;
  Snapshot snapshot = aggregator.aggregate({}, kNames, path_of, 100);
  aggregator.add_families(snapshot, all, 100);
  const auto rows = exported(snapshot);
  EXPECT_EQ(rows.value("sockwatch_unix_sockets", {{"netns", "host"}}), 1);
  EXPECT_EQ(rows.value("sockwatch_unix_sockets", {{"netns", "blue"}}), 2);
  EXPECT_EQ(rows.value("sockwatch_unix_sockets", {{"netns", "other"}}), 12);
  EXPECT_EQ(rows.value("sockwatch_packet_sockets", {{"netns", "blue"}}), 1);
  EXPECT_EQ(rows.value("sockwatch_packet_sockets", {{"netns", "other"}}), 2);
}

}  // namespace
}  // namespace sockwatch
