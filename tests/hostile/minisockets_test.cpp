// Floods of what stays of closed connections: minisockets in TIME_WAIT and FIN_WAIT2, which have no
// inode and no user and which no process holds.
#include <gtest/gtest.h>

#include "hostile/connect.h"
#include "hostile/scale.h"
#include "hostile/watched_system.h"
#include "kernel/sampled.h"
#include "support/command.h"
#include "support/eventually.h"
#include "support/proc_net.h"

namespace sockwatch::test {
namespace {

constexpr int kListeners = 4;  // client ports are few: each may be used once per listener

class Minisockets : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    // Else a new connection may take the place of a minisocket.
    run_command({"sysctl", "-q", "-w", "net.ipv4.tcp_tw_reuse=0"});
    for (int i = 0; i < kListeners; ++i) listeners_.push_back(tcp_listen("127.0.0.1"));
    sampler_.emplace(SamplerOptions{}, Collector(watched(kernel::real_system().value(), watch_)));
  }

  Exposition sample() {
    Exposition seen = sampler_->sample();
    EXPECT_EQ(broken_identity(seen), "");
    return seen;
  }

  /// What a sample of listeners costs: questions to the kernel, and datagrams of answers.
  std::pair<std::size_t, std::size_t> cost_of_listeners() {
    watch_.questions = watch_.datagrams = 0;
    sampler_->sample_listeners();
    return {watch_.questions, watch_.datagrams};
  }

  const TestSocket& listener(int number) const {
    return listeners_[static_cast<std::size_t>(number % kListeners)];
  }
  std::size_t searches() const { return sampler_->sampler().collector().owners().searches(); }

 private:
  Watch watch_;
  std::vector<TestSocket> listeners_;
  std::optional<TestSampler> sampler_;
};

/// The client first, whose end then waits in TIME_WAIT.
void close_in_order(Ends ends) {
  ends.client.reset();
  await_end(ends.server);
}

void await_rows(const char* state, int rows) {
  await(state, [&] { return count_states(proc_net("tcp"))[state] == rows; });
}

double in_state(const Exposition& seen, const char* metric, const char* state) {
  return seen.sum(metric, {{"state", state}});
}

void expect_minisockets(const Exposition& seen, int time_wait, int fin_wait2) {
  for (const char* metric :
       {"sockwatch_sockets", "sockwatch_port_sockets", "sockwatch_unit_sockets"}) {
    EXPECT_EQ(in_state(seen, metric, "time_wait"), time_wait) << metric;
    EXPECT_EQ(in_state(seen, metric, "fin_wait2"), fin_wait2) << metric;
  }
  EXPECT_EQ(seen.sum("sockwatch_unowned_sockets"), time_wait + fin_wait2);
  // Where the other end answers while close() still runs, the kernel keeps a whole socket in
  // FIN_WAIT2 (net/ipv4/tcp_input.c, tcp_rcv_state_process).
  const double whole = seen.sum("sockwatch_unowned_sockets", {{"cause", "orphan"}});
  EXPECT_LE(whole, fin_wait2 / 10);
  EXPECT_EQ(seen.sum("sockwatch_unowned_sockets", {{"cause", "time_wait"}}),
            time_wait + fin_wait2 - whole);
  for (const char* state : {"time_wait", "fin_wait2"}) {
    EXPECT_EQ(in_state(seen, "sockwatch_process_sockets", state), 0) << "no process holds them";
    EXPECT_EQ(seen.sum("sockwatch_port_sockets", {{"direction", "inbound"}, {"state", state}}), 0)
        << "the client closed first";
  }
}

TEST_F(Minisockets, InAFloodAreCountedByTheirCauseAndCostListenersNothing) {
  const int flood = scaled(1'200, 20'000);
  sample();
  const std::size_t searches_before = searches();
  const auto cost_before = cost_of_listeners();
  for (int made = 0; made < flood;) {
    for (int end = made + flood / 4; made < end; ++made) close_in_order(connect_to(listener(made)));
    await_rows("time_wait", made);
    expect_minisockets(sample(), made, 0);
  }
  EXPECT_EQ(searches(), searches_before) << "nobody is looked for";
  EXPECT_EQ(cost_of_listeners(), cost_before);
}

TEST_F(Minisockets, OfConnectionsThatOnlyOneEndClosedLeaveTheOtherItsProcess) {
  const int flood = scaled(400, 8'000);
  std::vector<OwnedFd> servers;
  sample();
  const auto cost_before = cost_of_listeners();
  for (int made = 0; made < flood;) {
    for (int end = made + flood / 4; made < end; ++made) {
      servers.push_back(connect_to(listener(made)).server);
    }
    await_rows("fin_wait2", made);
    const Exposition seen = sample();
    expect_minisockets(seen, 0, made);
    EXPECT_EQ(in_state(seen, "sockwatch_process_sockets", "close_wait"), made);
  }
  EXPECT_EQ(cost_of_listeners(), cost_before);
  servers.clear();
  const Exposition seen = sample();
  EXPECT_EQ(seen.sum("sockwatch_process_sockets"), kListeners);
  EXPECT_EQ(in_state(seen, "sockwatch_sockets", "close_wait"), 0);
}

}  // namespace
}  // namespace sockwatch::test
