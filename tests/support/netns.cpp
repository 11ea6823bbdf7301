#include "support/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>
#include <sstream>
#include <thread>

#include "support/checked.h"
#include "support/command.h"

namespace sockwatch::test {
namespace {

constexpr const char* kCurrent = "/proc/thread-self/ns/net";

OwnedFd open_namespace(const std::string& path) {
  return OwnedFd(checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open " + path));
}

void set_namespace(const OwnedFd& target, const std::string& path) {
  checked(::setns(target.get(), CLONE_NEWNET), "enter " + path);
}

std::string unused_name() {
  static std::atomic<int> count{0};
  return "swt-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

void ip(const std::string& name, const std::string& arguments) {
  std::vector<std::string> words{"ip", "-n", name};
  std::istringstream stream(arguments);
  for (std::string word; stream >> word;) words.push_back(word);
  run_command(words);
}

}  // namespace

NamespaceVisit::NamespaceVisit(const std::string& path) : home_(open_namespace(kCurrent)) {
  set_namespace(open_namespace(path), path);
}

NamespaceVisit::~NamespaceVisit() {
  set_namespace(home_, "home");  // a throw from here ends the program, as promised
}

TestNamespace::TestNamespace(Loopback loopback) : name_(unused_name()) {
  run_command({"ip", "netns", "add", name_});
  if (loopback == Loopback::kUp) ip(name_, "link set lo up");
}

TestNamespace::~TestNamespace() {
  try {
    run_command({"ip", "netns", "delete", name_});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

void TestNamespace::run(const std::function<void()>& function) const {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      join();
      function();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

void TestNamespace::join() const {
  set_namespace(open_namespace(path()), path());
}

void TestNamespace::add_veth(const std::string& device, const std::string& ipv4,
                             const std::string& ipv6) const {
  const std::string peer = device + "p";
  ip(name_, "link add " + device + " type veth peer name " + peer);
  ip(name_, "link set " + peer + " up");
  ip(name_, "link set " + device + " up");
  if (!ipv4.empty()) ip(name_, "address add " + ipv4 + " broadcast + dev " + device);
  // Without nodad the address is tentative for a second and cannot be bound.
  if (!ipv6.empty()) ip(name_, "address add " + ipv6 + " dev " + device + " nodad");
}

void TestNamespace::add_vxlan(int port) const {
  const std::string device = "vxlan" + std::to_string(port);
  ip(name_, "link add " + device + " type vxlan id 42 dstport " + std::to_string(port));
  ip(name_, "link set " + device + " up");  // the socket is made here
}

std::string TestNamespace::missing_privilege() {
  if (::geteuid() != 0) return "network namespaces can be made by root only";
  int failure = 0;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) failure = errno;
  }).join();
  if (failure == 0) return "";
  return std::string("no network namespace can be made: ") + std::strerror(failure);
}

}  // namespace sockwatch::test
