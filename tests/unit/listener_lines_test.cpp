#include "app/listener_lines.h"

#include <gtest/gtest.h>

#include "unit/listener_samples.h"

namespace sockwatch {
namespace {

using Kind = ListenerEvent::Kind;

ListenerEvent event(Kind kind) {
  return {kind, test::tcp_key(80).identity, Exposure::wildcard, {"nginx", "nginx.service"}, {}};
}

TEST(ListenerLines, SayWhatHappenedToWhichListener) {
  EXPECT_EQ(line_of(event(Kind::appeared)),
            "listener appeared: tcp 0.0.0.0:80 exposure=wildcard process=nginx "
            "unit=nginx.service");
  EXPECT_EQ(line_of(event(Kind::gone)),
            "listener gone: tcp 0.0.0.0:80 exposure=wildcard process=nginx unit=nginx.service");
}

TEST(ListenerLines, NameTheOwnerBefore) {
  ListenerEvent changed = event(Kind::owner_changed);
  changed.previous = {"apache2", "apache2.service"};
  EXPECT_EQ(line_of(changed),
            "listener changed owner: tcp 0.0.0.0:80 exposure=wildcard process=nginx "
            "unit=nginx.service previous_process=apache2 previous_unit=apache2.service");
}

TEST(ListenerLines, NameTheDevice) {
  ListenerEvent appeared = event(Kind::appeared);
  appeared.identity = test::listener_key(Protocol::udp, "fe80::1", 546).identity;
  appeared.identity.interface = "eth0";
  appeared.exposure = Exposure::link_local;
  EXPECT_EQ(line_of(appeared),
            "listener appeared: udp [fe80::1]%eth0:546 exposure=link_local process=nginx "
            "unit=nginx.service");
}

TEST(ListenerLines, QuoteNamesThatCouldPassForMore) {
  ListenerEvent appeared = event(Kind::appeared);
  appeared.owner = {"tmux: server", ""};
  EXPECT_TRUE(line_of(appeared).ends_with(" process=\"tmux: server\" unit=\"\""));
  appeared.owner = {"a\" unit=b", "x=y"};
  EXPECT_TRUE(line_of(appeared).ends_with(R"( process="a\" unit=b" unit="x=y")"));
}

}  // namespace
}  // namespace sockwatch
