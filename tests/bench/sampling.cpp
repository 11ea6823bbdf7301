// What one sample costs beside N connections, and what `ss -tanp` costs beside the same ones, in
// turns: the ratios of one run hold on a noisy machine.
//
//   bench_sampling [SOCKETS [PROCESSES [ROUNDS]]]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "app/clocks.h"
#include "app/sampler.h"
#include "app/self_figures.h"
#include "bench/connections.h"
#include "kernel/dump.h"
#include "kernel/requests.h"

namespace sockwatch::test {
namespace {

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double cpu_of_thread(const std::function<void()>& work) {
  const auto before = thread_cpu_time();
  work();
  return milliseconds(thread_cpu_time() - before);
}

double cpu_of_command(const char* command) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl("/bin/sh", "sh", "-c", command, nullptr);
    ::_exit(127);
  }
  rusage usage{};
  int status = 0;
  ::wait4(pid, &status, 0, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// The floor: the kernel's walk and copy, nothing decoded.
void bare_dump() {
  auto channel = kernel::open_netlink(4, std::chrono::seconds(10));
  if (!channel) std::exit(1);
  (void)kernel::run_dump(**channel, kernel::tcp_walk(kernel::kAllStates, kernel::Extension::none),
                         [](const auto&) { return true; });
}

struct Row {
  const char* name;
  std::function<double()> run;
  std::vector<double> results = {};

  double median() {
    std::ranges::sort(results);
    return results[results.size() / 2];
  }
};

void run(int sockets, int processes, int rounds) {
  const TestNamespace netns;
  const Connections load(netns, sockets, processes);
  const NamespaceVisit visit = netns.enter();
  Published<Report> published;
  SamplerOptions options;
  options.cadences.cpu_limit = 1;
  Now now = read_clocks();
  SamplerHooks hooks{[&] { return now; }, thread_cpu_time, read_self_figures};
  Sampler sampler(options, Collector(kernel::real_system(std::chrono::seconds(10)).value()), hooks,
                  published);
  const auto sample = [&](std::chrono::seconds step) {
    now.monotonic += step;
    return cpu_of_thread([&] { sampler.sample_once(now); });
  };
  std::printf("first full sample, searches /proc  %9.2f ms\n", sample(std::chrono::seconds(0)));

  sample(std::chrono::seconds(1));  // so that each step of 4 s below meets the next full sample

  std::vector<Row> rows = {
      {"bare one-walk dump", [] { return cpu_of_thread(bare_dump); }},
      {"full sample, steady", [&] { return sample(std::chrono::seconds(4)); }},
      {"listener sample", [&] { return sample(std::chrono::seconds(1)); }},
      {"ss -tan", [] { return cpu_of_command("exec ss -tan >/dev/null"); }},
      {"ss -tanp", [] { return cpu_of_command("exec ss -tanp >/dev/null"); }},
  };
  for (int round = 0; round < rounds; ++round) {
    for (Row& row : rows) row.results.push_back(row.run());
  }
  const double full = rows[1].median();
  for (Row& row : rows) {
    const double median = row.median();
    std::printf("%-34s %9.2f ms   %7.2f x full sample   min %.2f max %.2f\n", row.name, median,
                median / full, row.results.front(), row.results.back());
  }
  std::printf("sockets %zu, searches of /proc %zu, resident %.1f MiB\n",
              sampler.collector().owners().sockets(), sampler.collector().owners().searches(),
              static_cast<double>(read_self_figures().resident_bytes) / (1 << 20));
}

}  // namespace
}  // namespace sockwatch::test

int main(int argc, char** argv) {
  const auto argument = [&](int n, int otherwise) {
    return argc > n ? std::atoi(argv[n]) : otherwise;
  };
  sockwatch::test::run(argument(1, 100'000), argument(2, 10), argument(3, 7));
}
