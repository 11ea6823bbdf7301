#include "hostile/watched_system.h"

#include <utility>

#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

void ask(Watch& watch) {
  ++watch.questions;
  watch.before_question();
}

class WatchedChannel final : public kernel::Channel {
 public:
  WatchedChannel(std::unique_ptr<Channel> channel, Watch& watch)
      : channel_(std::move(channel)), watch_(watch) {}

  Result<void> send(Bytes request) override {
    ask(watch_);
    return channel_->send(request);
  }
  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting& waiting) override {
    ask(watch_);
    ++watch_.datagrams;
    return channel_->receive(buffer, waiting);
  }
  std::uint32_t port() const override { return channel_->port(); }

 private:
  std::unique_ptr<Channel> channel_;
  Watch& watch_;
};

}  // namespace

kernel::System watched(kernel::System system, Watch& watch) {
  auto open = [netlink = std::move(system.netlink),
               &watch](int protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    auto opened = netlink(protocol);
    if (!opened) return tl::unexpected(opened.error());
    return std::make_unique<WatchedChannel>(std::move(*opened), watch);
  };
  const auto watcher = [&watch](const std::string&) {
    ask(watch);
    return 0;
  };
  return {std::move(open), watched(std::move(system.proc), watcher),
          watched(std::move(system.etc), watcher)};
}

}  // namespace sockwatch::test
