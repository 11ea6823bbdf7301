// Whatever a process, a unit, a user or a device is called: every page stays one that Prometheus
// reads, and every name stays itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "e2e/program.h"
#include "hostile/machine.h"
#include "hostile/names.h"
#include "hostile/scale.h"
#include "kernel/sampled.h"
#include "support/process.h"
#include "support/promtool.h"

namespace sockwatch::test {
namespace {

constexpr const char* kListeners = "sockwatch_listener_sockets";
constexpr std::uint16_t kFirstPort = 1'000;

/// U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069, and C1 from U+0080 to U+009F.
bool turns_or_controls(std::string_view text, std::size_t at) {
  const std::string_view two = text.substr(at, 2);
  const std::string_view three = text.substr(at, 3);
  return two == "\xd8\x9c" || (two >= "\xc2\x80" && two <= "\xc2\x9f") || three == "\xe2\x80\x8e" ||
         three == "\xe2\x80\x8f" || (three >= "\xe2\x80\xaa" && three <= "\xe2\x80\xae") ||
         (three >= "\xe2\x81\xa6" && three <= "\xe2\x81\xa9");
}

/// What in the text no terminal, page or parser should get; "" when it is harmless.
std::string harm_in(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f || turns_or_controls(text, i)) {
      return "a control at " + std::string(text.substr(i < 40 ? 0 : i - 40, 80));
    }
  }
  try {
    nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception& error) {
    return error.what();
  }
  return "";
}

/// One listener for each name, on a port by its number; process, unit, user and device are called
/// by it as far as each may be.
void serve_under(Machine& machine, const std::vector<std::string>& names) {
  std::string users;
  std::uint32_t number = 0;
  for (const std::string& name : names) {
    ++number;
    users += without(name, ":\n") + ":x:" + std::to_string(number) + ":0:::\n";
    machine.kernel().links.push_back(
        {.index = static_cast<int>(10 + number), .name = without(name, "/: \t\n\v\f\r")});
    const pid_t pid = machine.start({.comm = name, .exe = "/tmp/" + name + name});
    machine.open(pid, Protocol::tcp,
                 {.local = "0.0.0.0",
                  .port = static_cast<std::uint16_t>(kFirstPort + number),
                  .state = 10,
                  .interface = 10 + number,
                  .uid = number,
                  .cgroup_id = machine.add_cgroup("system.slice/" + without(name, "/\n") +
                                                  std::to_string(number) + ".service")});
  }
  machine.write_passwd(users);
}

SamplerOptions room_for(std::size_t names) {
  SamplerOptions options;
  options.max_series = 2 * names;
  options.max_total_series = 40 * names;
  return options;
}

/// What became of each name: its label, by the port of its listener.
void expect_names(const Exposition& seen, const std::vector<std::string>& names) {
  std::set<std::string> labels;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string port = std::to_string(kFirstPort + 1 + i);
    const std::string label = seen.label("process", kListeners, {{"port", port}});
    EXPECT_TRUE(labels.insert(label).second) << label << " stands for two names";
    const std::string raw = raw_bytes(label);
    const bool completed = names[i].size() == 15;  // from the name of the executable
    EXPECT_EQ(completed ? raw.substr(0, 15) : raw, names[i]);
  }
}

void expect_clean(const std::string& text) {
  EXPECT_EQ(harm_in(text), "");
  EXPECT_EQ(promtool_complaints(text), "");
}

TEST(HostileNames, StayThemselvesOnPagesThatPromtoolAccepts) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not installed";
  const std::size_t batch = full_scale() ? 1'000 : 500;
  const auto names = hostile_names(full_scale() ? 10'000 : 1'500);
  for (std::size_t first = 0; first < names.size(); first += batch) {
    const std::vector<std::string> some(names.begin() + static_cast<long>(first),
                                        names.begin() + static_cast<long>(first + batch));
    Machine machine;
    serve_under(machine, some);
    TestSampler sampler(room_for(batch), Collector(machine.system()));
    const Exposition seen = sampler.sample();
    EXPECT_EQ(broken_identity(seen), "");
    expect_names(seen, some);
    expect_clean(sampler.text());
  }
}

using HostileProcesses = Sampled;

TEST_F(HostileProcesses, AreCalledWhatTheyAreCalled) {
  if (!has_promtool()) GTEST_SKIP() << "promtool is not installed";
  const auto corpus = hostile_names(2'000);
  const int step = scaled(40, 4);
  std::vector<std::string> names;
  std::vector<std::unique_ptr<TestProcess>> processes;
  for (std::size_t i = 0; i < corpus.size(); i += static_cast<std::size_t>(step)) {
    names.push_back(corpus[i]);
    const auto port = static_cast<std::uint16_t>(kFirstPort + names.size());
    processes.push_back(
        std::make_unique<TestProcess>(ProcessOptions{.name = corpus[i]}, [port](Child& me) {
          const TestSocket listener = tcp_listen("127.0.0.1", port);
          me.ready();
          me.wait();
        }));
  }
  TestSampler sampler(room_for(names.size()), Collector(kernel::real_system().value()));
  expect_names(sampler.sample(), names);
  expect_clean(sampler.text());
  for (const std::string format : {"--listening", "--json", "--wide"}) {
    EXPECT_EQ(harm_in(run_sockwatch({"list", format}).out), "") << format;
  }
}

}  // namespace
}  // namespace sockwatch::test
