#include "faults/bare_daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "http/client.h"
#include "support/checked.h"

namespace sockwatch::test {
namespace {

constexpr const char* kFast =
    "sampling: {interval: 200ms, listeners_interval: 100ms, cpu_limit: 100%}\n";
// Not of the range that the kernel takes ports of clients from: a client that asks for a server
// which is not there yet could be given the same one, and would be connected to itself.
constexpr std::uint16_t kPort = 10098;

}  // namespace

BareDaemon::BareDaemon(const Conditions& conditions) {
  folder_.write("sockwatch.yaml",
                kFast + ("http: {listen: [\"127.0.0.1:" + std::to_string(kPort) +
                         "\"]}\nstate_directory: " + folder_.path() + "/state\n"));
  folder_.write("log", "");
  pid_ = checked(::fork(), "fork");
  if (pid_ == 0) execute(conditions);
}

void BareDaemon::execute(const Conditions& conditions) const {
  const std::string log = folder_.path() + "/log";
  const std::string config = folder_.path() + "/sockwatch.yaml";
  ::dup2(::open(log.c_str(), O_WRONLY | O_APPEND), 1);
  ::dup2(1, 2);
  if (!conditions.preload.empty()) ::setenv("LD_PRELOAD", conditions.preload.c_str(), 1);
  if (conditions.descriptors) {
    const rlimit limit{*conditions.descriptors, *conditions.descriptors};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ::close_range(3, ~0U, 0);
  ::execl(SOCKWATCH_BINARY, "sockwatch", "run", "--config", config.c_str(), nullptr);
  ::_exit(127);
}

BareDaemon::~BareDaemon() {
  if (ended()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::optional<int> BareDaemon::ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return status_;
}

std::optional<std::string> BareDaemon::metrics() const {
  try {
    const auto reply = http::get("http://127.0.0.1:" + std::to_string(kPort) + "/", "/metrics");
    if (reply && reply->status == 200) return reply->body;
  } catch (const std::exception&) {
    // It does not listen yet.
  }
  return std::nullopt;
}

void BareDaemon::signal(int number) const {
  checked(::kill(pid_, number), "kill");
}

std::string BareDaemon::log() const {
  std::ifstream file(folder_.path() + "/log", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace sockwatch::test
