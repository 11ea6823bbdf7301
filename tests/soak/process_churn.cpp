#include "soak/process_churn.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <deque>

#include "support/checked.h"

namespace sockwatch::test {
namespace {

constexpr std::size_t kMost = 8;
constexpr char kTurn = 't';
constexpr char kRest = 'r';

pid_t start_one() {
  const pid_t pid = checked(::fork(), "fork");
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "passing");
  const TestSocket listener = tcp_listen("127.0.0.1");
  const TestSocket server = udp_bind("127.0.0.1");
  while (true) ::pause();
}

void end_first(std::deque<pid_t>& processes) {
  ::kill(processes.front(), SIGKILL);
  checked(::waitpid(processes.front(), nullptr, 0), "waitpid");
  processes.pop_front();
}

[[noreturn]] void follow(Child& me) {
  me.ready();
  const OwnedFd orders = me.receive_socket();
  std::deque<pid_t> processes;
  char order = 0;
  while (::recv(orders.get(), &order, 1, 0) == 1) {
    if (order == kTurn) processes.push_back(start_one());
    while (processes.size() > (order == kTurn ? kMost : 0)) end_first(processes);
    if (order == kRest) checked(::send(orders.get(), &order, 1, MSG_NOSIGNAL), "tell of the rest");
  }
  me.wait();
}

}  // namespace

ProcessChurn::ProcessChurn() : process_({.name = "process-churn"}, follow) {
  std::array<int, 2> ends{};
  checked(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  orders_.reset(ends[0]);
  const OwnedFd theirs(ends[1]);
  process_.send_socket(theirs.get());
}

void ProcessChurn::turn() {
  ::send(orders_.get(), &kTurn, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void ProcessChurn::rest() {
  checked(::send(orders_.get(), &kRest, 1, MSG_NOSIGNAL), "order a rest");
  char done = 0;
  checked(::recv(orders_.get(), &done, 1, 0), "wait for the rest");
}

}  // namespace sockwatch::test
