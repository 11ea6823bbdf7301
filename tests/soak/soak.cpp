// Months in minutes: very many samples of recorded bytes, then many of the live kernel, with a look
// at what the process holds. Exit status 1 when memory grew by more than the limit after the
// warm-up, or descriptors or threads changed. Needs root.
//
//   soak [--replayed N] [--live N] [--warm-up N] [--memory-limit KIB]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "recordings/isolation.h"
#include "soak/live.h"
#include "soak/replayed.h"
#include "support/cgroup.h"
#include "support/netns.h"

namespace sockwatch::test {
namespace {

constexpr int kSkipped = 77;  // as ctest's SKIP_RETURN_CODE has it

struct Options {
  long replayed = 1'000'000;
  long live = 100'000;
  long warm_up = 10'000;
  std::size_t memory_limit = 1024;  // KiB; 0: not looked at
};

std::string missing_privilege() {
  const std::string why_not = TestNamespace::missing_privilege();
  return why_not.empty() ? TestCgroup::missing() : why_not;
}

void run(const Options& options) {
  const auto plan = [&](long samples) {
    return SoakPlan{samples, std::min(options.warm_up, samples / 10), options.memory_limit * 1024};
  };
  const bool replayed = options.replayed == 0 || soak_replayed(plan(options.replayed));
  const bool live = options.live == 0 || soak_live(plan(options.live));
  if (!replayed || !live) throw std::runtime_error("does not hold its own");
}

int soak(const Options& options) {
  if (const std::string why_not = missing_privilege(); !why_not.empty()) {
    std::fprintf(stderr, "soak: %s\n", why_not.c_str());
    return kSkipped;
  }
  try {
    // The processes of the machine, which each search of /proc reads, are no part of this.
    in_isolation([&] { run(options); });
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "soak: %s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace sockwatch::test

int main(int argc, char** argv) {
  CLI::App app("Takes very many samples and looks at what the process holds.", "soak");
  sockwatch::test::Options options;
  const CLI::Range samples(0L, 1'000'000'000L);
  app.add_option("--replayed", options.replayed, "samples of recorded bytes")->check(samples);
  app.add_option("--live", options.live, "samples of the live kernel")->check(samples);
  app.add_option("--warm-up", options.warm_up, "samples before the first look, at most a tenth")
      ->check(samples);
  app.add_option("--memory-limit", options.memory_limit, "KiB of growth; 0: any");
  CLI11_PARSE(app, argc, argv);
  return sockwatch::test::soak(options);
}
