// What a sample costs beside 1 000, 10 000 and 100 000 connections: the bare walk of the kernel's
// table, the daemon's dump and fold, its whole sample, and what other tools ask for the same. All
// take turns; docs/benchmarks.md.
//
//   bench_sampling [--sockets N]... [--rounds N] [--alone]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "app/self_figures.h"
#include "bench/bare_walk.h"
#include "bench/load.h"
#include "bench/steady_fold.h"
#include "bench/steady_sampler.h"
#include "bench/turns.h"

namespace sockwatch::test {
namespace {

struct Options {
  std::vector<int> sockets = {1'000, 10'000, 100'000};
  int rounds = 9;
  bool alone = false;
};

LoadMix mix_of(int sockets) {
  return {.established = sockets,
          .listening = 40,
          .udp = sockets / 20,
          .processes = std::max(10, sockets / 1000),
          .ipv6_percent = 10};
}

std::vector<Measured> measurements(SteadyFold& fold, SteadySampler& sampling, SteadySampler& procfs,
                                   bool alone) {
  std::vector<Measured> all = {{"bare walk", [] { return cpu_of_thread(bare_walk); }},
                               {"dump and fold",
                                [&] {
                                  fold.begin();
                                  return cpu_of_thread([&] { fold.run(); });
                                }},
                               {"full sample", [&] { return sampling.full_sample(); }},
                               {"listener sample", [&] { return sampling.listener_sample(); }}};
  if (alone) return all;
  all.push_back({"full sample, /proc/net", [&] { return procfs.full_sample(); }});
  all.push_back({"listener sample, /proc/net", [&] { return procfs.listener_sample(); }});
  for (const std::string command : {"ss -tan", "ss -tanp", "cat /proc/net/tcp /proc/net/tcp6"}) {
    all.push_back({command, [line = "exec " + command + " >/dev/null"] {
                     return cpu_of_command(line.c_str());
                   }});
  }
  return all;
}

void print(const std::vector<Measured>& rows) {
  for (const Measured& row : rows) {
    const auto [least, most] = std::ranges::minmax(row.results);
    std::printf("  %-34s %10.2f ms %8.3f x bare   min %.2f max %.2f\n", row.name.c_str(),
                median(row.results), ratio(row, rows.front()), least, most);
  }
}

void run(int sockets, const Options& options) {
  const TestNamespace netns;
  const Load load(netns, mix_of(sockets));
  const NamespaceVisit visit = netns.enter();
  const auto system = kernel::real_system();
  if (!system) throw std::runtime_error(system.error().message);
  SteadyFold fold(*system);
  SteadySampler sampling(*system, Source::netlink);
  SteadySampler procfs(*system, Source::procfs);
  const double first = sampling.full_sample();
  if (!options.alone) procfs.full_sample();  // likewise: its owners are known from then on
  auto rows = measurements(fold, sampling, procfs, options.alone);
  take_turns(rows, options.rounds);

  std::printf("%d connected TCP sockets, CPU of %d rounds, medians\n", sockets, options.rounds);
  print(rows);
  const SelfFigures self = read_self_figures();
  std::printf("  first full sample, searching /proc %10.2f ms\n", first);
  std::printf("  owners known %zu, resident %.1f MiB (with the benchmark's own fold)\n\n",
              sampling.owners().sockets(), static_cast<double>(self.resident_bytes) / (1 << 20));
  std::fflush(stdout);
}

}  // namespace
}  // namespace sockwatch::test

int main(int argc, char** argv) {
  CLI::App app("Measures samples beside connections, in turns with other tools.", "bench_sampling");
  sockwatch::test::Options options;
  app.add_option("--sockets", options.sockets, "connected TCP sockets; may be repeated");
  app.add_option("--rounds", options.rounds)->check(CLI::Range(1, 10'000))->capture_default_str();
  app.add_flag("--alone", options.alone, "leave out the other tools");
  CLI11_PARSE(app, argc, argv);
  try {
    for (const int sockets : options.sockets) sockwatch::test::run(sockets, options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_sampling: %s\n", error.what());
    return 1;
  }
}
