// `sockwatch list` and the command line, as their user meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/program.h"
#include "support/in_namespace.h"
#include "support/process.h"
#include "support/sockets.h"
#include "support/tcp_pairs.h"

namespace sockwatch::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

using ListCommandRun = InNamespace;

TEST_F(ListCommandRun, ShowsListenersWithTheirProcess) {
  const TestProcess nginx({.name = "nginx"}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    const TestSocket server = udp_bind("127.0.0.1", 5353);
    const TcpPair pair = tcp_established(listener);
    me.ready();
    me.wait();
  });
  const Finished list = run_sockwatch({"list", "--listening"});
  EXPECT_EQ(list.exit_status, 0) << list.err;
  EXPECT_THAT(list.out, ContainsRegex("tcp +listen +0 +128 +127.0.0.1:8080 +loopback +nginx +" +
                                      std::to_string(nginx.pid())));
  EXPECT_THAT(list.out, ContainsRegex("udp +unconnected .* 127.0.0.1:5353 +loopback +nginx"));
  EXPECT_THAT(list.out, Not(HasSubstr("established")));
}

TEST_F(ListCommandRun, CountsByStatePortProcessAndUnit) {
  const TestSocket listener = tcp_listen("127.0.0.1", 8080);
  const TcpPair pair = tcp_established(listener);
  EXPECT_THAT(run_sockwatch({"list", "--by", "port"}).out,
              ContainsRegex("tcp +inbound +8080 +2 +1 +1"));
  EXPECT_THAT(run_sockwatch({"list", "--by", "process"}).out, HasSubstr("PROCESS"));
  EXPECT_THAT(run_sockwatch({"list", "--by", "state"}).out, ContainsRegex("tcp +ipv4 +3 +2 +1"));
  EXPECT_THAT(run_sockwatch({"list", "--by", "unit"}).out, HasSubstr("UNIT"));
}

TEST_F(ListCommandRun, SpeaksJson) {
  const TestSocket listener = tcp_listen("::1", 8080);
  const Finished list = run_sockwatch({"list", "--json"});
  EXPECT_THAT(list.out, HasSubstr("\"port\": 8080"));
  EXPECT_THAT(list.out, HasSubstr("\"exposure\": \"loopback\""));
  EXPECT_THAT(list.out, HasSubstr("\"owners_not_visible\": 0"));
}

TEST_F(ListCommandRun, TellsAnOrdinaryUserWhatIsNotVisible) {
  const TestProcess other({.name = "other", .uid = 1}, [](Child& me) {
    const TestSocket listener = tcp_listen("127.0.0.1", 8080);
    me.ready();
    me.wait();
  });
  const Finished list = run_sockwatch({"list", "--listening"}, 65534);
  EXPECT_EQ(list.exit_status, 0);
  EXPECT_THAT(list.err, HasSubstr("1 owners not visible, run as root"));
  EXPECT_THAT(list.out, ContainsRegex("127.0.0.1:8080 +loopback +\\(unreadable\\) +- "));
}

TEST(CommandLineRun, AnswersHelpVersionAndMistakes) {
  const Finished version = run_sockwatch({"--version"});
  EXPECT_EQ(version.exit_status, 0);
  EXPECT_THAT(version.out, HasSubstr("sockwatch, version "));
  EXPECT_EQ(run_sockwatch({"--help"}).exit_status, 0);
  EXPECT_EQ(run_sockwatch({"list", "--by", "colour"}).exit_status, 2);
  EXPECT_EQ(run_sockwatch({"frobnicate"}).exit_status, 2);
  EXPECT_EQ(run_sockwatch({}).exit_status, 2);
}

}  // namespace
}  // namespace sockwatch::test
