#include "snapshot/listeners.h"

#include <gtest/gtest.h>

#include "unit/listener_samples.h"

namespace sockwatch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::after;
using test::listener_key;
using test::observed;
using test::tcp_key;
using Kind = ListenerEvent::Kind;

const ListenerOwner kNginx{"nginx", "nginx.service"};
const ListenerOwner kApache{"apache2", "apache2.service"};

/// A tracker and its clock, which goes on by a second per sample.
class TrackedListeners : public testing::Test {
 protected:
  std::vector<ListenerEvent> sample(const std::vector<ObservedListener>& dump,
                                    Protocol protocol = Protocol::tcp) {
    now_ += seconds(1);
    return tracker_.update(protocol, dump, after(now_));
  }

  void pass(std::chrono::nanoseconds time) { now_ += time; }
  Now now() const { return after(now_); }

  ListenerSample all() const {
    return tracker_.sample([](Protocol) { return true; });
  }
  std::size_t shown() const { return all().listeners.size(); }

  /// 0 for a group that is not shown.
  std::uint64_t drops(const ListenerKey& key) const {
    for (const ListenerGroup& group : all().groups) {
      if (group.key == key) return group.drops_total.value_or(0);
    }
    return 0;
  }

  ListenerTracker tracker_;

 private:
  std::chrono::nanoseconds now_{0};
};

TEST_F(TrackedListeners, ShowOneThatIsNewAtOnce) {
  sample({});
  sample({observed(1, tcp_key(80))});
  EXPECT_EQ(shown(), 1U);
}

TEST_F(TrackedListeners, KeepOneThatADumpMissed) {
  sample({observed(1, tcp_key(80))});
  EXPECT_TRUE(sample({}).empty());
  EXPECT_EQ(shown(), 1U);
  EXPECT_TRUE(sample({observed(1, tcp_key(80))}).empty());
  EXPECT_TRUE(sample({}).empty()) << "absences in a row count, not in all";
  EXPECT_EQ(shown(), 1U);
}

TEST_F(TrackedListeners, DropOneThatTwoDumpsMissed) {
  sample({observed(1, tcp_key(80))});
  sample({});
  sample({});
  EXPECT_EQ(shown(), 0U);
  EXPECT_EQ(tracker_.sockets(), 0U);
  EXPECT_TRUE(tracker_.first_seen().empty());
}

TEST_F(TrackedListeners, CountAbsencesOnlyInDumpsOfTheirProtocol) {
  const ListenerKey dns = listener_key(Protocol::udp, "127.0.0.53", 53);
  sample({observed(1, tcp_key(80))});
  sample({observed(2, dns)}, Protocol::udp);
  for (int i = 0; i < 5; ++i) sample({observed(1, tcp_key(80))});
  EXPECT_EQ(shown(), 2U);
}

TEST_F(TrackedListeners, AreShownOnlyForProtocolsThatAreFresh) {
  sample({observed(1, tcp_key(80))});
  sample({observed(2, listener_key(Protocol::udp, "127.0.0.53", 53))}, Protocol::udp);
  const auto udp = tracker_.sample([](Protocol protocol) { return protocol == Protocol::udp; });
  ASSERT_EQ(udp.listeners.size(), 1U);
  EXPECT_EQ(udp.listeners[0].key.identity.protocol, Protocol::udp);
  EXPECT_EQ(udp.groups.size(), 1U);
}

TEST_F(TrackedListeners, OfAReuseportGroupAreOneRow) {
  std::vector<ObservedListener> group;
  for (std::uint64_t cookie = 1; cookie <= 4; ++cookie) {
    group.push_back(observed(cookie, tcp_key(80), 10));
    group.back().accept_queue = 3;
    group.back().accept_queue_limit = 128;
  }
  group[3].user = "root";
  sample(group);
  const ListenerSample rows = all();
  ASSERT_EQ(rows.listeners.size(), 2U) << "another user is another row";
  EXPECT_EQ(rows.listeners[0].sockets + rows.listeners[1].sockets, 4U);
  ASSERT_EQ(rows.groups.size(), 1U);
  EXPECT_EQ(rows.groups[0].accept_queue, 12U);
  EXPECT_EQ(rows.groups[0].accept_queue_limit, 512U);
}

TEST_F(TrackedListeners, OfOneIdentityAndTwoOwnersAreTwoGroups) {
  sample({observed(1, tcp_key(80, kNginx)), observed(2, tcp_key(80, kApache))});
  EXPECT_EQ(all().groups.size(), 2U);
}

TEST_F(TrackedListeners, StartToCountDropsAtTheFirstSample) {
  sample({observed(1, tcp_key(80), 1000)});
  EXPECT_EQ(drops(tcp_key(80)), 0U);
  sample({observed(1, tcp_key(80), 1007)});
  EXPECT_EQ(drops(tcp_key(80)), 7U);
}

