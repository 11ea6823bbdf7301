// The real binary and other network namespaces than its own.
#include <gtest/gtest.h>

#include <csignal>

#include "e2e/program.h"
#include "support/eventually.h"
#include "support/in_namespace.h"
#include "support/process.h"
#include "support/sockets.h"

namespace sockwatch::test {
namespace {

std::string sampling(const std::string& namespaces) {
  return "sampling: {interval: 200ms, listeners_interval: 100ms, cpu_limit: 100%, namespaces: " +
         namespaces + "}\nlimits: {max_namespaces: 1000}";
}

using DaemonNamespaces = InNamespace;

TEST_F(DaemonNamespaces, FollowAReload) {
  const TestNamespace blue;
  const TestProcess web({.name = "web", .netns = &blue}, [](Child& me) {
    const TestSocket listener = tcp_listen("0.0.0.0", 8080);
    me.ready();
    me.wait();
  });
  const std::string row = "{netns=\"" + blue.name() + "\",protocol=\"tcp\",family=\"ipv4\"," +
                          "address=\"0.0.0.0\",port=\"8080\",interface=\"\",process=\"web\"";
  const RunningDaemon daemon(sampling("host"));
  const auto shows = [&] { return daemon.metrics().find(row) != std::string::npos; };
  EXPECT_FALSE(shows());
  daemon.rewrite_config(sampling("all"));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually(shows)) << daemon.metrics();
  daemon.rewrite_config(sampling("host"));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return !shows(); })) << daemon.log();
}

}  // namespace
}  // namespace sockwatch::test
