// More names and ports than can be shown: limits hold, sums stay exact, and nothing is remembered
// of what went.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "hostile/machine.h"
#include "hostile/scale.h"
#include "hostile/self.h"
#include "kernel/sampled.h"

namespace sockwatch::test {
namespace {

constexpr std::size_t kAllProcesses = 1 << 20;
constexpr std::size_t kLongestBody = 512 * 1024;

constexpr const char* kProcesses = "sockwatch_process_sockets";
constexpr const char* kLimited[] = {"sockwatch_port_sockets",
                                    "sockwatch_process_sockets",
                                    "sockwatch_unit_sockets",
                                    "sockwatch_packet_sockets",
                                    "sockwatch_listener_sockets",
                                    "sockwatch_listener_accept_queue",
                                    "sockwatch_listener_accept_queue_limit",
                                    "sockwatch_udp_receive_drops_total",
                                    "sockwatch_listener_accept_drops_total",
                                    "sockwatch_listener_first_seen_timestamp_seconds"};

class Crowd : public testing::Test {
 protected:
  void watch(const SamplerOptions& options = {}, std::size_t max_processes = kAllProcesses) {
    options_ = options;
    sampler_.emplace(options, Collector(machine_.system(), max_processes));
  }

  /// A sample, in which every promise holds that this file is about.
  Exposition sample() {
    Exposition seen = sampler_->sample();
    sampler_->forget_events();
    EXPECT_EQ(broken_identity(seen), "");
    EXPECT_EQ(seen.sum("sockwatch_sockets"), static_cast<double>(machine_.sockets()));
    for (const char* metric : kLimited) {
      EXPECT_LE(seen.select(metric).size(), options_.max_series) << metric;
    }
    const std::string text = sampler_->text();
    EXPECT_LE(series_in(text), options_.max_total_series);
    EXPECT_LE(text.size(), kLongestBody);
    longest_body_ = std::max(longest_body_, text.size());
    return seen;
  }

  /// A process with a name of its own that serves a port: odd numbers over TCP, even over UDP.
  pid_t serve(int number, int ports) {
    const pid_t pid = machine_.start({.comm = "n" + std::to_string(number)});
    const bool tcp = number % 2 == 1;
    const auto port = static_cast<std::uint16_t>(1 + number % ports);
    const auto state = static_cast<std::uint8_t>(tcp ? 10 : 7);
    machine_.open(
        pid, tcp ? Protocol::tcp : Protocol::udp,
        {.local = number % 3 == 0 ? "0.0.0.0" : "127.0.0.1", .port = port, .state = state});
    return pid;
  }

