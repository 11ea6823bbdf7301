#include "support/population.h"

#include <sys/socket.h>

#include <functional>
#include <string>
#include <utility>

namespace sockwatch::test {
namespace {

struct Listeners {
  TestSocket accepting;
  TestSocket queueing;   // its connections are never accepted
  TestSocket deferring;  // gets TCP_DEFER_ACCEPT
  TestSocket deaf;
};

struct Recipe {
  int ipv4;  // how many of it
  int ipv6;
  std::function<void(Population&, const Listeners&)> add;
};

Listeners make_listeners(const std::string& address) {
  Listeners listeners{tcp_listen(address), tcp_listen(address), tcp_listen(address),
                      tcp_listen(address)};
  deafen(listeners.deaf);
  return listeners;
}

template <typename... Arguments>
auto pair_of(TcpPair (*make)(const TestSocket&, Arguments...), TestSocket Listeners::*listener,
             Arguments... arguments) {
  return
      [=](Population& all, const Listeners& from) { all.add(make(from.*listener, arguments...)); };
}

// The numbers keep the sums over both ends of all pairs apart, between states and between families.
std::vector<Recipe> recipes(const std::string& address) {
  constexpr auto kAccepting = &Listeners::accepting;
  constexpr auto kQueueing = &Listeners::queueing;
  constexpr auto kOwned = Finish::kShutdown;
  constexpr auto kOrphan = Finish::kClose;
  const auto listen = [=](Population& all, const Listeners&) { all.add(tcp_listen(address)); };
  const auto bind = [=](Population& all, const Listeners&) {
    all.add(tcp_bound_inactive(address));
  };
  const auto syn_sent = [](Population& all, const Listeners& from) {
    all.add(tcp_syn_sent(from.deaf));
  };
  const auto established = [](Population& all, const Listeners& from) {
    all.add(tcp_established(from.accepting));
  };
  return {
      {0, 1, listen},
      {1, 3, bind},
      {3, 7, syn_sent},
      {2, 1, established},
      {2, 1, pair_of(tcp_unaccepted, kQueueing)},
      {1, 5, pair_of(tcp_unaccepted_close_wait, kQueueing)},
      {3, 1, pair_of(tcp_syn_recv, kAccepting)},
      {6, 9, pair_of(tcp_deferred, &Listeners::deferring)},
      {3, 1, pair_of(tcp_fin_wait1, kAccepting, kOwned)},
      {2, 1, pair_of(tcp_fin_wait1, kAccepting, kOrphan)},
      {1, 1, pair_of(tcp_fin_wait2, kAccepting, kOwned)},
      {1, 1, pair_of(tcp_fin_wait2, kAccepting, kOrphan)},
      {10, 1, pair_of(tcp_time_wait, kAccepting)},
      {3, 1, pair_of(tcp_last_ack, kAccepting, kOwned)},
      {2, 1, pair_of(tcp_last_ack, kAccepting, kOrphan)},
      {1, 2, pair_of(tcp_closing, kAccepting, kOwned)},
      {1, 2, pair_of(tcp_closing, kAccepting, kOrphan)},
  };
}

void add_every_tcp_state(Population& all, const std::string& address, int Recipe::*times) {
  Listeners listeners = make_listeners(address);
  for (const Recipe& recipe : recipes(address)) {
    for (int i = 0; i < recipe.*times; ++i) recipe.add(all, listeners);
  }
  all.add(std::move(listeners.accepting));
  all.add(std::move(listeners.queueing));
  all.add(std::move(listeners.deferring));
  all.add(std::move(listeners.deaf));
}

}  // namespace

void Population::add(TestSocket socket) {
  sockets_.push_back(std::move(socket));
}

void Population::add(TcpPair pair) {
  add(std::move(pair.client));
  add(std::move(pair.server));
}

StateCounts Population::states(int family) const {
  StateCounts counts;
  for (const TestSocket& socket : sockets_) {
    if (socket.facts.family == family && !socket.state.empty()) ++counts[socket.state];
  }
  return counts;
}

std::map<Holder, int> Population::holders() const {
  std::map<Holder, int> counts;
  for (const TestSocket& socket : sockets_) {
    if (!socket.state.empty()) ++counts[socket.holder];
  }
  return counts;
}

Population make_every_tcp_state() {
  Population all;
  add_every_tcp_state(all, "127.0.0.1", &Recipe::ipv4);
  add_every_tcp_state(all, "::1", &Recipe::ipv6);
  return all;
}

}  // namespace sockwatch::test
