#include "attribution/owners.h"

#include <gtest/gtest.h>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr pid_t kNobody = -1;      // searched, and nobody holds it
constexpr pid_t kNotSearched = 0;  // must be searched

/// Sockets here have an inode, and a cookie made from it.
SocketKey key(std::uint32_t inode) {
  return {1'000'000'000'000U + inode, inode};
}

const Enough kNoLimit = [] { return false; };

class OwnersTest : public testing::Test {
 protected:
  pid_t owner(std::uint32_t inode) const {
    const auto found = owners_.find(key(inode), now_);
    if (!found) return kNotSearched;
    const auto* id = std::get_if<ProcessId>(&*found);
    return id == nullptr ? kNobody : owners_.process(*id).pid;
  }

  void search(std::uint32_t inode, bool listener = false) {
    const std::vector<Wanted> wanted = {{key(inode), listener, 0, 0}};
    listener ? owners_.search_urgent(wanted, kNoLimit, now_)
             : owners_.search(wanted, kNoLimit, now_);
  }
  /// The owner, after a search if there has to be one: as one sample does it.
  pid_t look(std::uint32_t inode, bool listener = false) {
    if (owner(inode) == kNotSearched) search(inode, listener);
    return owner(inode);
  }

  void next_full_sample() {
    owners_.begin_sample();
    now_ += seconds(10);
    owners_.revalidate_processes(now_);
  }

  void add_holder(pid_t pid, std::uint32_t inode, const std::string& comm = "server") {
    tree_.add({.pid = pid, .comm = comm});
    tree_.hold(pid, 3, inode);
  }

  ProcTree tree_;
  Owners owners_{tree_.open()};
  MonotonicTime now_{seconds(1000)};
};

TEST_F(OwnersTest, AreKnownFromTheFirstSearchOn) {
  add_holder(50, 7);
  EXPECT_EQ(owner(7), kNotSearched);
  EXPECT_EQ(look(7), 50);
  for (int sample = 0; sample < 100; ++sample) {
    now_ += seconds(5);
    next_full_sample();
    owners_.verify_listeners(now_);
    EXPECT_EQ(look(7), 50);
  }
  EXPECT_EQ(owners_.searches(), 1U);
}

TEST_F(OwnersTest, AreThoseOfTheCookieAndNotOfTheInode) {
  add_holder(50, 7);
  EXPECT_EQ(look(7), 50);
  EXPECT_EQ(owners_.find({key(7).cookie + 1, 7}, now_), std::nullopt);
}

TEST_F(OwnersTest, ThatNobodyIsAreSearchedEverMoreRarely) {
  EXPECT_EQ(look(7), kNobody);
  for (const int delay : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600}) {
    now_ += seconds(delay) - milliseconds(1);
    EXPECT_EQ(owner(7), kNobody) << delay;
    now_ += milliseconds(1);
    EXPECT_EQ(owner(7), kNotSearched) << delay;
    search(7);
  }
}

TEST_F(OwnersTest, SearchesForOthersDoNotMakeTheDelayLonger) {
  EXPECT_EQ(look(7), kNobody);
  now_ += milliseconds(100);
  for (std::uint32_t other = 100; other < 110; ++other) search(other);
  now_ += seconds(1);
  EXPECT_EQ(owner(7), kNotSearched);
}

TEST_F(OwnersTest, OfAnEndedProcessAreSearchedAgain) {
  add_holder(50, 7);
  add_holder(60, 7, "child");
  EXPECT_EQ(look(7), 50);
  tree_.end(50);
  EXPECT_EQ(look(7), 50);  // until the next full sample
  next_full_sample();
  EXPECT_EQ(owner(7), kNotSearched);
  EXPECT_EQ(look(7), 60);
}

TEST_F(OwnersTest, OfAnotherProgramInTheSameProcessAreSearchedAgain) {
  add_holder(50, 7, "sh");
  EXPECT_EQ(look(7), 50);
  for (const FakeProcess& program :
       {FakeProcess{.pid = 50, .comm = "httpd"},
        FakeProcess{.pid = 50, .comm = "httpd", .exe = "/opt/httpd"}}) {
    tree_.exec(program);
    next_full_sample();
    EXPECT_EQ(owner(7), kNotSearched);
    EXPECT_EQ(look(7), 50);
    const auto id = std::get<ProcessId>(owners_.find(key(7), now_).value());
    EXPECT_EQ(owners_.process(id).name, "httpd");
  }
  EXPECT_EQ(owners_.searches(), 3U);
}

