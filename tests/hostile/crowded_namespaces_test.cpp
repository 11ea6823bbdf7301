// More names and ports than can be shown, in the host and in other network namespaces, which come
// and go: limits hold, sums stay exact, and what is shown does not take turns.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "hostile/scale.h"
#include "snapshot/aggregate.h"
#include "snapshot/row_limit.h"
#include "unit/protocol_samples.h"

namespace sockwatch::test {
namespace {

constexpr std::size_t kMaxTotalSeries = 2000;
constexpr std::size_t kLongestBody = 512 * 1024;
constexpr std::size_t kNamespaces = 20;  // beside the host's

struct Process {
  std::string name;
  std::size_t home = 0;  // 0: the host, others from 1
  std::uint16_t port = 0;
  std::uint32_t sockets = 1;
};

class CrowdedNamespaces : public testing::Test {
 protected:
  CrowdedNamespaces() {
    const int count = scaled(4'000, 100'000);
    for (int number = 0; number < count; ++number) {
      const auto n = static_cast<std::size_t>(number);
      const std::size_t home = n % 3 == 0 ? 0 : 1 + n % kNamespaces;
      const auto port = static_cast<std::uint16_t>(1 + number % (count * 6 / 10));
      processes_.push_back({"n" + std::to_string(number), home, port,
                            1 + static_cast<std::uint32_t>(random_() % 5)});
    }
    for (std::size_t home = 1; home <= kNamespaces; ++home) alive_.push_back(home);
  }

  void change() {
    for (std::size_t i = 0; i < processes_.size() / 10; ++i) {
      Process& process = processes_[random_() % processes_.size()];
      if (random_() % 2 == 0) ++process.sockets;
      if (process.sockets > 1 && random_() % 2 == 0) --process.sockets;
    }
  }

  void end_namespace(std::size_t home) { std::erase(alive_, home); }
  bool is_alive(std::size_t home) const {
    return home == 0 || std::ranges::find(alive_, home) != alive_.end();
  }
  static std::string label(std::size_t home) {
    return home == 0 ? "host" : "ns-" + std::to_string(home);
  }

  /// A sample, in which every promise holds that this file is about.
  Exposition sample() {
    const Report report = aggregate();
    const LiveCounters live;
    const std::string text = metrics::to_text(metrics::to_families(report, live));
    EXPECT_LE(series_in(text), kMaxTotalSeries);
    EXPECT_LE(text.size(), kLongestBody);
    const Exposition seen(metrics::to_families(report, live));
    expect_identity(seen);
    return seen;
  }

 private:
  Report aggregate() {
    std::vector<std::string> names = kFirstNamespaces;
    std::vector<ProtocolSample> samples{sample_of(0, kOwnNamespace)};
    for (const std::size_t home : alive_) {
      const auto index = static_cast<NamespaceIndex>(names.size());
      samples.push_back(sample_of(home, index));
      names.push_back(label(home));
    }
    std::vector<const ProtocolSample*> pointers;
    for (const ProtocolSample& sample : samples) pointers.push_back(&sample);
    const std::size_t rows = row_limit(200, kMaxTotalSeries, true);
    const auto path = [](std::uint64_t) { return std::string(); };
    auto snapshot = std::make_shared<Snapshot>(aggregator_.aggregate(pointers, names, path, rows));
    aggregator_.add_families(*snapshot, {}, rows);
    EXPECT_GT(snapshot->cells_folded, 0U)
        << "the host is to have more cells than there is room for";
    Report report;
    report.sockets = snapshot;
    return report;
  }

  ProtocolSample sample_of(std::size_t home, NamespaceIndex netns) {
    const auto max_cells = static_cast<std::size_t>(scaled(1'024, 16'384));
    Sample sample(Protocol::tcp, max_cells);
    for (const Process& process : processes_) {
      if (process.home != home) continue;
      const CellKey key = cell(Protocol::tcp, Direction::inbound, ServicePort(process.port));
      for (std::uint32_t i = 0; i < process.sockets; ++i) {
        sample.add(key, {std::nullopt, process.name, process.name}, State::established);
      }
    }
    ProtocolSample made = sample.finish(netns);
    EXPECT_LE(made.table.cells.size(), max_cells);
    return made;
  }

  void expect_identity(const Exposition& seen) const {
    double host = 0;
    double all = 0;
    for (const Process& process : processes_) {
      if (process.home == 0) host += process.sockets;
      if (is_alive(process.home)) all += process.sockets;
    }
    for (const char* metric : {"sockwatch_sockets", "sockwatch_port_sockets",
                               "sockwatch_process_sockets", "sockwatch_unit_sockets"}) {
      EXPECT_EQ(seen.sum(metric, {{"netns", "host"}}), host) << metric;
      EXPECT_EQ(seen.sum(metric), all) << metric;
    }
    for (const std::size_t home : alive_) {
      double sockets = 0;
      for (const Process& process : processes_) {
        if (process.home == home) sockets += process.sockets;
      }
      EXPECT_EQ(seen.sum("sockwatch_sockets", {{"netns", label(home)}}), sockets);
    }
  }

  std::mt19937 random_{1};
  std::vector<Process> processes_;
  std::vector<std::size_t> alive_;
  Aggregator aggregator_;
};

TEST_F(CrowdedNamespaces, KeepEveryLimitAndEverySumAndTakeNoTurns) {
  using Shown = std::pair<std::string, std::string>;
  std::map<Shown, int> since;
  const std::size_t ended = 2;
  for (int round = 0; round < scaled(24, 40); ++round) {
    if (round == 5) end_namespace(ended);
    const Exposition seen = sample();
    std::set<Shown> now;
    for (const Series& row : seen.select("sockwatch_process_sockets")) {
      if (row.labels.at("process") == "other") continue;
      now.emplace(row.labels.at("netns"), row.labels.at("process"));
    }
    EXPECT_GT(now.size(), 50U);
    std::erase_if(since, [&](const auto& entry) {
      if (now.contains(entry.first)) return false;
      const bool is_gone = entry.first.first == label(ended) && !is_alive(ended);
      EXPECT_TRUE(is_gone || round - entry.second >= 10) << entry.first.second;
      return true;
    });
    for (const Shown& one : now) since.try_emplace(one, round);
    change();
  }
}

}  // namespace
}  // namespace sockwatch::test
