#include "kernel/dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <limits>

#include <cerrno>

#include "kernel/requests.h"
#include "support/fake_kernel.h"

namespace sockwatch::test {
namespace {

using kernel::DumpFailure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint16_t kRow = SOCK_DIAG_BY_FAMILY;

Buffer with_length(std::uint32_t length, Buffer message) {
  std::memcpy(message.data(), &length, sizeof(length));
  return message;
}

Buffer with_payload_of(std::size_t size, Buffer message) {
  message.resize(sizeof(nlmsghdr) + size);
  return with_length(static_cast<std::uint32_t>(message.size()), message);
}

/// What a dump gave: the first byte of each row, by datagram, and how it ended.
struct Outcome {
  std::vector<std::vector<int>> datagrams;
  std::optional<kernel::DumpError> error;
  kernel::Waiting waiting;

  std::optional<DumpFailure> failure() const {
    return error ? std::optional(error->reason) : std::nullopt;
  }
};

class Dump : public testing::Test {
 protected:
  Outcome run(FakeKernel::Script script) {
    kernel_.follow(std::move(script));
    const auto channel = kernel_.opener()(NETLINK_SOCK_DIAG).value();
    Outcome outcome;
    const auto dumped = kernel::run_dump(
        *channel, kernel::tcp_walk(kernel::kAllStates, kernel::Extension::none), outcome.waiting,
        [&](const std::vector<Bytes>& payloads) {
          outcome.datagrams.emplace_back();
          for (const Bytes payload : payloads) {
            const int value = payload.empty() ? -1 : std::to_integer<int>(payload[0]);
            outcome.datagrams.back().push_back(value);
          }
          return accept_;
        });
    if (!dumped) outcome.error = dumped.error();
    return outcome;
  }

  /// The dump of one datagram with these messages and no more.
  Outcome run_message(const std::function<Buffer(Recipient)>& make) {
    return run([&](const DumpRequest& request) {
      return std::vector<Reply>{{.bytes = make(request.from)}};
    });
  }

  static Buffer row(Recipient to, int value) {
    return reply(to, kRow, Buffer(8, static_cast<std::byte>(value)));
  }

