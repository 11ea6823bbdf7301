#include "soak/changing_machine.h"

#include <cerrno>
#include <utility>

namespace sockwatch::test {

struct ChangingMachine::State {
  std::vector<kernel::System> machines;
  std::size_t current = 0;
  Netlink netlink = Netlink::works;

  const kernel::System& machine() const { return machines[current]; }
};

namespace {

/// Answers once, then no more.
class SilentChannel final : public kernel::Channel {
 public:
  explicit SilentChannel(std::unique_ptr<kernel::Channel> channel) : channel_(std::move(channel)) {}

  Result<void> send(Bytes request) override { return channel_->send(request); }
  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting& waiting) override {
    if (std::exchange(answered_, true)) return system_failure("netlink receive", EAGAIN);
    return channel_->receive(buffer, waiting);
  }
  std::uint32_t port() const override { return channel_->port(); }

 private:
  std::unique_ptr<kernel::Channel> channel_;
  bool answered_ = false;
};

/// The root of whichever machine is the current one.
class CurrentDirectory final : public kernel::Directory {
 public:
  using Root = std::function<const kernel::Directory&()>;

  explicit CurrentDirectory(Root root) : root_(std::move(root)) {}

  Result<std::unique_ptr<kernel::Directory>> open(const std::string& name) const override {
    return root_().open(name);
  }
  Result<std::string> read_file(const std::string& name, std::size_t limit) const override {
    return root_().read_file(name, limit);
  }
  Result<void> read_lines(const std::string& name, const kernel::OnLine& on_line) const override {
    return root_().read_lines(name, on_line);
  }
  Result<std::string_view> read_link(const std::string& name,
                                     std::span<char> buffer) const override {
    return root_().read_link(name, buffer);
  }
  Result<void> for_each_entry(const kernel::OnEntry& on_entry) const override {
    return root_().for_each_entry(on_entry);
  }
  Result<kernel::FileStamp> stamp(const std::string& name) const override {
    return root_().stamp(name);
  }

 private:
  Root root_;
};

}  // namespace

ChangingMachine::ChangingMachine(std::vector<kernel::System> machines)
    : state_(std::make_shared<State>()) {
  state_->machines = std::move(machines);
}

kernel::System ChangingMachine::system() const {
  const auto state = state_;
  const auto open = [state](int protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    if (state->netlink == Netlink::cannot_be_opened) {
      return system_failure("open netlink socket", EMFILE);
    }
    auto channel = state->machine().netlink(protocol);
    if (!channel || state->netlink == Netlink::works) return channel;
    return std::make_unique<SilentChannel>(std::move(*channel));
  };
  const auto directory = [](CurrentDirectory::Root root) {
    return std::make_shared<CurrentDirectory>(std::move(root));
  };
  return {open, directory([state]() -> const kernel::Directory& { return *state->machine().proc; }),
          directory([state]() -> const kernel::Directory& { return *state->machine().etc; })};
}

void ChangingMachine::become(std::size_t machine) {
  state_->current = machine;
}

void ChangingMachine::let_netlink(Netlink netlink) {
  state_->netlink = netlink;
}

}  // namespace sockwatch::test
