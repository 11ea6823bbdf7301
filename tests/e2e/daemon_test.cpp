// The real binary, from its configuration file to a scrape.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "e2e/program.h"
#include "http/client.h"
#include "support/command.h"
#include "support/eventually.h"
#include "support/in_namespace.h"
#include "support/process.h"
#include "support/sockets.h"

namespace sockwatch::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// LeakSanitizer looks through all memory at the end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds kStopLimit{5000};
#else
constexpr std::chrono::milliseconds kStopLimit{500};
#endif

constexpr const char* kFast =
    "sampling: {interval: 200ms, listeners_interval: 100ms, cpu_limit: 100%}";

using DaemonRun = InNamespace;

TEST_F(DaemonRun, ServesWhatListens) {
  const TestProcess nginx({.name = "nginx"}, [](Child& me) {
    const TestSocket listener = tcp_listen("0.0.0.0", 8080);
    me.ready();
    me.wait();
  });
  const RunningDaemon daemon;
  const std::string metrics = daemon.metrics();
  EXPECT_THAT(metrics,
              HasSubstr("address=\"0.0.0.0\",port=\"8080\",interface=\"\",process=\"nginx\""));
  EXPECT_THAT(metrics,
              HasSubstr("sockwatch_sockets{netns=\"host\",family=\"ipv4\",protocol=\"tcp\","
                        "state=\"listen\"} 2"));
}

TEST_F(DaemonRun, MetricsPassPromtool) {
  const RunningDaemon daemon;
  const TestFolder folder;
  const std::string file = folder.write("metrics", daemon.metrics());
  try {
    run_command({"promtool", "--version"});
  } catch (const std::runtime_error&) {
    GTEST_SKIP() << "promtool is not installed";
  }
  EXPECT_NO_THROW(run_command({"sh", "-c", "promtool check metrics < " + file}));
}

TEST_F(DaemonRun, AnswersOnlyWhatItServes) {
  const RunningDaemon daemon;
  EXPECT_EQ(http::get(daemon.url(), "/-/healthy")->status, 200);
  EXPECT_EQ(http::get(daemon.url(), "/-/ready")->status, 200);
  EXPECT_EQ(http::get(daemon.url(), "/metricsX")->status, 404);
  EXPECT_EQ(http::get(daemon.url(), "/metrics/")->status, 404);
  const auto metrics = http::get(daemon.url(), "/metrics");
  EXPECT_EQ(metrics->headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(DaemonRun, StopsAtOnce) {
  for (const int number : {SIGTERM, SIGINT}) {
    RunningDaemon daemon;
    const auto before = std::chrono::steady_clock::now();
    daemon.signal(number);
    EXPECT_EQ(daemon.wait(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - before, kStopLimit);
  }
}

TEST_F(DaemonRun, LogsListenersThatComeAndGo) {
  const RunningDaemon daemon(kFast);
  ASSERT_TRUE(daemon.logs("first sample"));
  {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    EXPECT_TRUE(daemon.logs("listener appeared: tcp 127.0.0.1:8080")) << daemon.log();
  }
  EXPECT_TRUE(daemon.logs("listener gone: tcp 127.0.0.1:8080")) << daemon.log();
}

TEST_F(DaemonRun, LogsHostileNamesOnOneLineOfJson) {
  const RunningDaemon daemon("log: {format: json}\n" + std::string(kFast));
  ASSERT_TRUE(daemon.logs("first sample"));
  const TestProcess process({.name = "a\n\"b\xff\x1b[31m"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.ready();
    me.wait();
  });
  ASSERT_TRUE(daemon.logs("8080"));
  const std::string log = daemon.log();
  EXPECT_THAT(log, HasSubstr("\"level\":\"info\""));
  EXPECT_EQ(log.find('\x1b'), std::string::npos);
  for (std::size_t line = 0; line < log.size(); line = log.find('\n', line) + 1) {
    EXPECT_EQ(log[line], '{');
  }
}

TEST_F(DaemonRun, ReloadsItsSettings) {
  const RunningDaemon daemon(kFast);
  EXPECT_THAT(daemon.metrics(),
              HasSubstr("sockwatch_sample_interval_seconds{cadence=\"sockets\"} 0.2"));
  daemon.rewrite_config("sampling: {interval: 300ms, cpu_limit: 100%, listeners_interval: 100ms}");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    return daemon.metrics().find("interval_seconds{cadence=\"sockets\"} 0.3") != std::string::npos;
  }));
  EXPECT_THAT(daemon.metrics(), HasSubstr("sockwatch_config_reloads_total{outcome=\"success\"} 1"));
}