TEST_F(TrackedListeners, AddTheWholeDropsOfASocketThatCameLater) {
  sample({observed(1, tcp_key(80), 1000)});
  sample({observed(1, tcp_key(80), 1000), observed(2, tcp_key(80), 5)});
  EXPECT_EQ(drops(tcp_key(80)), 5U);
  sample({observed(2, tcp_key(80), 6)});
  EXPECT_EQ(drops(tcp_key(80)), 6U);
}

TEST_F(TrackedListeners, HaveABaselineForEachProtocol) {
  const ListenerKey dns = listener_key(Protocol::udp, "127.0.0.53", 53);
  sample({observed(1, tcp_key(80), 0)});
  EXPECT_TRUE(sample({observed(2, dns, 1000)}, Protocol::udp).empty());
  EXPECT_EQ(drops(dns), 0U);
}

TEST_F(TrackedListeners, CountDropsPastTheEndOf32Bits) {
  sample({observed(1, tcp_key(80), 0xfffffff0)});
  sample({observed(1, tcp_key(80), 4)});
  EXPECT_EQ(drops(tcp_key(80)), 20U);
}

TEST_F(TrackedListeners, CountDropsOnOverADumpThatDidNotTellThem) {
  sample({observed(1, tcp_key(80), 100)});
  sample({observed(1, tcp_key(80))});
  sample({});
  sample({observed(1, tcp_key(80), 103)});
  EXPECT_EQ(drops(tcp_key(80)), 3U);
}

TEST_F(TrackedListeners, CountDropsForTheNewOwnerFromThenOn) {
  sample({observed(1, tcp_key(80, kNginx), 0)});
  sample({observed(1, tcp_key(80, kNginx), 10)});
  sample({observed(1, tcp_key(80, kApache), 12)});
  EXPECT_EQ(drops(tcp_key(80, kApache)), 2U);
  EXPECT_EQ(drops(tcp_key(80, kNginx)), 0U) << "nothing is shown of it";
  sample({observed(1, tcp_key(80, kNginx), 13)});
  EXPECT_EQ(drops(tcp_key(80, kNginx)), 11U) << "its counter goes on";
}

TEST_F(TrackedListeners, KeepTheTotalOfOneThatIsGoneForAnHour) {
  sample({});
  sample({observed(1, tcp_key(80), 5)});
  sample({});
  sample({});
  pass(minutes(59));
  sample({});
  sample({observed(2, tcp_key(80), 1)});
  EXPECT_EQ(drops(tcp_key(80)), 6U);
  sample({});
  sample({});
  pass(minutes(61));
  sample({});
  sample({observed(3, tcp_key(80), 1)});
  EXPECT_EQ(drops(tcp_key(80)), 1U);
}

