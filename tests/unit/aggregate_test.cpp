#include "snapshot/aggregate.h"

#include <gtest/gtest.h>

#include <random>

#include "metrics/render.h"
#include "support/exposition.h"

namespace sockwatch {
namespace {

using test::Exposition;
using test::Labels;

constexpr std::uint64_t kWebCgroup = 11;
constexpr std::uint64_t kRootCgroup = 1;

std::string path_of(std::uint64_t cgroup) {
  if (cgroup == kWebCgroup) return "/system.slice/web.service";
  if (cgroup == kRootCgroup) return "/";
  return cgroup == 0 ? "" : "/system.slice/unit" + std::to_string(cgroup) + ".service";
}

CellKey cell(Protocol protocol, Direction direction, ServicePort port, std::uint64_t cgroup) {
  CellKey key;
  key.protocol = protocol;
  key.direction = direction;
  key.port = port;
  key.cgroup_id = cgroup;
  return key;
}

/// One protocol's sockets, added one by one.
class Sample {
 public:
  explicit Sample(Protocol protocol, std::size_t max_cells = 65536)
      : protocol_(protocol), fold_(protocol, max_cells) {}

  Sample& add(CellKey key, const CellOwner& owner, State state) {
    key.protocol = protocol_;
    key.owner = fold_.cells().owner(owner);
    fold_.cells().add(key, state);
    return *this;
  }
  ProtocolSample finish() { return fold_.finish({}); }

 private:
  Protocol protocol_;
  Fold fold_;
};

Exposition exported(const Snapshot& snapshot) {
  Report report;
  report.sockets = std::make_shared<Snapshot>(snapshot);
  const LiveCounters live;
  return Exposition(metrics::to_families(report, live));
}

const CellOwner kNginx{std::nullopt, "nginx", "web.service"};

TEST(Aggregate, SumsEachMetricFromTheSameCells) {
  const CellKey web = cell(Protocol::tcp, Direction::inbound, ServicePort(80), kWebCgroup);
  const ProtocolSample tcp = Sample(Protocol::tcp)
                                 .add(web, kNginx, State::listen)
                                 .add(web, kNginx, State::established)
                                 .add(web, {Cause::time_wait, "", ""}, State::time_wait)
                                 .finish();
  const Snapshot snapshot = Aggregator().aggregate({&tcp}, path_of, 100);
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
  const auto rows = exported(Aggregator().aggregate({&tcp}, path_of, 100));
  EXPECT_EQ(rows.sum("sockwatch_unit_sockets", {{"unit", "web.service"}}), 2);
  EXPECT_EQ(rows.sum("sockwatch_unit_sockets", {{"unit", ""}}), 1);
}

TEST(Aggregate, KeepsTheOwnersOfProtocolsApart) {
  const CellKey socket = cell(Protocol::tcp, Direction::none, ServicePort::none(), 0);
  const ProtocolSample tcp =
      Sample(Protocol::tcp).add(socket, {std::nullopt, "a", "a.scope"}, State::listen).finish();
  const ProtocolSample udp =
      Sample(Protocol::udp).add(socket, {std::nullopt, "b", "b.scope"}, State::connected).finish();
  const auto rows = exported(Aggregator().aggregate({&tcp, &udp}, path_of, 100));
  EXPECT_EQ(rows.value("sockwatch_unit_sockets", {{"protocol", "tcp"}, {"unit", "a.scope"}}), 1);
  EXPECT_EQ(rows.value("sockwatch_unit_sockets", {{"protocol", "udp"}, {"unit", "b.scope"}}), 1);
  EXPECT_EQ(rows.select("sockwatch_unit_sockets").size(), 2U);
}

TEST(Aggregate, ShowsNothingOfAProtocolWithoutASample) {
  const ProtocolSample udp = Sample(Protocol::udp).finish();
  const auto rows = exported(Aggregator().aggregate({&udp}, path_of, 100));
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
  const Snapshot snapshot = Aggregator().aggregate({&tcp}, path_of, 40);
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
  const Snapshot snapshot = Aggregator().aggregate({&samples[0], &samples[1]}, path_of, 100);
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
  const Snapshot snapshot = Aggregator().aggregate({&tcp}, path_of, 100);
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
    const Snapshot snapshot = aggregator.aggregate({&tcp, &udp}, path_of, limit);
    const auto rows = exported(snapshot);
    expect_identity(rows, Protocol::tcp, size);
    expect_identity(rows, Protocol::udp, size / 2);
    for (const char* metric :
         {"sockwatch_port_sockets", "sockwatch_process_sockets", "sockwatch_unit_sockets"}) {
      EXPECT_LE(rows.select(metric).size(), limit) << metric;
    }
  }
}

}  // namespace
}  // namespace sockwatch
