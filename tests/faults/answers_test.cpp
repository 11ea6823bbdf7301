// Want of memory outside of samples: where a scrape is answered, settings are loaded and the state
// is written, at each allocation in turn.
#include <gtest/gtest.h>

#include <fstream>

#include "app/metrics_page.h"
#include "app/state_file.h"
#include "faults/failing_allocation.h"
#include "hostile/scale.h"
#include "http/client.h"
#include "http/conversation.h"
#include "http/running_server.h"
#include "settings/load.h"
#include "support/eventually.h"
#include "unit/listener_samples.h"
#include "unit/sample_report.h"
#include "unit/source_files.h"
#include "unit/temporary_directory.h"

namespace sockwatch::test {
namespace {

/// Runs `act` with the first, second, third … allocation failing, until there are not so many.
/// How many there are.
std::uint64_t for_each_allocation(int step, const std::function<void(std::uint64_t n)>& act,
                                  const std::function<void(bool failed)>& check) {
  for (std::uint64_t n = 1; !testing::Test::HasFailure(); n += static_cast<std::uint64_t>(step)) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    bool happened = false;
    {
      const FailingAllocation failing(n);
      act(n);
      happened = failing.happened();
    }
    check(happened);
    if (!happened) return n;
  }
  return 0;
}

/// The page of /metrics with a report to show, asked as the server asks it.
class Answer : public testing::Test {
 protected:
  Answer() { reports_.store(std::make_shared<Report>(sample_report())); }

  /// The whole reply to a request on a connection of its own; "" when there is none.
  std::string ask(MetricsPage& page, const std::string& headers) {
    const http::Handler handler = [&](const http::Request& request) {
      return page.get(request, after(std::chrono::seconds(505)).monotonic);
    };
    const http::Observer observer{.on_response = [this](unsigned status) { ++answers_[status]; }};
    http::Conversation conversation(handler, observer);
    {
      const UncountedAllocations uncounted;
      conversation.receive("GET /metrics HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
    }
    conversation.next();
    const UncountedAllocations uncounted;
    const auto [head, body] = conversation.unsent();
    return std::string(head).append(body);
  }

  Published<Report> reports_;
  LiveCounters live_;
  std::map<unsigned, int> answers_{{200, 0}, {500, 0}, {503, 0}};
};

TEST_F(Answer, IsOneErrorForOneAllocationThatFails) {
  for (const std::string headers : {"", "Accept-Encoding: gzip\r\n"}) {
    MetricsPage untroubled(reports_, live_);
    const std::string whole = ask(untroubled, headers);
    ASSERT_TRUE(whole.starts_with("HTTP/1.1 200"));
    std::string reply;
    std::optional<MetricsPage> page;
    const auto act = [&](std::uint64_t) {
      {
        const UncountedAllocations uncounted;
        page.emplace(reports_, live_);
        answers_ = {{200, 0}, {500, 0}, {503, 0}};
      }
      reply = ask(*page, headers);
    };
    const auto check = [&](bool failed) {
      const int errors = answers_[500] + answers_[503];
      EXPECT_EQ(errors, failed ? 1 : 0);
      EXPECT_EQ(answers_[200], failed ? 0 : 1);
      EXPECT_TRUE(reply.starts_with(failed ? "HTTP/1.1 50" : "HTTP/1.1 200"));
      EXPECT_EQ(ask(*page, headers), whole) << "the next answer";
    };
    EXPECT_GT(for_each_allocation(scaled(23, 1), act, check), 500U);
  }
}

TEST_F(Answer, OfTheServerIsLostOnceAtMostForOneAllocationThatFails) {
  std::atomic<std::uint64_t> next{0};
  std::unique_ptr<FailingAllocation> failing;  // of the server's thread
  MetricsPage page(reports_, live_);
  const http::RunningServer server([&](const http::Request& request) {
    failing.reset();
    if (const auto n = next.exchange(0)) failing = std::make_unique<FailingAllocation>(n);
    return page.get(request, after(std::chrono::seconds(505)).monotonic);
  });
  int all_lost = 0;
  for (std::uint64_t n = 1; n < 60 && !HasFailure(); ++n) {
    next = n;
    int lost = 0;
    for (int request = 0; request < 3; ++request) {
      const auto reply = http::get(server.url(), "/");
      if (!reply || reply->status != 200) ++lost;
    }
    EXPECT_LE(lost, 1) << "allocation " << n;
    all_lost += lost;
  }
  EXPECT_GT(all_lost, 0);
}

TEST(Settings, ThatCannotBeLoadedForWantOfMemoryAreLoadedTheNextTime) {
  const std::string file = std::string(SOCKWATCH_SOURCE_DIR) + "/config/sockwatch.yaml";
  bool refused = false;
  const auto act = [&](std::uint64_t) {
    try {
      refused = !load_settings(file).errors.empty();
    } catch (const std::bad_alloc&) {
      refused = true;
    }
  };
  const auto check = [&](bool failed) {
    EXPECT_EQ(refused, failed);
    EXPECT_TRUE(load_settings(file).errors.empty());
  };
  EXPECT_GT(for_each_allocation(scaled(7, 1), act, check), 100U);
}

FirstSeen first_seen(int listeners) {
  FirstSeen seen;
  for (int i = 0; i < listeners; ++i) {
    ListenerKey key;
    key.identity.endpoint.port = static_cast<std::uint16_t>(i);
    key.owner = {"a-process-with-a-name-" + std::to_string(i), "a-unit-with-a-name.service"};
    seen[key] = WallTime(std::chrono::seconds(i));
  }
  return seen;
}

TEST(State, IsTheOldOrTheNewOneWhicheverAllocationFails) {
  const TemporaryDirectory directory;
  const StateFile file(directory.path());
  const FirstSeen old_state = first_seen(10);
  const FirstSeen new_state = first_seen(20);
  ASSERT_TRUE(file.save(old_state));
  bool saved = false;
  const auto act = [&](std::uint64_t) { saved = file.save(new_state).has_value(); };
  const auto check = [&](bool failed) {
    EXPECT_EQ(saved, !failed);
    const FirstSeen found = file.load().value();
    EXPECT_TRUE(found == new_state || (failed && found == old_state));
    ASSERT_TRUE(file.save(old_state));
  };
  EXPECT_GT(for_each_allocation(scaled(7, 1), act, check), 50U);
}

TEST(State, ThatCannotBeLoadedForWantOfMemoryIsAnError) {
  const TemporaryDirectory directory;
  const StateFile file(directory.path());
  const FirstSeen state = first_seen(20);
  ASSERT_TRUE(file.save(state));
  std::optional<Result<FirstSeen>> loaded;
  const auto act = [&](std::uint64_t) { loaded = file.load(); };
  const auto check = [&](bool failed) {
    EXPECT_EQ(loaded->has_value(), !failed);
    EXPECT_EQ(file.load().value(), state);
    loaded.reset();
  };
  EXPECT_GT(for_each_allocation(scaled(7, 1), act, check), 50U);
}

}  // namespace
}  // namespace sockwatch::test
