#include "support/child.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/checked.h"
#include "support/eventually.h"

namespace sockwatch::test {
namespace {

bool leader_is_zombie() {
  const std::string pid = std::to_string(::getpid());
  std::ifstream file("/proc/self/task/" + pid + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');  // the name may hold any byte
  return name_end != std::string::npos && text.substr(name_end + 2, 1) == "Z";
}

std::string copy_of_shell(const std::string& name) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("swt-program-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file("/bin/sh", folder / name);
  return folder / name;
}

void mount_own_proc() {
  checked(::unshare(CLONE_NEWNS), "unshare the mounts");
  checked(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  checked(::mount("proc", "/proc", "proc", 0, nullptr), "mount /proc");
}

}  // namespace

void Child::reach(const std::string& step) {
  test_.send(make_message(Message::Kind::kStep, step));
}

void Child::wait_for(const std::string& step) {
  const auto received = test_.receive(step, std::chrono::milliseconds(-1));
  if (!received) wait();
  if (received->message.text != step) {
    throw std::runtime_error("got step " + std::string(received->message.text) + " for " + step);
  }
}

void Child::pause(std::chrono::milliseconds time) {
  if (test_.await_hangup(time)) ::_exit(0);
}

void Child::wait() {
  test_.await_hangup();
  ::_exit(0);
}

void Child::tell(const std::string& name, const SocketFacts& facts) {
  Message message = make_message(Message::Kind::kFacts, name);
  message.facts = facts;
  test_.send(message);
}

void Child::send_socket(const OwnedFd& socket) {
  test_.send(make_message(Message::Kind::kSocket), socket.get());
}

OwnedFd Child::receive_socket() {
  auto received = test_.receive("socket");
  if (!received || !received->descriptor) throw std::runtime_error("no socket came");
  return std::move(received->descriptor);
}

void Child::leave_in_flight(TestSocket socket) {
  static auto mailbox = Channel::make();  // its ends stay open for the life of the process
  mailbox.first.send(make_message(Message::Kind::kSocket), socket.fd.get());
}

pid_t Child::fork_worker(const std::string& name) {
  const pid_t pid = checked(::fork(), "fork");
  if (pid == 0) {
    if (!name.empty()) ::prctl(PR_SET_NAME, name.c_str());
    wait();
  }
  Message message = make_message(Message::Kind::kWorker);
  message.pid = pid;
  test_.send(message);
  return pid;
}

void Child::fork_pid_namespace(const std::function<void()>& first_life) {
  checked(::unshare(CLONE_NEWPID), "unshare the pids");
  Message message = make_message(Message::Kind::kWorker);
  message.pid = checked(::fork(), "fork");
  if (message.pid == 0) {
    mount_own_proc();
    first_life();
    wait();
  }
  test_.send(message);
}

SocketFacts Child::open_in_private_table(std::function<TestSocket()> open) {
  std::promise<SocketFacts> opened;
  std::future<SocketFacts> facts = opened.get_future();
  std::thread([this, open = std::move(open), opened = std::move(opened)]() mutable {
    try {
      checked(::unshare(CLONE_FILES), "unshare the file table");
      const TestSocket socket = open();
      opened.set_value(socket.facts);
      wait();
    } catch (...) {
      opened.set_exception(std::current_exception());
    }
  }).detach();
  return facts.get();
}

void Child::lose_leader() {
  std::thread([this] {
    await("the end of the first thread", leader_is_zombie);
    ready();
    wait();
  }).detach();
  ::syscall(SYS_exit, 0);  // ends this thread only
  std::abort();
}

void Child::become(const std::string& name, const TestSocket& socket,
                   const std::vector<std::string>& arguments) {
  const std::string path = copy_of_shell(name);
  std::vector<const char*> words = {path.c_str(), "-c", "read line", path.c_str()};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  words.push_back(nullptr);
  test_.send(make_message(Message::Kind::kProgram, path));
  // It reads from the test, which is silent, and ends when the test closes its end.
  checked(::dup2(test_.fd(), STDIN_FILENO), "dup2");
  checked(::fcntl(socket.fd.get(), F_SETFD, 0), "keep a socket open");
  ::execv(path.c_str(), const_cast<char* const*>(words.data()));
  checked(-1, "execute " + path);
  std::abort();
}

}  // namespace sockwatch::test