TEST_F(OwnersTest, OfAReusedPidAreNotItsSockets) {
  add_holder(50, 7, "old");
  EXPECT_EQ(look(7), 50);
  tree_.add({.pid = 50, .comm = "new"});  // in the same clock tick
  tree_.hold(50, 3, 8);
  next_full_sample();
  EXPECT_EQ(look(7), kNobody);
  EXPECT_EQ(look(8), 50);
}

TEST_F(OwnersTest, OfListenersAreVerifiedEveryFiveSeconds) {
  add_holder(50, 7);
  EXPECT_EQ(look(7, true), 50);
  tree_.release(50, 3);
  now_ += seconds(5) - milliseconds(1);
  owners_.verify_listeners(now_);
  EXPECT_EQ(owner(7), 50);
  now_ += milliseconds(1);
  owners_.verify_listeners(now_);
  EXPECT_EQ(owner(7), kNotSearched);
}

TEST_F(OwnersTest, OfListenersMayHandTheirDescriptorOn) {
  add_holder(50, 7);
  EXPECT_EQ(look(7, true), 50);
  add_holder(60, 7, "heir");
  tree_.hold(50, 3, 8);  // the number is used again
  now_ += seconds(5);
  owners_.verify_listeners(now_);
  EXPECT_EQ(look(7, true), 60);
}

TEST_F(OwnersTest, OfListenersInTheTableOfAThreadAreVerifiedThere) {
  tree_.add({.pid = 50});
  tree_.hold_in_thread(50, 52, 3, 7);
  EXPECT_EQ(look(7, true), 50);
  now_ += seconds(5);
  owners_.verify_listeners(now_);
  EXPECT_EQ(owner(7), 50);
  EXPECT_EQ(owners_.searches(), 1U);
}

TEST_F(OwnersTest, OfOtherSocketsAreNotVerified) {
  add_holder(50, 7);
  EXPECT_EQ(look(7), 50);
  tree_.release(50, 3);
  now_ += seconds(100);
  owners_.verify_listeners(now_);
  EXPECT_EQ(owner(7), 50);
}

TEST_F(OwnersTest, OfListenersThatHadNobodyAreVerifiedOnceTheyAreFound) {
  EXPECT_EQ(look(7, true), kNobody);
  add_holder(50, 7);
  now_ += seconds(1);
  EXPECT_EQ(look(7, true), 50);
  tree_.release(50, 3);
  now_ += seconds(5);
  owners_.verify_listeners(now_);
  EXPECT_NE(owner(7), 50);
}

TEST_F(OwnersTest, ThatAreProcess1AreSearchedAgainForTheServiceThatGetsTheSocket) {
  add_holder(1, 7, "systemd");
  EXPECT_EQ(look(7), 1);
  now_ += milliseconds(999);
  EXPECT_EQ(owner(7), 1);
  add_holder(50, 7, "sshd");
  now_ += milliseconds(1);
  EXPECT_EQ(look(7), 50);
  now_ += seconds(1000);
  EXPECT_EQ(owner(7), 50);
}

TEST_F(OwnersTest, ThatStayProcess1AreSearchedEverMoreRarely) {
  add_holder(1, 7, "systemd");
  EXPECT_EQ(look(7), 1);
  for (const int delay : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600}) {
    now_ += seconds(delay) - milliseconds(1);
    EXPECT_EQ(owner(7), 1) << delay;
    now_ += milliseconds(1);
    EXPECT_EQ(look(7), 1) << delay;
  }
}

TEST_F(OwnersTest, TellASocketsSecondRowInOneSample) {
  add_holder(50, 7);
  owners_.begin_sample();
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::first);  // not known yet
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::first);
  search(7);
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::again);
  owners_.begin_sample();
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::first);
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::again);
}

TEST_F(OwnersTest, TellTheSecondRowOfASocketThatNobodyHolds) {
  search(7);
  owners_.begin_sample();
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::first);
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::again);
}

TEST_F(OwnersTest, AreSeenAmongManySocketsAsEachAlone) {
  add_holder(50, 7);
  search(7);
  search(8);
  std::vector<SocketRecord> records(4);
  records[0].key = key(7);
  records[1].key = key(8);
  records[2].key = key(9);
  records[3].key = key(7);
  owners_.begin_sample();
  std::vector<Seen> seen(1);
  owners_.see(records, now_, seen);
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0].sighting, Sighting::first);
  EXPECT_EQ(seen[3].sighting, Sighting::again);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].owner, owners_.find(records[i].key, now_)) << i;
  }
}

