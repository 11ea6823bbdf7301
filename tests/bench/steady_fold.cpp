#include "bench/steady_fold.h"

#include <stdexcept>

#include "app/clocks.h"
#include "app/collector.h"

namespace sockwatch::test {
namespace {

void expect(const Dumped& dumped) {
  if (!dumped) throw std::runtime_error("dump: " + dumped.error().message);
}

}  // namespace

SteadyFold::SteadyFold(const kernel::System& system)
    : source_(system.netlink), owners_(system.proc), cgroups_(system.proc), now_(read_clocks()) {
  begin();
  run();
  std::vector<Wanted> wanted;
  pass_->append_wanted(wanted);
  owners_.search(
      wanted, [] { return false; }, now_.monotonic);
}

void SteadyFold::begin() {
  owners_.begin_sample();
  listeners_.begin_sample();
  pass_ = std::make_unique<ProtocolPass>(Protocol::tcp, CollectorOptions{}.max_cells, knowledge());
  expect(source_.dump_servers(Protocol::tcp, [&](std::span<const SocketRecord> records) {
    for (const SocketRecord& record : records) {
      pass_->first_sight(record);
      listeners_.add(record);
      pass_->add(record, true);
    }
  }));
  source_.close();
}

void SteadyFold::run() {
  std::vector<SocketRecord> late_listeners;
  expect(source_.dump_all(Protocol::tcp, [&](std::span<const SocketRecord> records) {
    pass_->add_all(records, late_listeners);
  }));
  source_.close();
}

}  // namespace sockwatch::test
