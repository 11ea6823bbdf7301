#include "e2e/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "http/client.h"
#include "support/checked.h"
#include "support/eventually.h"
#include "support/sockets.h"

namespace sockwatch::test {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

pid_t start(const std::vector<std::string>& arguments, const std::string& out,
            const std::string& err, std::optional<uid_t> uid) {
  std::vector<char*> words = {const_cast<char*>("sockwatch")};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t pid = checked(::fork(), "fork");
  if (pid != 0) return pid;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND;
  ::dup2(::open(out.c_str(), kFlags, 0666), 1);
  ::dup2(::open(err.c_str(), kFlags, 0666), 2);
  if (uid && (::setgid(*uid) != 0 || ::setuid(*uid) != 0)) ::_exit(126);
  ::execv(SOCKWATCH_BINARY, words.data());
  ::_exit(127);
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t pid) {
  int status = 0;
  const bool ended = eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; });
  if (ended) return exit_status(status);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  throw std::runtime_error("sockwatch did not end");
}

}  // namespace

Finished run_sockwatch(const std::vector<std::string>& arguments, std::optional<uid_t> uid) {
  const TestFolder folder;
  const std::string out = folder.write("out", "");
  const std::string err = folder.write("err", "");
  const int status = wait_for(start(arguments, out, err, uid));
  return {status, read_all(out), read_all(err)};
}

TestFolder::TestFolder() {
  std::array<char, 32> name{"/tmp/sockwatch-test-XXXXXX"};
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name.data();
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestFolder::write(const std::string& file, const std::string& content) const {
  const std::string path = path_ + "/" + file;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

RunningDaemon::RunningDaemon(const std::string& yaml, std::vector<std::string> arguments)
    : port_(free_tcp_port("127.0.0.1")) {
  rewrite_config(yaml);
  start_and_await(std::move(arguments));
}

RunningDaemon::RunningDaemon(const State& state)
    : state_directory_(state.directory), port_(free_tcp_port("127.0.0.1")) {
  rewrite_config("");
  start_and_await({});
}

void RunningDaemon::start_and_await(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"run", "--config", config()});
  const std::string log = folder_.write("log", "");
  pid_ = start(arguments, log, log, std::nullopt);
  const bool ready = eventually([&] {
    try {
      const auto reply = http::get(url(), "/-/ready");
      return reply && reply->status == 200;
    } catch (const std::exception&) {
      return false;
    }
  });
  if (!ready) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    throw std::runtime_error("sockwatch is not ready:\n" + this->log());
  }
}

RunningDaemon::~RunningDaemon() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string RunningDaemon::whole_config(const std::string& yaml) const {
  return yaml + "\nhttp: {listen: [\"127.0.0.1:" + std::to_string(port_) +
         "\"]}\nstate_directory: " + state_directory_ + "\n";
}

void RunningDaemon::rewrite_config(const std::string& yaml) const {
  folder_.write("sockwatch.yaml", whole_config(yaml));
}

std::string RunningDaemon::metrics() const {
  const auto reply = http::get(url(), "/metrics");
  if (!reply || reply->status != 200) throw std::runtime_error("/metrics does not answer");
  return reply->body;
}

bool RunningDaemon::logs(const std::string& text) const {
  return eventually([&] { return log().find(text) != std::string::npos; });
}

std::string RunningDaemon::log() const {
  return read_all(folder_.path() + "/log");
}

void RunningDaemon::signal(int number) const {
  checked(::kill(pid_, number), "kill");
}

int RunningDaemon::wait() {
  const pid_t pid = std::exchange(pid_, -1);
  return wait_for(pid);
}

}  // namespace sockwatch::test