TEST_F(DaemonRun, KeepsItsSettingsWhenTheNewOnesAreBad) {
  const RunningDaemon daemon(kFast);
  daemon.rewrite_config("sampling: {interval: often}");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(daemon.logs("sampling.interval"));
  EXPECT_TRUE(eventually([&] {
    return daemon.metrics().find("sockwatch_config_last_reload_successful 0") != std::string::npos;
  }));
  EXPECT_THAT(daemon.metrics(),
              HasSubstr("sockwatch_sample_interval_seconds{cadence=\"sockets\"} 0.2"));
}

TEST_F(DaemonRun, ReadsProcfsWhenToldAndNetlinkAfterAReload) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const std::string fast = "interval: 200ms, listeners_interval: 100ms, cpu_limit: 100%";
  const RunningDaemon daemon("sampling: {source: procfs, " + fast + "}");
  const std::string metrics = daemon.metrics();
  for (const char* protocol : {"tcp", "udp"}) {
    EXPECT_THAT(metrics, HasSubstr("sockwatch_source_up{protocol=\"" + std::string(protocol) +
                                   "\",source=\"procfs\"} 1\n"));
  }
  EXPECT_THAT(metrics, Not(HasSubstr("source=\"netlink\"} ")));
  EXPECT_THAT(metrics, HasSubstr("address=\"127.0.0.1\",port=\"8080\""));
  EXPECT_THAT(metrics, HasSubstr("sockwatch_listener_accept_queue{"));
  EXPECT_THAT(metrics, Not(HasSubstr("sockwatch_listener_accept_queue_limit{")));
  daemon.rewrite_config("sampling: {source: netlink, " + fast + "}");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    const std::string now = daemon.metrics();
    return now.find("protocol=\"tcp\",source=\"netlink\"} 1") != now.npos &&
           now.find("protocol=\"tcp\",source=\"procfs\"") == now.npos;
  }));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("listener gone")));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("listener appeared")));
}

TEST_F(DaemonRun, SaysWhatNeedsARestart) {
  const RunningDaemon daemon(kFast);
  const TestFolder folder;
  folder.write("x", "");
  daemon.rewrite_config("");
  // The same file with another listen address.
  std::string yaml = "http: {listen: [\"127.0.0.1:1\"]}\nstate_directory: /nowhere/else\n";
  run_command({"sh", "-c", "printf '" + yaml + "' > " + daemon.config()});
  daemon.signal(SIGHUP);
  EXPECT_TRUE(daemon.logs("http.listen was changed: needs a restart"));
  EXPECT_TRUE(daemon.logs("state_directory was changed: needs a restart"));
}

TEST_F(DaemonRun, RemembersWhenAListenerWasFirstSeen) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const TestFolder state;
  const auto first_seen = [&] {
    RunningDaemon daemon(RunningDaemon::State{state.path()});
    const std::string metrics = daemon.metrics();
    const std::size_t row = metrics.find(
        "port=\"8080\"", metrics.find("sockwatch_listener_first_seen_timestamp_seconds{"));
    const std::size_t value = metrics.find("} ", row) + 2;
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait(), 0);
    return metrics.substr(value, metrics.find('\n', value) - value);
  };
  const std::string before = first_seen();
  EXPECT_THAT(before, testing::StartsWith("1"));
  EXPECT_EQ(first_seen(), before);
}

TEST_F(DaemonRun, RefusesAnAddressInUse) {
  const TestSocket taken = tcp_listen("127.0.0.1", 8080);
  const TestFolder folder;
  const std::string config = folder.write("c.yaml", "http: {listen: [\"127.0.0.1:8080\"]}\n");
  const Finished finished = run_sockwatch({"run", "--config", config});
  EXPECT_EQ(finished.exit_status, 1);
  EXPECT_THAT(finished.err, HasSubstr("127.0.0.1:8080"));
  EXPECT_THAT(finished.err, HasSubstr("in use"));
}

TEST_F(DaemonRun, RefusesABadConfiguration) {
  const TestFolder folder;
  const std::string config = folder.write("c.yaml", "sampling: {intervall: 5s, interval: 5}\n");
  for (const auto& arguments :
       {std::vector<std::string>{"run", "--config", config}, {"check-config", config}}) {
    const Finished finished = run_sockwatch(arguments);
    EXPECT_EQ(finished.exit_status, 2);
    EXPECT_THAT(finished.err, HasSubstr(config + ":1:12: sampling.intervall"));
    EXPECT_THAT(finished.err, HasSubstr("sampling.interval: "));
  }
}

TEST_F(DaemonRun, CountsItself) {
  const RunningDaemon daemon;
  const std::string metrics = daemon.metrics();
  EXPECT_THAT(metrics, HasSubstr("process_resident_memory_bytes"));
  EXPECT_THAT(metrics, HasSubstr("process=\"sockwatch\""));
  EXPECT_THAT(metrics, HasSubstr("sockwatch_http_exposed_unauthenticated 0"));
}

}  // namespace
}  // namespace sockwatch::test
