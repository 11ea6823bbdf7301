// A population of sockets to look at with any tool: makes it in a network namespace of its own,
// counts it by a dump, says READY and the namespace's name, and removes everything at the end of
// its standard input or at SIGINT, SIGTERM or SIGHUP. Needs root.
//
// With --namespaces N there are N of them, and a process with a listener in each but the first.
//
//   make_load --established 900000 --listen 40 --udp 50000 --time-wait 50000 --processes 100
//   ip netns exec NAME ss -s
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

#include "bench/load.h"
#include "support/checked.h"

namespace sockwatch::test {
namespace {

/// From here on the signals only wake wait_for_end(): nothing that was made is left behind.
OwnedFd catch_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return OwnedFd(checked(::signalfd(-1, &signals, SFD_CLOEXEC), "signalfd"));
}

void wait_for_end(const OwnedFd& signals) {
  std::array<pollfd, 2> ends{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{signals.get(), POLLIN, 0}};
  std::array<char, 4096> ignored{};
  while (ends[1].revents == 0) {
    checked(::poll(ends.data(), ends.size(), -1), "poll");
    if (ends[0].revents != 0 && ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0) return;
  }
}

/// False when the dump shows other numbers than were asked for.
bool is_there(const TestNamespace& netns, const LoadMix& mix) {
  LoadMix found;
  netns.run([&] { found = count_sockets(); });
  bool all = true;
  const auto check = [&](const char* what, int wanted, int got) {
    std::printf("%-12s %9d\n", what, got);
    if (got == wanted) return;
    std::fprintf(stderr, "make_load: %d %s were asked for\n", wanted, what);
    all = false;
  };
  check("established", mix.established, found.established);
  check("listening", mix.listening, found.listening);
  check("udp", mix.udp, found.udp);
  check("time_wait", mix.time_wait, found.time_wait);
  return all;
}

/// A namespace like that of a small container.
struct Neighbour {
  TestNamespace netns;
  Load load{netns, {.listening = 1}};
};

int run(const LoadMix& mix, int namespaces) {
  const OwnedFd signals = catch_signals();
  const TestNamespace netns;
  const Load load(netns, mix);
  if (!is_there(netns, mix)) return 1;
  std::vector<std::unique_ptr<Neighbour>> neighbours;
  for (int i = 1; i < namespaces; ++i) neighbours.push_back(std::make_unique<Neighbour>());
  std::printf("READY %s\n", netns.name().c_str());
  std::fflush(stdout);
  wait_for_end(signals);
  return 0;
}

void add_options(CLI::App& app, LoadMix& mix, int& namespaces) {
  const auto number = [&](const char* name, int& value, CLI::Range range, const char* help) {
    return app.add_option(name, value, help)->check(range)->capture_default_str();
  };
  const CLI::Range sockets(0, 10'000'000);
  number("--established", mix.established, sockets, "ends of TCP connections, two each");
  number("--listen", mix.listening, sockets, "TCP listeners");
  number("--udp", mix.udp, sockets, "connected UDP sockets");
  number("--time-wait", mix.time_wait, sockets, "TCP sockets in TIME_WAIT, kept up");
  number("--processes", mix.processes, CLI::Range(1, 4000), "processes that hold them");
  number("--namespaces", namespaces, CLI::Range(1, 4000), "network namespaces");
  number("--ipv6", mix.ipv6_percent, CLI::Range(0, 100),
         "percent of connections and UDP sockets over IPv6")
      ->transform([](std::string text) {
        if (text.ends_with('%')) text.pop_back();
        return text;
      });
}

}  // namespace
}  // namespace sockwatch::test

int main(int argc, char** argv) {
  CLI::App app("Makes sockets in a network namespace of its own.", "make_load");
  sockwatch::test::LoadMix mix;
  int namespaces = 1;
  sockwatch::test::add_options(app, mix, namespaces);
  CLI11_PARSE(app, argc, argv);
  if (const std::string why_not = sockwatch::test::objection(mix); !why_not.empty()) {
    std::fprintf(stderr, "make_load: %s\n", why_not.c_str());
    return 2;
  }
  try {
    return sockwatch::test::run(mix, namespaces);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_load: %s\n", error.what());
    return 1;
  }
}