  FakeKernel kernel_;
  bool accept_ = true;
};

TEST_F(Dump, HandsOnTheRowsOfEachDatagram) {
  const Outcome outcome = run([](const DumpRequest& request) {
    const Recipient to = request.from;
    return std::vector<Reply>{
        {.bytes = joined({row(to, 1), row(to, 2)})}, {.bytes = row(to, 3)}, {.bytes = done(to)}};
  });
  EXPECT_THAT(outcome.datagrams, ElementsAre(ElementsAre(1, 2), ElementsAre(3)));
  EXPECT_FALSE(outcome.error);
}

TEST_F(Dump, EndsBehindRowsOfTheSameDatagramToo) {
  const Outcome outcome = run_message([](Recipient to) {
    return joined({row(to, 1), done(to), row(to, 2)});
  });
  EXPECT_THAT(outcome.datagrams, ElementsAre(ElementsAre(1)));
  EXPECT_FALSE(outcome.error);
}

TEST_F(Dump, OfNothingIsCompleteAndEmpty) {
  const Outcome outcome = run_message([](Recipient to) { return done(to); });
  EXPECT_THAT(outcome.datagrams, IsEmpty());
  EXPECT_FALSE(outcome.error);
}

TEST_F(Dump, DoneMayBeEmptyOrShort) {
  for (std::size_t size = 0; size < sizeof(std::int32_t); ++size) {
    const auto make = [&](Recipient to) { return with_payload_of(size, done(to)); };
    EXPECT_FALSE(run_message(make).error) << size;
  }
}

struct Meaning {
  int code;
  DumpFailure reason;
};

constexpr Meaning kMeanings[] = {
    {EPERM, DumpFailure::permission},        {EACCES, DumpFailure::permission},
    {ENOENT, DumpFailure::no_handler},       {EOPNOTSUPP, DumpFailure::no_handler},
    {EAFNOSUPPORT, DumpFailure::no_handler}, {EBUSY, DumpFailure::busy},
    {EAGAIN, DumpFailure::timeout},          {EMSGSIZE, DumpFailure::truncated},
    {ENOSPC, DumpFailure::truncated},        {EINVAL, DumpFailure::other},
    {ENOBUFS, DumpFailure::other},           {ENOMEM, DumpFailure::other}};

TEST_F(Dump, ErrorInsteadOfRowsIsAnError) {
  for (const Meaning& meaning : kMeanings) {
    const Outcome outcome = run_message([&](Recipient to) { return error(to, meaning.code); });
    EXPECT_EQ(outcome.failure(), meaning.reason) << meaning.code;
    EXPECT_THAT(outcome.error->message, HasSubstr("refused")) << meaning.code;
  }
}

TEST_F(Dump, ErrorInsideDoneIsAnErrorAndNotTheEnd) {
  for (const Meaning& meaning : kMeanings) {
    const Outcome outcome = run_message([&](Recipient to) { return done(to, meaning.code); });
    EXPECT_EQ(outcome.failure(), meaning.reason) << meaning.code;
  }
  const Outcome late = run_message([](Recipient to) {
    return joined({row(to, 1), done(to, ENOENT)});
  });
  EXPECT_EQ(late.failure(), DumpFailure::no_handler);
}

TEST_F(Dump, ErrorThatIsNoErrnoIsMalformed) {
  for (const int code : {4096, std::numeric_limits<int>::max()}) {
    EXPECT_EQ(run_message([&](Recipient to) { return done(to, code); }).failure(),
              DumpFailure::malformed);
    EXPECT_EQ(run_message([&](Recipient to) { return error(to, code); }).failure(),
              DumpFailure::malformed);
  }
}

TEST_F(Dump, ErrorOfACallIsAnError) {
  for (const Meaning& meaning : kMeanings) {
    const Outcome outcome =
        run([&](const DumpRequest&) { return std::vector<Reply>{{.error_code = meaning.code}}; });
    EXPECT_EQ(outcome.failure(), meaning.reason) << meaning.code;
  }
}

TEST_F(Dump, ThatCannotBeSentIsAnError) {
  for (const auto& [code, reason] : kMeanings) {
    kernel_.repair();
    kernel_.fail(FailAt::send, code, [](const DumpRequest&) { return true; });
    const Outcome outcome = run_message([](Recipient to) { return done(to); });
    EXPECT_EQ(outcome.failure(), reason) << code;
  }
}

TEST_F(Dump, ErrorMessageThatIsNoneIsMalformed) {
  EXPECT_EQ(run_message([](Recipient to) { return error(to, 0); }).failure(),
            DumpFailure::malformed);
  EXPECT_EQ(run_message([](Recipient to) { return error(to, -5); }).failure(),
            DumpFailure::malformed);
  for (std::size_t size = 0; size < sizeof(std::int32_t); ++size) {
    const auto make = [&](Recipient to) { return with_payload_of(size, error(to, ENOENT)); };
    EXPECT_EQ(run_message(make).failure(), DumpFailure::malformed) << size;
  }
}

TEST_F(Dump, OverrunIsAnError) {
  const Outcome outcome = run_message([](Recipient to) {
    return joined({row(to, 1), reply(to, NLMSG_OVERRUN, {}), done(to)});
  });
  EXPECT_EQ(outcome.failure(), DumpFailure::other);
}

TEST_F(Dump, WithoutAnEndRunsIntoItsTimeout) {
  const Outcome outcome = run_message([](Recipient to) { return row(to, 1); });
  EXPECT_EQ(outcome.failure(), DumpFailure::timeout);
}

TEST_F(Dump, TruncatedDatagramIsAnErrorHoweverWellItReads) {
  const Outcome outcome = run([](const DumpRequest& request) {
    const Buffer bytes = joined({row(request.from, 1), done(request.from)});
    return std::vector<Reply>{{.bytes = bytes, .truncated = true}};
  });
  EXPECT_EQ(outcome.failure(), DumpFailure::truncated);
  EXPECT_THAT(outcome.datagrams, IsEmpty());
}

TEST_F(Dump, DatagramLargerThanAnyThatTheKernelSendsIsTruncated) {
  const Outcome outcome = run_message([](Recipient to) { return reply(to, kRow, Buffer(40'000)); });
  EXPECT_EQ(outcome.failure(), DumpFailure::truncated);
}

TEST_F(Dump, DatagramsOfOtherProcessesAreNotBelieved) {
  const Outcome outcome = run([](const DumpRequest& request) {
    const Recipient to = request.from;
    return std::vector<Reply>{{.bytes = joined({row(to, 66), done(to)}), .sender = 4711},
                              {.bytes = error(to, EPERM), .sender = 1},
                              {.bytes = {std::byte{1}}, .sender = 1, .truncated = true},
                              {.bytes = joined({row(to, 1), done(to)})}};
  });
  EXPECT_THAT(outcome.datagrams, ElementsAre(ElementsAre(1)));
  EXPECT_FALSE(outcome.error);
}

TEST_F(Dump, AnswersToOtherRequestsArePassedOver) {
  const Outcome outcome = run([](const DumpRequest& request) {
    const Recipient to = request.from;
    const Recipient earlier{to.sequence - 1, to.port};
    const Recipient other{to.sequence, to.port + 1};
    const Recipient multicast{0, 0};
    return std::vector<Reply>{
        {.bytes = joined({row(earlier, 66), done(earlier)})},
        {.bytes = joined({row(multicast, 66), row(to, 1), error(other, EPERM)})},
        {.bytes = joined({row(to, 2), row(other, 66), done(to)})}};
  });
  EXPECT_THAT(outcome.datagrams, ElementsAre(ElementsAre(1), ElementsAre(2)));
  EXPECT_FALSE(outcome.error);
}

TEST_F(Dump, ThatGetsOnlyStrangersEndsAtLast) {
  const auto endless = [](const Reply& reply) {
    return [reply](const DumpRequest&) { return std::vector<Reply>(100'000, reply); };
  };
  EXPECT_TRUE(run(endless({.error_code = EINTR})).error);
  EXPECT_TRUE(run(endless({.bytes = done({}), .sender = 1})).error);
  EXPECT_TRUE(run(endless({.bytes = row({}, 66)})).error);
  EXPECT_TRUE(run(endless({})).error);
}

TEST_F(Dump, GoesOnAfterASignalAndCountsIt) {
  const Outcome outcome = run([](const DumpRequest& request) {
    const Recipient to = request.from;
    return std::vector<Reply>{{.error_code = EINTR},
                              {.bytes = row(to, 1)},
                              {.error_code = EINTR},
                              {.error_code = EINTR},
                              {.bytes = done(to)}};
  });
  EXPECT_THAT(outcome.datagrams, ElementsAre(ElementsAre(1)));
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.waiting.interruptions, 3U);
}

TEST_F(Dump, MessagesOfNoMeaningArePassedOver) {
  const Outcome outcome = run_message([](Recipient to) {
    return joined({reply(to, NLMSG_NOOP, Buffer(4)), row(to, 1), done(to)});
  });
  EXPECT_THAT(outcome.datagrams, ElementsAre(ElementsAre(1)));
}

TEST_F(Dump, MessageLengthThatDoesNotFitIsMalformed) {
  for (const std::uint32_t length : std::initializer_list<std::uint32_t>{
           0, 1, 15, 25, 100, 0x7fffffff, 0xfffffffe, 0xffffffff}) {
    const auto make = [&](Recipient to) { return with_length(length, row(to, 1)); };
    const Outcome outcome = run_message(make);
    EXPECT_EQ(outcome.failure(), DumpFailure::malformed) << length;
    EXPECT_THAT(outcome.datagrams, IsEmpty()) << length;
  }
}

TEST_F(Dump, DatagramCutAnywhereIsMalformedOrWaitsForMore) {
  const auto whole = [](Recipient to) { return joined({row(to, 1), row(to, 2), done(to)}); };
  for (std::size_t size = 0; size < whole({}).size(); ++size) {
    const Outcome outcome = run_message([&](Recipient to) {
      Buffer bytes = whole(to);
      bytes.resize(size);
      return bytes;
    });
    const bool between_rows = size == 0 || size == 24 || size == 48;
    EXPECT_EQ(outcome.failure(), between_rows ? DumpFailure::timeout : DumpFailure::malformed)
        << size;
    EXPECT_EQ(outcome.datagrams.empty(), !between_rows || size == 0) << size;
  }
}

TEST_F(Dump, GarbageIsMalformed) {
  for (int value = 0; value < 256; ++value) {
    const Outcome outcome =
        run_message([&](Recipient) { return Buffer(77, static_cast<std::byte>(value)); });
    EXPECT_EQ(outcome.failure(), DumpFailure::malformed) << value;
  }
}

TEST_F(Dump, PayloadsThatCannotBeRightEndItAtOnce) {
  accept_ = false;
  const Outcome outcome = run([](const DumpRequest& request) {
    const Recipient to = request.from;
    return std::vector<Reply>{{.bytes = row(to, 1)}, {.bytes = joined({row(to, 2), done(to)})}};
  });
  EXPECT_EQ(outcome.failure(), DumpFailure::malformed);
  EXPECT_THAT(outcome.datagrams, ElementsAre(ElementsAre(1)));
}

TEST_F(Dump, EachRequestHasASequenceNumberOfItsOwn) {
  run_message([](Recipient to) { return done(to); });
  run_message([](Recipient to) { return done(to); });
  ASSERT_EQ(kernel_.requests().size(), 2U);
  EXPECT_NE(kernel_.requests()[0].from.sequence, kernel_.requests()[1].from.sequence);
  EXPECT_NE(kernel_.requests()[0].from.sequence, 0U);
}

TEST_F(Dump, RequestWithoutAHeaderIsNeverSent) {
  const auto channel = kernel_.opener()(NETLINK_SOCK_DIAG).value();
  kernel::Waiting waiting;
  const auto dumped = kernel::run_dump(*channel, Buffer(8), waiting,
                                       [](const std::vector<Bytes>&) { return true; });
  EXPECT_EQ(dumped.error().reason, DumpFailure::malformed);
  EXPECT_THAT(kernel_.requests(), IsEmpty());
}

}  // namespace
}  // namespace sockwatch::test
