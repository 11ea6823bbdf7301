#include "sockets/port_range.h"

#include <gtest/gtest.h>

#include <string>

namespace sockwatch::test {
namespace {

TEST(PortRange, ReadsWhatTheKernelWrites) {
  EXPECT_EQ(parse_port_range("32768\t60999\n"), (PortRange{32768, 60999}));
  EXPECT_EQ(parse_port_range("1024\t65535\n"), (PortRange{1024, 65535}));
  EXPECT_EQ(parse_port_range("40000 40000"), (PortRange{40000, 40000}));
}

TEST(PortRange, AnythingElseIsTheKernelsDefault) {
  for (const std::string text :
       {"", "\n", "1024", "1024\t", "1024\tx", "x\t2000", "-1\t2000", "1024\t65536", "70000\t80000",
        "2000\t1024", "10242000", "1024,2000", "1024\t2000x", "1024\t2000\t3000"}) {
    EXPECT_EQ(parse_port_range(text), (PortRange{32768, 60999})) << text;
  }
}

TEST(PortRange, ContainsBothEnds) {
  constexpr PortRange range{1000, 2000};
  EXPECT_FALSE(range.contains(999));
  EXPECT_TRUE(range.contains(1000));
  EXPECT_TRUE(range.contains(2000));
  EXPECT_FALSE(range.contains(2001));
}

}  // namespace
}  // namespace sockwatch::test
