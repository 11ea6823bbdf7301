#include "app/udp_ages.h"

#include <gtest/gtest.h>

namespace sockwatch {
namespace {

using std::chrono::seconds;

MonotonicTime at(int second) {
  return MonotonicTime(std::chrono::hours(1) + seconds(second));
}

TEST(UdpAges, BeginAtFirstSight) {
  UdpAges ages;
  EXPECT_EQ(ages.age(1, at(100)), seconds(0));
  ages.end_dump();
  EXPECT_EQ(ages.age(1, at(101)), seconds(1));
  EXPECT_EQ(ages.age(2, at(101)), seconds(0));
  ages.end_dump();
  EXPECT_EQ(ages.age(1, at(110)), seconds(10));
  EXPECT_EQ(ages.age(2, at(110)), seconds(9));
}

TEST(UdpAges, AreTheSameForASocketThatADumpShowsTwice) {
  UdpAges ages;
  ages.age(1, at(0));
  ages.end_dump();
  EXPECT_EQ(ages.age(1, at(5)), seconds(5));
  EXPECT_EQ(ages.age(1, at(5)), seconds(5));
}

TEST(UdpAges, GoOnWhenOneDumpMissedTheSocket) {
  UdpAges ages;
  ages.age(1, at(0));
  ages.end_dump();
  ages.end_dump();
  EXPECT_EQ(ages.age(1, at(2)), seconds(2));
}

TEST(UdpAges, BeginAnewWhenTwoDumpsMissedTheSocket) {
  UdpAges ages;
  ages.age(1, at(0));
  ages.end_dump();
  ages.end_dump();
  ages.end_dump();
  EXPECT_EQ(ages.age(1, at(3)), seconds(0));
}

TEST(UdpAges, TellWhoWasThereInTheFirstDump) {
  UdpAges ages;
  ages.age(1, at(0));
  EXPECT_TRUE(ages.was_in_first_dump(1));
  ages.end_dump();
  ages.age(1, at(1));
  ages.age(2, at(1));
  EXPECT_TRUE(ages.was_in_first_dump(1));
  EXPECT_FALSE(ages.was_in_first_dump(2));
  EXPECT_FALSE(ages.was_in_first_dump(3));
}

}  // namespace
}  // namespace sockwatch
