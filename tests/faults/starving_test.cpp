// The real daemon while every 1009th allocation fails, in whichever thread: it lives, and is right
// as soon as there is memory again.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "faults/bare_daemon.h"
#include "hostile/scale.h"
#include "http/client.h"
#include "support/eventually.h"
#include "support/in_namespace.h"
#include "support/sockets.h"

namespace sockwatch::test {
namespace {

using Starving = InNamespace;

bool says(const BareDaemon& daemon, const std::string& text) {
  const auto metrics = daemon.metrics();
  return metrics && metrics->find(text) != std::string::npos;
}

void expect_recovery(const BareDaemon& daemon, std::size_t listeners) {
  daemon.signal(SIGHUP);
  const std::string wanted[] = {
      "family=\"ipv4\",protocol=\"tcp\",state=\"listen\"} " + std::to_string(listeners) + "\n",
      "sockwatch_config_last_reload_successful 1\n",
      "source_up{protocol=\"tcp\",source=\"netlink\"} 1\n"};
  for (const std::string& text : wanted) {
    EXPECT_TRUE(eventually([&] { return says(daemon, text); })) << text;
  }
}

TEST_F(Starving, DaemonLivesAndIsRightAfterwards) {
  if (!std::filesystem::exists(SOCKWATCH_STARVING_MALLOC)) GTEST_SKIP() << "not below sanitizers";
  const TestSocket before = tcp_listen("127.0.0.1");
  BareDaemon daemon({.preload = SOCKWATCH_STARVING_MALLOC});
  await("a sample", [&] { return says(daemon, "sockwatch_sockets{"); });
  std::vector<TestSocket> sockets;
  for (int round = 0; round < scaled(2, 100) && !HasFailure(); ++round) {
    daemon.signal(SIGUSR1);
    for (int i = 0; i < 50; ++i) {
      if (i % 10 == 0) daemon.signal(SIGHUP);
      if (i % 5 == 0) sockets.push_back(tcp_listen("127.0.0.1"));
      (void)daemon.metrics();
      ASSERT_FALSE(daemon.ended()) << daemon.log();
    }
    await("a sample that fails",
          [&] { return daemon.log().find("sample failed: std::bad_alloc") != std::string::npos; });
    daemon.signal(SIGUSR2);
    sockets.erase(sockets.begin(), sockets.begin() + 5);
    expect_recovery(daemon, sockets.size() + 2);
  }
  daemon.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return daemon.ended() == 0; })) << daemon.log();
}

}  // namespace
}  // namespace sockwatch::test
