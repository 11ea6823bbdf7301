#include "snapshot/merge_listeners.h"

#include <gtest/gtest.h>

#include "unit/listener_samples.h"

namespace sockwatch {
namespace {

using std::chrono::seconds;
using test::after;
using test::tcp_key;

const std::vector<std::string> kNames = {"host", "other", "blue"};

/// One listener on this port, with one socket.
ListenerSample sample_of(std::uint16_t port) {
  ListenerSample sample;
  sample.listeners = {{tcp_key(port), Exposure::private_, false, "root", 1}};
  ListenerGroup group;
  group.key = tcp_key(port);
  group.exposure = Exposure::private_;
  group.first_seen = after(seconds(port)).wall;
  group.accept_queue = 2;
  group.accept_queue_limit = 128;
  sample.groups = {group};
  return sample;
}

TEST(MergeListeners, KeepsNamespacesApart) {
  const auto all = merged({sample_of(80), sample_of(80)}, {0, 2}, kNames);
  EXPECT_EQ(all.namespaces, kNames);
  ASSERT_EQ(all.listeners.size(), 2U);
  ASSERT_EQ(all.groups.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(all.listeners[i].key.identity.netns, 2 * i);
    EXPECT_EQ(all.groups[i].key.identity.netns, 2 * i);
  }
}

TEST(MergeListeners, SumsWhatIsEqualInNamespacesThatShareAnIndex) {
  const auto all = merged({sample_of(80), sample_of(80), sample_of(81)}, {1, 1, 1}, kNames);
  ASSERT_EQ(all.listeners.size(), 2U);
  EXPECT_EQ(all.listeners[0].sockets, 2U);
  EXPECT_EQ(all.listeners[1].sockets, 1U);
  ASSERT_EQ(all.groups.size(), 2U);
  EXPECT_EQ(all.groups[0].accept_queue, 4U);
  EXPECT_EQ(all.groups[0].accept_queue_limit, 256U);
  EXPECT_EQ(all.groups[0].drops_total, std::nullopt);
}

TEST(MergeListeners, KeepsRowsOfOneKeyThatDifferInTheirOtherLabels) {
  ListenerSample wide = sample_of(80);
  wide.listeners[0].exposure = Exposure::wildcard;
  ListenerSample of_a_user = sample_of(80);
  of_a_user.listeners[0].user = "www-data";
  const auto all = merged({sample_of(80), wide, of_a_user}, {1, 1, 1}, kNames);
  EXPECT_EQ(all.listeners.size(), 3U);
  EXPECT_EQ(all.groups.size(), 1U);
}

TEST(MergeListeners, TakesTheEarliestTimeAndTheWidestExposureOfAGroup) {
  for (const bool later_first : {false, true}) {
    ListenerSample one = sample_of(80);
    ListenerSample two = sample_of(80);
    one.groups[0].first_seen = after(seconds(1)).wall;
    two.groups[0].exposure = Exposure::public_;
    std::vector<ListenerSample> samples{one, two};
    if (later_first) std::swap(samples[0], samples[1]);
    const auto all = merged(std::move(samples), {1, 1}, kNames);
    ASSERT_EQ(all.groups.size(), 1U);
    EXPECT_EQ(all.groups[0].first_seen, after(seconds(1)).wall);
    EXPECT_EQ(all.groups[0].exposure, Exposure::public_);
  }
}

TEST(MergeListeners, TellsALimitWhereAllDoAndDropsWhereOneDoes) {
  for (const bool unknown_first : {false, true}) {
    ListenerSample one = sample_of(80);
    ListenerSample two = sample_of(80);
    one.groups[0].accept_queue_limit.reset();
    two.groups[0].drops_total = 7;
    std::vector<ListenerSample> samples{one, two};
    if (unknown_first) std::swap(samples[0], samples[1]);
    const auto all = merged(std::move(samples), {1, 1}, kNames);
    ASSERT_EQ(all.groups.size(), 1U);
    EXPECT_EQ(all.groups[0].accept_queue_limit, std::nullopt);
    EXPECT_EQ(all.groups[0].drops_total, 7U);
  }
}

TEST(MergeListeners, OfNoneIsEmpty) {
  const auto all = merged({}, {}, kNames);
  EXPECT_TRUE(all.listeners.empty());
  EXPECT_TRUE(all.groups.empty());
}

}  // namespace
}  // namespace sockwatch
