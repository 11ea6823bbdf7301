#include "attribution/cause.h"

#include <gtest/gtest.h>

namespace sockwatch::test {
namespace {

constexpr std::uint8_t kTimeWaitTimer = 3;

SocketRecord tcp(State state, std::uint32_t inode, std::uint8_t timer = 0) {
  SocketRecord record;
  record.state = state;
  record.key.inode = inode;
  record.timer = timer;
  return record;
}

TEST(Cause, SynRecvComesFirst) {
  EXPECT_EQ(cause_without_file(tcp(State::syn_recv, 0, 1)), Cause::syn_recv);
  EXPECT_EQ(cause_without_file(tcp(State::syn_recv, 0, kTimeWaitTimer)), Cause::syn_recv);
}

TEST(Cause, TimeWaitIsToldByItsTimerAndNotByItsState) {
  EXPECT_EQ(cause_without_file(tcp(State::time_wait, 0, kTimeWaitTimer)), Cause::time_wait);
  EXPECT_EQ(cause_without_file(tcp(State::fin_wait2, 0, kTimeWaitTimer)), Cause::time_wait);
}

TEST(Cause, WhatWaitsInAnAcceptQueueIsNotAnOrphan) {
  EXPECT_EQ(cause_without_file(tcp(State::established, 0)), Cause::unaccepted);
  EXPECT_EQ(cause_without_file(tcp(State::close_wait, 0)), Cause::unaccepted);
  for (const State state : {State::fin_wait1, State::fin_wait2, State::last_ack, State::closing}) {
    EXPECT_EQ(cause_without_file(tcp(state, 0)), Cause::orphan) << name(state);
  }
}

TEST(Cause, ASocketWithAnInodeCanBeHeld) {
  for (std::size_t state = 0; state < kStates; ++state) {
    if (static_cast<State>(state) == State::syn_recv) continue;
    const SocketRecord record = tcp(static_cast<State>(state), 7);
    EXPECT_EQ(cause_without_file(record), std::nullopt) << name(record.state);
  }
}

constexpr std::uint16_t kVxlan = 4789;
constexpr std::uint32_t kRoot = 0;

TEST(Cause, AnUnfinishedSearchSaysNothingMore) {
  EXPECT_EQ(cause_without_holder(SearchEnd::unfinished, Protocol::udp, kVxlan, kRoot, false),
            Cause::pending);
  EXPECT_EQ(cause_without_holder(SearchEnd::unreadable, Protocol::udp, kVxlan, kRoot, false),
            Cause::unreadable);
}

TEST(Cause, TheKernelsOwnSocketsHaveAKnownPortAndNoCgroupAndNoUser) {
  const auto nobody = SearchEnd::nobody;
  EXPECT_EQ(cause_without_holder(nobody, Protocol::udp, kVxlan, kRoot, false), Cause::kernel);
  EXPECT_EQ(cause_without_holder(nobody, Protocol::udp, 51820, kRoot, false), Cause::kernel);
  EXPECT_EQ(cause_without_holder(nobody, Protocol::tcp, 2049, kRoot, false), Cause::kernel);

  EXPECT_EQ(cause_without_holder(nobody, Protocol::udp, kVxlan, kRoot, true), Cause::no_holder);
  EXPECT_EQ(cause_without_holder(nobody, Protocol::udp, kVxlan, 1000, false), Cause::no_holder);
  EXPECT_EQ(cause_without_holder(nobody, Protocol::tcp, kVxlan, kRoot, false), Cause::no_holder);
  EXPECT_EQ(cause_without_holder(nobody, Protocol::udp, 4788, kRoot, false), Cause::no_holder);
}

}  // namespace
}  // namespace sockwatch::test