TEST_F(TrackedListeners, KeepTheLast4096TotalsOfThoseThatAreGone) {
  constexpr std::uint16_t kGone = 10'000;
  sample({});
  std::vector<ObservedListener> dump;
  for (std::uint16_t port = 1; port <= kGone; ++port) {
    dump.push_back(observed(port, tcp_key(port), 1));
    if (port == 5'000) sample(dump);
  }
  // The later half is present longer.
  sample({dump.begin() + 5'000, dump.end()});
  sample({dump.begin() + 5'000, dump.end()});
  sample({});
  sample({});
  for (ObservedListener& listener : dump) listener.socket.cookie += kGone;
  sample(dump);
  std::uint64_t kept = 0;
  for (const ListenerGroup& group : all().groups) {
    EXPECT_TRUE(group.drops_total == 1 || group.key.identity.endpoint.port > 5'000);
    kept += group.drops_total.value() - 1;
  }
  EXPECT_EQ(kept, 4096U);
}

TEST_F(TrackedListeners, RememberWhenTheyWereFirstSeen) {
  sample({observed(1, tcp_key(80))});
  const WallTime first = now().wall;
  sample({observed(1, tcp_key(80))});
  sample({observed(2, tcp_key(80))});
  EXPECT_EQ(all().groups.at(0).first_seen, first) << "another socket of the same listener";
  sample({});
  sample({});
  sample({observed(3, tcp_key(80))});
  EXPECT_EQ(all().groups.at(0).first_seen, now().wall) << "it was gone";
}

TEST_F(TrackedListeners, RestoreWhenTheyWereFirstSeenFromBeforeARestart) {
  const WallTime long_ago = now().wall - hours(48);
  const WallTime ahead = now().wall + hours(1);  // the clock was not set yet when we started
  tracker_.restore({{tcp_key(80), long_ago}, {tcp_key(81), ahead}, {tcp_key(82), long_ago}},
                   now().monotonic + seconds(10));
  sample({observed(1, tcp_key(80)), observed(2, tcp_key(81)), observed(3, tcp_key(83))});
  EXPECT_EQ(tracker_.first_seen().at(tcp_key(80)), long_ago);
  EXPECT_EQ(tracker_.first_seen().at(tcp_key(81)), ahead) << "kept as it was";
  EXPECT_EQ(tracker_.first_seen().at(tcp_key(83)), now().wall);
  pass(seconds(10));
  sample({});
  sample({observed(4, tcp_key(82))});
  EXPECT_EQ(tracker_.first_seen().at(tcp_key(82)), now().wall) << "too late to be the same";
}

TEST_F(TrackedListeners, RestoreATimeOnlyOnce) {
  tracker_.restore({{tcp_key(80), now().wall - hours(48)}}, now().monotonic + hours(1));
  sample({observed(1, tcp_key(80))});
  sample({});
  sample({});
  sample({observed(2, tcp_key(80))});
  EXPECT_EQ(tracker_.first_seen().at(tcp_key(80)), now().wall) << "it was gone in between";
}

TEST_F(TrackedListeners, RestoreUdpListenersWhenTheyHaveTheirAge) {
  const ListenerKey dns = listener_key(Protocol::udp, "127.0.0.53", 53);
  const WallTime long_ago = now().wall - hours(48);
  tracker_.restore({{dns, long_ago}}, now().monotonic + seconds(10));
  sample({});
  sample({}, Protocol::udp);
  ObservedListener old = observed(1, dns, 7);
  old.there_at_start = true;
  EXPECT_TRUE(sample({old}, Protocol::udp).empty()) << "it has not appeared just now";
  EXPECT_EQ(tracker_.first_seen().at(dns), long_ago);
  EXPECT_EQ(drops(dns), 0U) << "the first sight of it is the baseline";
  old.drops = 9;
  sample({old}, Protocol::udp);
  EXPECT_EQ(drops(dns), 2U);
}

TEST_F(TrackedListeners, ReviseFirstSeenOnlyWhenItChanges) {
  sample({observed(1, tcp_key(80))});
  const auto revision = tracker_.first_seen_revision();
  sample({observed(1, tcp_key(80))});
  EXPECT_EQ(tracker_.first_seen_revision(), revision);
  sample({observed(1, tcp_key(80)), observed(2, tcp_key(81))});
  EXPECT_GT(tracker_.first_seen_revision(), revision);
}

TEST_F(TrackedListeners, OfTheFirstSampleHaveNotAppeared) {
  EXPECT_TRUE(sample({observed(1, tcp_key(80))}).empty());
}

TEST_F(TrackedListeners, TellWhenOneAppearsAndGoes) {
  sample({});
  ObservedListener listener = observed(1, tcp_key(80));
  listener.exposure = Exposure::private_;
  const auto appeared = sample({listener});
  ASSERT_EQ(appeared.size(), 1U);
  EXPECT_EQ(appeared[0].kind, Kind::appeared);
  EXPECT_EQ(appeared[0].identity, tcp_key(80).identity);
  EXPECT_EQ(appeared[0].owner, kNginx);
  EXPECT_EQ(appeared[0].exposure, Exposure::private_);
  EXPECT_TRUE(sample({}).empty());
  const auto gone = sample({});
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].kind, Kind::gone);
  EXPECT_EQ(gone[0].identity, tcp_key(80).identity);
  EXPECT_EQ(gone[0].owner, kNginx);
  EXPECT_EQ(gone[0].exposure, Exposure::private_);
}

TEST_F(TrackedListeners, TellWhenOneChangesItsOwner) {
  sample({observed(1, tcp_key(80, kNginx))});
  const auto changed = sample({observed(1, tcp_key(80, kApache))});
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].kind, Kind::owner_changed);
  EXPECT_EQ(changed[0].owner, kApache);
  EXPECT_EQ(changed[0].previous, kNginx);
  EXPECT_TRUE(sample({observed(1, tcp_key(80, kApache))}).empty());
}

TEST_F(TrackedListeners, TellNothingOfARestartWithTheSameOwner) {
  sample({observed(1, tcp_key(80))});
  EXPECT_TRUE(sample({observed(2, tcp_key(80))}).empty());
  EXPECT_TRUE(sample({observed(2, tcp_key(80))}).empty());
  EXPECT_TRUE(sample({observed(2, tcp_key(80))}).empty());
}

TEST_F(TrackedListeners, TellOfARestartWithAnotherOwnerOnce) {
  const ListenerOwner owners[] = {kNginx, kApache, kNginx};
  sample({observed(1, tcp_key(80, owners[0]))});
  for (std::uint64_t i = 1; i < std::size(owners); ++i) {
    const auto changed = sample({observed(i + 1, tcp_key(80, owners[i]))});
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(changed[0].kind, Kind::owner_changed);
    EXPECT_EQ(changed[0].owner, owners[i]);
    EXPECT_TRUE(sample({observed(i + 1, tcp_key(80, owners[i]))}).empty());
  }
}

TEST_F(TrackedListeners, TellOfAnIdentityOnceWhateverTheOrderOfItsSockets) {
  sample({});
  const ObservedListener nginx = observed(1, tcp_key(80, kNginx));
  const ObservedListener apache = observed(2, tcp_key(80, kApache));
  EXPECT_EQ(sample({nginx, apache}).size(), 1U);
  EXPECT_TRUE(sample({apache, nginx}).empty());
  EXPECT_TRUE(sample({nginx, apache}).empty());
}

}  // namespace
}  // namespace sockwatch
