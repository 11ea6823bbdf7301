// The check of failed_dump_test.cpp has to be able to fail: here it is put to a source that does
// what the daemon must never do.
#include <gtest/gtest.h>
#include <linux/netlink.h>

#include "unit/dump_failures.h"

namespace sockwatch::test {
namespace {

/// Takes every NLMSG_DONE for a good end, whatever error it carries, as mnl_cb_run() of
/// libmnl 1.0.4 does.
class LookingAway final : public kernel::Channel {
 public:
  explicit LookingAway(std::unique_ptr<kernel::Channel> inner) : inner_(std::move(inner)) {}

  Result<void> send(Bytes request) override { return inner_->send(request); }
  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting& waiting) override {
    const auto datagram = inner_->receive(buffer, waiting);
    if (datagram) forget_errors(buffer.first(datagram->size));
    return datagram;
  }
  std::uint32_t port() const override { return inner_->port(); }

 private:
  static void forget_errors(std::span<std::byte> datagram) {
    while (const auto header = read_at<nlmsghdr>(datagram, 0)) {
      if (header->nlmsg_type == NLMSG_DONE) {
        std::ranges::fill(datagram.subspan(NLMSG_HDRLEN, sizeof(int)), std::byte{0});
      }
      datagram = datagram.subspan(
          std::min<std::size_t>(NLMSG_ALIGN(std::size_t{header->nlmsg_len}), datagram.size()));
    }
  }

  std::unique_ptr<kernel::Channel> inner_;
};

kernel::OpenChannel looking_away(kernel::OpenChannel open) {
  return [open](int protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    auto channel = open(protocol);
    if (!channel) return channel;
    return std::make_unique<LookingAway>(std::move(*channel));
  };
}

TEST(FalseZeroCheck, CatchesASourceThatLooksAwayFromErrorsInDone) {
  FakeHost host({Protocol::tcp, Protocol::udp}, looking_away);
  for_each_failure(host, [&](Protocol protocol, FailAt place, const FailureCode& code) {
    host.kernel.fail(place, code.number, dumps_of(protocol));
    const Exposition metrics = host.sample();
    const bool deceived = place == FailAt::done_message;
    EXPECT_EQ(!shown_of(metrics, protocol).empty(), deceived) << "and nothing else is caught";
    EXPECT_EQ(up(metrics, protocol), deceived ? 1 : 0);
  });
}

TEST(FalseZeroCheck, CatchesAMissingModuleThatReadsAsNoSockets) {
  FakeHost host({Protocol::tcp, Protocol::udp}, looking_away);
  for (const Protocol protocol : kProtocols) {
    host.restart();
    (protocol == Protocol::tcp ? host.kernel.tcp : host.kernel.udp).clear();
    host.kernel.fail(FailAt::done_message, ENOENT, dumps_of(protocol));
    const Exposition metrics = host.sample();
    EXPECT_EQ(metrics.sum("sockwatch_sockets", of(protocol)), 0) << "the false zero";
    EXPECT_NE(shown_of(metrics, protocol), "");
  }
}

}  // namespace
}  // namespace sockwatch::test
