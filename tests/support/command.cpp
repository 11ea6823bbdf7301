#include "support/command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <stdexcept>

#include "support/checked.h"
#include "support/eventually.h"
#include "support/owned_fd.h"

namespace sockwatch::test {
namespace {

struct Pipe {
  OwnedFd read;
  OwnedFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  return {OwnedFd(ends[0]), OwnedFd(ends[1])};
}

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

// Through env(1), as the tests' own PATH need not have the sbin folders.
pid_t spawn(const std::vector<std::string>& words, int output, int errors) {
  std::vector<std::string> all{"/usr/bin/env", "-i", "LC_ALL=C",
                               "PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  arguments.reserve(all.size() + 1);
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  pid_t pid = -1;
  errno = ::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return checked(errno == 0 ? pid : -1, command_line(words));
}

// False at the end of the stream, which is when the program has closed it.
bool append_some(int fd, std::string& text) {
  std::array<char, 4096> chunk{};
  const ssize_t size = checked(::read(fd, chunk.data(), chunk.size()), "read from a command");
  text.append(chunk.data(), static_cast<std::size_t>(size));
  return size > 0;
}

// Reads both streams to their ends; false when they are still open after kPatience.
bool drain(const Pipe& output, std::string& out, const Pipe& errors, std::string& err) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::array<pollfd, 2> streams{pollfd{output.read.get(), POLLIN, 0},
                                pollfd{errors.read.get(), POLLIN, 0}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    checked(::poll(streams.data(), 2, static_cast<int>(left.count())), "poll a command");
    if (streams[0].revents != 0 && !append_some(streams[0].fd, out)) streams[0].fd = -1;
    if (streams[1].revents != 0 && !append_some(streams[1].fd, err)) streams[1].fd = -1;
  }
  return true;
}

}  // namespace

std::string run_command(const std::vector<std::string>& words) {
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  const pid_t pid = spawn(words, output.write.get(), errors.write.get());
  output.write.reset();
  errors.write.reset();
  std::string out;
  std::string err;
  const bool ended = drain(output, out, errors, err);
  if (!ended) ::kill(pid, SIGKILL);
  int status = 0;
  checked(::waitpid(pid, &status, 0), "wait for " + command_line(words));
  if (status != 0) {
    throw std::runtime_error(command_line(words) + (ended ? " failed: " : " hangs: ") + out + err);
  }
  return out;
}

}  // namespace sockwatch::test
