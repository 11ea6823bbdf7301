// One pid, used again and again by processes with other names and other sockets, the change falling
// anywhere in a sample: between any two questions to the kernel. No socket may get the name of
// another process.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

#include "hostile/connect.h"
#include "hostile/scale.h"
#include "hostile/watched_system.h"
#include "kernel/sampled.h"
#include "support/checked.h"
#include "support/process.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

constexpr pid_t kPid = 500;
constexpr int kFirstPort = 10'000;
constexpr const char* kSockets[] = {"listener", "server", "client", "udp"};

std::string name_of(int generation) {
  return "generation" + std::to_string(generation);
}

std::string told(const char* socket, int generation) {
  return socket + std::to_string(generation);
}

[[noreturn]] void live_generation(Child& me, int number) {
  checked(::prctl(PR_SET_NAME, name_of(number).c_str()), "PR_SET_NAME");
  const auto port = static_cast<std::uint16_t>(kFirstPort + number);
  const TestSocket listener = tcp_listen("127.0.0.1", port);
  const TcpPair pair = tcp_established(listener);
  reset_at_end(pair.client.fd);
  reset_at_end(pair.server.fd);
  const TestSocket udp = udp_bind("127.0.0.1", port);
  me.tell(told("listener", number), listener.facts);
  me.tell(told("server", number), pair.server.facts);
  me.tell(told("client", number), pair.client.facts);
  me.tell(told("udp", number), udp.facts);
  me.reach(name_of(number));
  me.wait();
}

/// The life of process 1 of a pid namespace: at each step it replaces its only other process.
void replace_at_each_step(Child& me) {
  pid_t current = -1;
  for (int number = 0;; ++number) {
    me.wait_for(name_of(number));
    if (current != -1) {
      checked(::kill(current, SIGKILL), "kill");
      checked(::waitpid(current, nullptr, 0), "waitpid");
    }
    std::ofstream("/proc/sys/kernel/ns_last_pid") << kPid - 1 << std::flush;
    current = checked(::fork(), "fork");
    if (current == 0) live_generation(me, number);
    if (current != kPid) throw std::runtime_error("the pid cannot be chosen");
  }
}

class PidReuse : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    try {
      life_.emplace(ProcessOptions{.name = "namespace"}, [](Child& me) {
        me.fork_pid_namespace([&me] { replace_at_each_step(me); });
        me.ready();
        me.wait();
      });
      replace();
    } catch (const std::runtime_error& error) {
      GTEST_SKIP() << error.what();
    }
    watch();
  }

  /// The daemon, looking at the processes of the namespace.
  void watch() {
    const std::string first = std::to_string(life_->workers().at(0));
    kernel::System system = kernel::real_system().value();
    system.proc = kernel::open_directory("/proc/" + first + "/root/proc").value();
    sampler_.emplace(SamplerOptions{}, Collector(watched(std::move(system), watch_)));
    watch_.before_question = [this] {
      if (questions_left_ > 0 && --questions_left_ == 0) replace();
    };
  }

  void replace() {
    ++generation_;
    life_->go(name_of(generation_));
    life_->until(name_of(generation_));
  }

  /// A sample; before this question of it, counted from 1, the process is replaced. 0: never.
  Exposition sample(std::size_t replaced_before) {
    questions_left_ = replaced_before;
    watch_.questions = 0;
    Exposition seen = sampler_->sample();
    sampler_->forget_events();
    EXPECT_EQ(broken_identity(seen), "");
    expect_no_wrong_name(seen);
    return seen;
  }

  void expect_no_wrong_name(const Exposition& seen) {
    for (const Series& row : seen.select("sockwatch_listener_sockets")) {
      const std::string& process = row.labels.at("process");
      const int number = std::stoi(row.labels.at("port")) - kFirstPort;
      EXPECT_TRUE(process.empty() || process == name_of(number)) << number << " is " << process;
    }
    for (int number = std::max(generation_ - 1, 0); number <= generation_; ++number) {
      for (const char* socket : kSockets) {
        const std::string owner = owner_of(life_->facts(told(socket, number)));
        EXPECT_TRUE(owner.empty() || owner == name_of(number))
            << socket << " of " << number << " is of " << owner;
        ++(owner.empty() ? unnamed_ : named_);
      }
    }
  }

  std::string owner_of(const SocketFacts& facts) const {
    const Owners& owners = sampler_->sampler().collector().owners();
    const auto owner =
        owners.find({facts.cookie, static_cast<std::uint32_t>(facts.inode)}, MonotonicTime());
    const auto* process = owner ? std::get_if<ProcessId>(&*owner) : nullptr;
    return process == nullptr ? "" : owners.process(*process).name;
  }

  int generation() const { return generation_; }
  std::size_t questions() const { return watch_.questions; }
  std::size_t named() const { return named_; }
  std::size_t unnamed() const { return unnamed_; }

 private:
  Watch watch_;
  std::size_t questions_left_ = 0;
  int generation_ = -1;
  std::size_t named_ = 0;
  std::size_t unnamed_ = 0;
  std::optional<TestProcess> life_;
  std::optional<TestSampler> sampler_;
};

TEST_F(PidReuse, NeverGivesASocketTheNameOfAnotherProcess) {
  std::mt19937 random(11);
  const int reuses = scaled(150, 10'000);
  sample(0);
  while (generation() < reuses) {
    const int before = generation();
    sample(1 + random() % questions());
    if (generation() == before) replace();
    if (random() % 4 != 0) continue;
    const Exposition seen = sample(0);
    EXPECT_EQ(seen.sum("sockwatch_process_sockets", {{"process", name_of(generation())}}), 4);
    EXPECT_EQ(seen.sum("sockwatch_process_sockets"), 4);
  }
  std::printf("%d reuses, %zu questions a sample: %zu sockets named, %zu without a name\n", reuses,
              questions(), named(), unnamed());
}

}  // namespace
}  // namespace sockwatch::test
