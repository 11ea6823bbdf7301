#include "support/fields.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace sockwatch::test {
namespace {

TEST(Fields, GivesOneAfterTheOtherAndThenNone) {
  Fields fields("  a  bc d ");
  EXPECT_EQ(fields.next(), "a");
  EXPECT_EQ(fields.rest(), "  bc d ");
  fields.skip(1);
  EXPECT_EQ(fields.next(), "d");
  EXPECT_EQ(fields.rest(), " ");
  EXPECT_EQ(fields.next(), "");
  fields.skip(1000);
  EXPECT_EQ(fields.next(), "");
}

TEST(Number, IsTheWholeFieldOrNothing) {
  EXPECT_EQ(number<std::uint8_t>("255"), 255);
  EXPECT_EQ(number<std::uint16_t>("fF", 16), 255);
  EXPECT_EQ(number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1x", "0x1", "256"}) {
    EXPECT_FALSE(number<std::uint8_t>(text)) << text;
  }
}

}  // namespace
}  // namespace sockwatch::test