TEST_F(OwnersTest, ThatWaitForTheirSearchAreUnfinishedAndFoundByTheNextCalls) {
  for (pid_t pid = 50; pid < 60; ++pid) add_holder(pid, static_cast<std::uint32_t>(pid));
  std::vector<Wanted> wanted;
  for (std::uint32_t inode = 50; inode < 60; ++inode) wanted.push_back({key(inode), false, 0, 0});
  const Enough at_once = [] { return true; };
  owners_.search(wanted, at_once, now_);
  EXPECT_EQ(owners_.backlog(), 10U);
  EXPECT_EQ(owners_.find(key(55), now_), Owner(SearchEnd::unfinished));
  add_holder(70, 7);
  owners_.search_urgent({{key(7), true, 0, 0}}, kNoLimit, now_);
  EXPECT_EQ(owner(7), 70) << "does not wait behind the others";
  EXPECT_EQ(owners_.backlog(), 10U);
  for (int cycle = 0; owners_.backlog() > 0 && cycle < 100; ++cycle) {
    owners_.search({}, at_once, now_);
  }
  for (std::uint32_t inode = 50; inode < 60; ++inode) {
    EXPECT_EQ(owner(inode), static_cast<pid_t>(inode));
  }
}

TEST_F(OwnersTest, OfWaitingSocketsThatASampleDidNotHaveAreNotSearched) {
  owners_.search(
      {{key(7), false, 0, 0}, {key(8), false, 0, 0}}, [] { return true; }, now_);
  owners_.begin_sample();
  EXPECT_EQ(owners_.see(key(8), now_).sighting, Sighting::first);
  EXPECT_EQ(owners_.see(key(8), now_).sighting, Sighting::again) << "counted once while it waits";
  owners_.forget_unseen();
  EXPECT_EQ(owners_.backlog(), 1U);
  EXPECT_EQ(owner(7), kNotSearched);
}

TEST_F(OwnersTest, FoundForASocketOfAnEarlierSampleAreNoSecondSighting) {
  add_holder(50, 7);
  owners_.search(
      {{key(7), false, 0, 0}}, [] { return true; }, now_);
  owners_.begin_sample();
  owners_.search({}, kNoLimit, now_);
  EXPECT_EQ(owners_.see(key(7), now_).sighting, Sighting::first);
}

TEST_F(OwnersTest, OfSocketsThatASampleDidNotHaveAreForgotten) {
  add_holder(50, 7);
  add_holder(60, 8);
  EXPECT_EQ(look(7), 50);
  EXPECT_EQ(look(8), 60);
  EXPECT_EQ(look(9), kNobody);
  owners_.begin_sample();
  owners_.see(key(7), now_);
  owners_.forget_unseen();
  EXPECT_EQ(owners_.sockets(), 1U);
  EXPECT_EQ(owner(7), 50);
  EXPECT_EQ(owner(8), kNotSearched);
  EXPECT_EQ(owner(9), kNotSearched);
}

TEST_F(OwnersTest, AreForgottenWhenTheirSocketIsAnOrphan) {
  add_holder(50, 7);
  EXPECT_EQ(look(7), 50);
  owners_.begin_sample();
  const SocketKey orphan{key(7).cookie, 0};
  EXPECT_EQ(owners_.see(orphan, now_).owner, std::nullopt);
  owners_.forget_unseen();
  EXPECT_EQ(owners_.sockets(), 0U);
}

TEST_F(OwnersTest, WithoutSocketsLeaveRoomForOthers) {
  for (std::uint32_t inode = 100; inode < 115; ++inode) {
    add_holder(static_cast<pid_t>(inode), inode);
    owners_.begin_sample();
    EXPECT_EQ(look(inode), static_cast<pid_t>(inode));
    owners_.forget_unseen();
  }
  EXPECT_LE(owners_.processes(), 2U);
  EXPECT_EQ(owners_.sockets(), 1U);
}

TEST_F(OwnersTest, ThatAreProcess1AreKeptWhileTheirSocketIsSeen) {
  add_holder(1, 7, "systemd");
  EXPECT_EQ(look(7), 1);
  for (int sample = 0; sample < 3; ++sample) {
    owners_.begin_sample();
    owners_.see(key(7), now_);
    owners_.forget_unseen();
    EXPECT_EQ(owner(7), 1);
  }
  EXPECT_EQ(owners_.searches(), 1U);
  now_ += seconds(1);
  EXPECT_EQ(look(7), 1);
  EXPECT_EQ(owners_.searches(), 2U);  // the service is still looked for
  owners_.begin_sample();
  owners_.forget_unseen();
  EXPECT_EQ(owner(7), kNotSearched);
  EXPECT_EQ(owners_.sockets(), 0U);
}

}  // namespace
}  // namespace sockwatch::test
