#include "soak/live.h"

#include <algorithm>
#include <cstdio>

#include "hostile/churn.h"
#include "soak/process_churn.h"
#include "soak/subject.h"
#include "support/netns.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

constexpr const char* kName = "constant";
constexpr std::uint32_t kPairs = 50;
constexpr int kConnectionsPerSecond = 1000;

[[noreturn]] void keep_sockets(Child& me) {
  const TestSocket listener = tcp_listen("127.0.0.1");
  std::vector<TcpPair> pairs;
  for (std::uint32_t i = 0; i < kPairs; ++i) pairs.push_back(tcp_established(listener));
  me.ready();
  me.wait();
}

/// Whether the report counts exactly the sockets of the process that keeps them.
bool is_whole(const Report& report) {
  if (!report.sockets) return false;
  const auto& processes = report.sockets->processes;
  const auto row = std::ranges::find(processes, kName, [](const auto& r) { return r.key.process; });
  if (row == processes.end()) return false;
  const auto count = [&](State state) { return row->counts[static_cast<std::size_t>(state)]; };
  return count(State::established) == 2 * kPairs && count(State::listen) == 1 &&
         row->total() == 2 * kPairs + 1;
}

/// With the passing processes gone, and known to be gone, what is held must be the same each time.
void settle(ProcessChurn& processes, Subject& subject) {
  processes.rest();
  for (int i = 0; i < 2; ++i) subject.sample(std::chrono::seconds(5));
}

}  // namespace

bool soak_live(const SoakPlan& plan) {
  const TestNamespace netns;
  const NamespaceVisit visit = netns.enter();
  const TestProcess constant({.name = kName}, keep_sockets);
  const Churn connections(kConnectionsPerSecond);
  ProcessChurn processes;
  Subject subject(kernel::real_system().value());
  subject.sample(std::chrono::seconds(5));
  Watch watch("live", plan);
  long wrong = 0;
  for (long sample = 1; sample <= plan.samples; ++sample) {
    if (sample % 4 == 0) processes.turn();
    subject.sample(std::chrono::seconds(1));
    if (!is_whole(*subject.report())) ++wrong;
    if (sample % 50 == 0) subject.scrape();
    if (!watch.is_due(sample)) continue;
    settle(processes, subject);
    watch.note(sample);
  }
  std::printf("live: %llu connections came and went, %ld samples were wrong\n",
              static_cast<unsigned long long>(connections.connections()), wrong);
  std::fflush(stdout);
  return watch.is_steady() && wrong == 0;
}

}  // namespace sockwatch::test
