#include "soak/replayed.h"

#include <array>

#include "app/clocks.h"
#include "app/collector.h"
#include "bench/load.h"
#include "recording/recorder.h"
#include "recording/replay.h"
#include "soak/changing_machine.h"
#include "soak/subject.h"

namespace sockwatch::test {
namespace {

constexpr std::array kPopulations = {
    LoadMix{.established = 100, .listening = 12, .udp = 10, .time_wait = 10, .processes = 4},
    LoadMix{.established = 20, .listening = 30, .udp = 40, .processes = 10, .ipv6_percent = 20},
    LoadMix{.listening = 2},
    LoadMix{.established = 160, .time_wait = 40, .processes = 8, .ipv6_percent = 50}};

constexpr long kSamplesOfOne = 499;  // then the next population

kernel::System record(const LoadMix& mix) {
  const TestNamespace netns;
  const Load load(netns, mix);
  const NamespaceVisit visit = netns.enter();
  const auto notes = std::make_shared<recording::Recording>();
  Collector collector(recording::recorded(kernel::real_system().value(), notes));
  for (const Scope scope : {Scope::everything, Scope::listeners}) {
    collector.collect(scope, {}, read_clocks(), {});
  }
  return recording::replay(*notes);
}

ChangingMachine record_all() {
  std::vector<kernel::System> machines;
  for (const LoadMix& mix : kPopulations) machines.push_back(record(mix));
  return ChangingMachine(std::move(machines));
}

/// One sample in a hundred fails in each way.
Netlink netlink_at(long sample) {
  if (sample % 100 == 30) return Netlink::cannot_be_opened;
  if (sample % 100 == 60) return Netlink::stops_answering;
  return Netlink::works;
}

/// Mostly in step; now and then late, or so late that all that is known is too old.
std::chrono::seconds step_before(long sample) {
  if (sample % 1000 == 0) return std::chrono::seconds(60);
  return std::chrono::seconds(sample % 7 == 0 ? 5 : 1);
}

}  // namespace

bool soak_replayed(const SoakPlan& plan) {
  ChangingMachine machine = record_all();
  Subject subject(machine.system());
  Watch watch("replayed", plan);
  for (long sample = 1; sample <= plan.samples; ++sample) {
    machine.become(static_cast<std::size_t>(sample / kSamplesOfOne) % kPopulations.size());
    machine.let_netlink(netlink_at(sample));
    subject.sample(step_before(sample));
    if (sample % 50 == 0) subject.scrape();
    if (watch.is_due(sample)) watch.note(sample);
  }
  return watch.is_steady();
}

}  // namespace sockwatch::test
