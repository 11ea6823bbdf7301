#include "support/process.h"

#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "support/checked.h"
#include "support/eventually.h"

namespace sockwatch::test {
namespace {

OwnedFd open_handle(pid_t pid) {
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  return OwnedFd(checked(static_cast<int>(fd), "pidfd_open"));
}

// Never reaches a process that has taken over the pid.
void kill_by_handle(const OwnedFd& handle) {
  ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
}

bool has_ended(const OwnedFd& handle) {
  pollfd end{handle.get(), POLLIN, 0};
  return ::poll(&end, 1, static_cast<int>(kPatience.count())) == 1;
}

void close_all_but(int kept) {
  const auto fd = static_cast<unsigned>(kept);
  if (fd > 3) checked(::close_range(3, fd - 1, 0), "close_range");
  checked(::close_range(fd + 1, ~0U, 0), "close_range");
}

void become_user(const ProcessOptions& options) {
  if (!options.uid && !options.gid) return;
  checked(::setgroups(0, nullptr), "setgroups");
  if (options.gid) checked(::setresgid(*options.gid, *options.gid, *options.gid), "setresgid");
  if (options.uid) checked(::setresuid(*options.uid, *options.uid, *options.uid), "setresuid");
}

void dress(const ProcessOptions& options) {
  if (options.cgroup != nullptr) options.cgroup->add(0);
  if (options.netns != nullptr) options.netns->join();
  if (!options.name.empty()) checked(::prctl(PR_SET_NAME, options.name.c_str()), "PR_SET_NAME");
  become_user(options);
}

[[noreturn]] void live(const ProcessOptions& options, const TestProcess::Life& life,
                       const Channel& test) {
  try {
    close_all_but(test.fd());
    dress(options);
    Child me(test);
    life(me);
  } catch (const std::exception& error) {
    // A send that fails means that the test is gone.
    try {
      test.send(make_message(Message::Kind::kError, error.what()));
    } catch (const std::exception&) {
    }
  }
  ::_exit(0);  // the test's own destructors and exit handlers are not for the copy
}

bool runs(pid_t pid, const std::string& path) {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", ignored) == path;
}

}  // namespace

TestProcess::TestProcess(const ProcessOptions& options, const Life& life) : name_(options.name) {
  Channel life_end;
  std::tie(life_, life_end) = Channel::make();
  pid_ = checked(::fork(), "fork");
  if (pid_ == 0) live(options, life, life_end);
  life_end.close();  // so that the end of the process is seen
  try {
    handle_ = open_handle(pid_);
    until("ready");
  } catch (...) {
    end();
    throw;
  }
}

TestProcess::~TestProcess() {
  end();
}

void TestProcess::end() {
  for (const OwnedFd& worker : worker_handles_) {
    kill_by_handle(worker);
    has_ended(worker);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  if (!program_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(std::filesystem::path(program_).parent_path(), ignored);
  }
}

void TestProcess::go(const std::string& step) {
  life_.send(make_message(Message::Kind::kStep, step));
}

void TestProcess::until(const std::string& step) {
  while (!steps_.contains(step)) receive(step);
}

void TestProcess::await_exit() {
  if (!has_ended(handle_)) throw std::runtime_error(name_ + " does not end");
}

SocketFacts TestProcess::facts(const std::string& name) {
  while (!facts_.contains(name)) receive("facts of " + name);
  return facts_.at(name);
}

void TestProcess::send_socket(int socket) {
  life_.send(make_message(Message::Kind::kSocket), socket);
}

OwnedFd TestProcess::receive_socket() {
  while (sockets_.empty()) receive("socket");
  OwnedFd first = std::move(sockets_.front());
  sockets_.erase(sockets_.begin());
  return first;
}

void TestProcess::receive(const std::string& what) {
  auto received = life_.receive(what + " from " + name_);
  if (!received) throw std::runtime_error(name_ + " ended before " + what);
  take(std::move(*received));
}

void TestProcess::take(Received received) {
  const Message& message = received.message;
  switch (message.kind) {
    case Message::Kind::kStep:
      steps_.insert(message.text);
      break;
    case Message::Kind::kFacts:
      facts_[message.text] = message.facts;
      break;
    case Message::Kind::kWorker:
      workers_.push_back(message.pid);
      worker_handles_.push_back(open_handle(message.pid));
      break;
    case Message::Kind::kProgram:
      await_program(message.text);
      break;
    case Message::Kind::kSocket:
      sockets_.push_back(std::move(received.descriptor));
      break;
    case Message::Kind::kError:
      throw std::runtime_error(name_ + ": " + message.text);
  }
}

void TestProcess::await_program(const std::string& path) {
  program_ = path;
  await(path + " running", [&] { return runs(pid_, path); });
  steps_.insert({"ready", "become"});
}

}  // namespace sockwatch::test