  /// A process with a name of its own and a connection to a port of its own.
  pid_t connect(int number) {
    const pid_t pid = machine_.start({.comm = "n" + std::to_string(number)});
    machine_.open(pid, Protocol::tcp,
                  {.local = "203.0.113.1",
                   .port = 50'000,
                   .remote = "198.51.100.7",
                   .remote_port = static_cast<std::uint16_t>(1 + number % 30'000)});
    return pid;
  }

  void add_sockets(pid_t pid, int number) {
    for (; number > 0; --number) {
      machine_.open(pid, Protocol::tcp, {.port = 1, .remote = "198.51.100.7"});
    }
    for (; number < 0; ++number) machine_.close_last(pid);
  }

  const TestSampler& sampler() const { return *sampler_; }
  std::size_t longest_body() const { return longest_body_; }
  Machine& machine() { return machine_; }

 private:
  Machine machine_;
  SamplerOptions options_;
  std::optional<TestSampler> sampler_;
  std::size_t longest_body_ = 0;
};

SamplerOptions rows(std::size_t max_series) {
  SamplerOptions options;
  options.max_series = max_series;
  return options;
}

/// Names in `metric` that stand for themselves.
std::set<std::string> shown(const Exposition& seen, const char* metric, const char* label) {
  std::set<std::string> names;
  for (const Series& series : seen.select(metric)) names.insert(series.labels.at(label));
  names.erase("other");
  return names;
}

TEST_F(Crowd, Of100000NamesAnd60000PortsKeepsEveryLimit) {
  const int names = scaled(4'000, 100'000);
  const int ports = names * 6 / 10;
  const int samples = scaled(5, 12);
  std::vector<pid_t> pids;
  for (int number = 0; number < names; ++number) {
    pids.push_back(number < ports ? serve(number, ports) : connect(number));
  }
  watch();
  for (int round = 0; round < samples; ++round) {
    const Exposition seen = sample();
    EXPECT_GT(seen.sum("sockwatch_series_folded", {{"metric", kProcesses}}), names / 2);
    EXPECT_GT(seen.sum("sockwatch_series_omitted", {{"metric", "sockwatch_listener_sockets"}}),
              ports / 2);
    for (int i = 0; i < names / 20; ++i) {
      pid_t& pid = pids[static_cast<std::size_t>(i * 20 + round)];
      machine().end(pid);
      pid = serve(names * (round + 1) + i, ports);
    }
  }
  std::printf("%d names, %d ports: body %zu bytes\n", names, ports, longest_body());
}

TEST_F(Crowd, BeyondTheProcessesThatAreKeptIsCountedAllTheSame) {
  const std::size_t room = full_scale() ? 16'384 : 500;
  const int names = scaled(2'000, 100'000);
  for (int number = 0; number < names; ++number) connect(number);
  watch({}, room);
  for (int round = 0; round < 4; ++round) {
    const Exposition seen = sample();
    EXPECT_EQ(seen.sum(kProcesses), static_cast<double>(room));
    EXPECT_EQ(seen.sum("sockwatch_unowned_sockets", {{"cause", "pending"}}),
              static_cast<double>(names) - static_cast<double>(room));
    EXPECT_EQ(sampler().sampler().collector().owners().processes(), room);
  }
}

class LongestLabels : public Crowd, public testing::WithParamInterface<char> {};

// Devices are named by root alone: those names are long, and harmless.
TEST_P(LongestLabels, FitInto512KiB) {
  std::string users;
  for (std::uint32_t number = 0; number < 1'000; ++number) {
    const std::string name = std::to_string(number) + std::string(64, GetParam());
    users += name + ":x:" + std::to_string(number) + ":0:::\n";
    machine().kernel().links.push_back({.index = static_cast<int>(10 + number),
                                        .name = "ethernet-" + std::to_string(100'000 + number)});
    const pid_t pid = machine().start({.comm = name.substr(0, 15), .exe = "/tmp/" + name});
    machine().open(
        pid, Protocol::tcp,
        {.local = "fd00:1111:2222:3333:4444:5555:6666:7777",
         .port = static_cast<std::uint16_t>(60'000 + number),
         .state = 10,
         .interface = 10 + number,
         .uid = number,
         .cgroup_id = machine().add_cgroup("system.slice/" + name.substr(0, 56) + ".service"),
         .drops = 0});
    machine().open_packet_socket(pid);
  }
  machine().write_passwd(users);
  watch();
  sample();
  std::printf("longest labels: body %zu bytes\n", longest_body());
}

// A byte that is itself, two that text formats double, one that is written as four.
INSTANTIATE_TEST_SUITE_P(Crowd, LongestLabels, testing::Values('a', '\\', '"', '\x01'));

TEST_F(Crowd, ThatComesAndGoesLeavesNothingBehind) {
  const int at_once = scaled(150, 500);
  const int rounds = scaled(60, 200);
  const int warm = 40;  // the totals of 4096 listeners that went are kept for an hour
  std::vector<pid_t> pids;
  watch();
  std::size_t heap_when_warm = 0;
  for (int round = 0; round < rounds; ++round) {
    for (const pid_t pid : pids) machine().end(pid);
    pids.clear();
    for (int i = 0; i < at_once; ++i) {
      const int number = 1'000'000 + round * at_once + i;  // as many digits each
      pids.push_back(i % 5 == 0 ? connect(number) : serve(number, 30'000));
    }
    sample();
    const Owners& owners = sampler().sampler().collector().owners();
    EXPECT_EQ(owners.sockets(), static_cast<std::size_t>(at_once));
    EXPECT_LE(owners.processes(), static_cast<std::size_t>(2 * at_once));
    if (round == warm) heap_when_warm = heap_in_use();
  }
  std::printf("%d names: heap %zu bytes when warm, %zu at the end\n", at_once * rounds,
              heap_when_warm, heap_in_use());
  if (kMemoryIsMeasurable) {
    EXPECT_LE(heap_in_use(), heap_when_warm + 128 * 1024);
  }
}

TEST_F(Crowd, OfNearlyEqualSizeTakesNoTurns) {
  std::vector<pid_t> pids;
  for (int number = 0; number < 100; ++number) {
    pids.push_back(connect(number));
    add_sockets(pids.back(), 5 + number % 2);
  }
  watch(rows(30));
  const auto first = shown(sample(), kProcesses, "process");
  EXPECT_EQ(first.size(), 29U);
  for (int turn = 0; turn < 8; ++turn) {
    for (std::size_t i = 0; i < pids.size(); ++i) {
      add_sockets(pids[i], static_cast<int>(i) % 2 == turn % 2 ? 2 : -2);
    }
    for (int round = 0; round < 4; ++round) {
      EXPECT_EQ(shown(sample(), kProcesses, "process"), first) << turn;
    }
  }
}

TEST_F(Crowd, IsShownForTenSamplesAtLeast) {
  std::vector<pid_t> pids;
  for (int number = 0; number < 200; ++number) pids.push_back(connect(number));
  watch(rows(30));
  std::mt19937 random(7);
  std::map<std::string, int> shown_since;
  int ended = 0;
  for (int round = 0; round < scaled(60, 600); ++round) {
    for (int i = 0; i < 50; ++i) add_sockets(pids[random() % pids.size()], 1);
    for (int i = 0; i < 50 && round > 2; ++i) {
      const pid_t pid = pids[random() % pids.size()];
      if (machine().sockets_of(pid) > 1) add_sockets(pid, -1);
    }
    const auto now = shown(sample(), kProcesses, "process");
    std::erase_if(shown_since, [&](const auto& entry) {
      if (now.contains(entry.first)) return false;
      EXPECT_GE(round - entry.second, 10) << entry.first;
      ++ended;
      return true;
    });
    for (const std::string& name : now) shown_since.try_emplace(name, round);
  }
  EXPECT_GT(ended, 0) << "the test is to see some go";
}

}  // namespace
}  // namespace sockwatch::test
