// The daemon as its scraper meets it: time from start to the first good scrape, latency of
// /metrics, resident memory, and the time to stop. In a network namespace of its own.
//
//   bench_daemon [SCRAPES [IDLE_CONNECTIONS]]
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "e2e/program.h"
#include "http/client.h"
#include "support/netns.h"

namespace sockwatch::test {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double number_of(const std::string& metrics, const std::string& name) {
  const std::size_t line = metrics.find("\n" + name + " ");
  return line == std::string::npos ? 0
                                   : std::strtod(metrics.c_str() + line + name.size() + 2, nullptr);
}

void report(const char* what, std::vector<double> times) {
  std::ranges::sort(times);
  const auto quantile = [&](double q) {
    return times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1))];
  };
  std::printf("%-40s p50 %.2f ms  p99 %.2f ms  max %.2f ms\n", what, quantile(0.5), quantile(0.99),
              times.back());
}

void scrape(const RunningDaemon& daemon, int scrapes, const char* what) {
  std::vector<double> times;
  for (int i = 0; i < scrapes; ++i) {
    const auto start = Clock::now();
    daemon.metrics();
    times.push_back(milliseconds_since(start));
    std::this_thread::sleep_until(start + std::chrono::milliseconds(5));
  }
  report(what, std::move(times));
}

void run(int scrapes, int idle) {
  const TestNamespace netns;
  const NamespaceVisit visit = netns.enter();
  std::vector<double> starts;
  for (int i = 0; i < 10; ++i) {
    const auto start = Clock::now();
    const RunningDaemon daemon;
    daemon.metrics();
    starts.push_back(milliseconds_since(start));
  }
  report("start to first good scrape", std::move(starts));

  RunningDaemon daemon;
  scrape(daemon, scrapes, "/metrics, new connection each");
  std::vector<std::unique_ptr<http::TestClient>> clients;
  for (int i = 0; i < idle; ++i)
    clients.push_back(std::make_unique<http::TestClient>(daemon.url()));
  scrape(daemon, scrapes, "/metrics beside idle connections");
  const std::string metrics = daemon.metrics();
  std::printf("body %zu bytes, resident %.1f MiB, CPU %.3f s\n", metrics.size(),
              number_of(metrics, "process_resident_memory_bytes") / (1 << 20),
              number_of(metrics, "process_cpu_seconds_total"));
  const auto stop = Clock::now();
  daemon.signal(SIGTERM);
  daemon.wait();
  std::printf("stop %.1f ms\n", milliseconds_since(stop));
}

}  // namespace
}  // namespace sockwatch::test

int main(int argc, char** argv) {
  const auto argument = [&](int n, int otherwise) {
    return argc > n ? std::atoi(argv[n]) : otherwise;
  };
  sockwatch::test::run(argument(1, 1000), argument(2, 1000));
}
