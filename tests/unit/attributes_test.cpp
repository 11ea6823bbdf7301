#include "support/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/messages.h"

namespace sockwatch::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Seen = std::vector<std::pair<int, std::size_t>>;  // type, bytes of the value

struct Walk {
  bool sound = false;
  Seen seen;
};

Walk walk(const Buffer& bytes) {
  Walk result;
  result.sound = for_each_attribute(bytes, [&](const Attribute& attribute) {
    result.seen.emplace_back(attribute.type, attribute.value.size());
  });
  return result;
}

Buffer header(std::uint16_t length, std::uint16_t type) {
  const nlattr attribute{length, type};
  const Bytes bytes = bytes_of(attribute);
  return {bytes.begin(), bytes.end()};
}

TEST(Attributes, HandsOnEachWithItsValue) {
  EXPECT_TRUE(walk({}).sound);
  const Walk all = walk(joined({attribute(1, std::uint8_t{7}), attribute(2, std::uint64_t{7}),
                                attribute(2, std::uint16_t{7}), attribute(3, Bytes{})}));
  EXPECT_TRUE(all.sound);
  EXPECT_THAT(all.seen, ElementsAre(Pair(1, 1), Pair(2, 8), Pair(2, 2), Pair(3, 0)));
}

TEST(Attributes, TypeComesWithoutFlags) {
  EXPECT_THAT(walk(attribute(NLA_F_NESTED | 5, std::uint32_t{})).seen, ElementsAre(Pair(5, 4)));
  EXPECT_THAT(walk(attribute(NLA_F_NET_BYTEORDER | 6, std::uint32_t{})).seen,
              ElementsAre(Pair(6, 4)));
}

TEST(Attributes, LengthBelowTheHeaderIsAnError) {
  for (const auto length : std::initializer_list<std::uint16_t>{0, 1, 2, 3}) {
    const Walk bad = walk(joined({header(length, 1), attribute(2, std::uint32_t{})}));
    EXPECT_FALSE(bad.sound) << length;
    EXPECT_THAT(bad.seen, IsEmpty()) << length;
  }
}

TEST(Attributes, LengthBeyondTheEndIsAnError) {
  for (const auto length : std::initializer_list<std::uint16_t>{5, 8, 9, 65535}) {
    const Walk bad = walk(joined({attribute(1, std::uint32_t{}), header(length, 2)}));
    EXPECT_FALSE(bad.sound) << length;
    EXPECT_THAT(bad.seen, ElementsAre(Pair(1, 4))) << length;
  }
}

TEST(Attributes, LastOneNeedsNoPadding) {
  Buffer bytes = joined({attribute(1, std::uint32_t{}), attribute(2, std::uint8_t{})});
  for (int cut = 0; cut < 3; ++cut) {
    bytes.pop_back();
    EXPECT_THAT(walk(bytes).seen, ElementsAre(Pair(1, 4), Pair(2, 1)));
    EXPECT_TRUE(walk(bytes).sound);
  }
}

TEST(Attributes, UpToThreeBytesMayFollow) {
  Buffer bytes = attribute(1, std::uint32_t{});
  for (int tail = 1; tail <= 3; ++tail) {
    bytes.push_back(std::byte{0xff});
    EXPECT_TRUE(walk(bytes).sound) << tail;
    EXPECT_THAT(walk(bytes).seen, ElementsAre(Pair(1, 4))) << tail;
  }
}

TEST(Attributes, CutAnywhereGivesWholeOnesOnly) {
  const Buffer good = joined({attribute(1, std::uint16_t{}), attribute(2, std::uint64_t{}),
                              attribute(3, std::uint32_t{})});
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Walk cut = walk(Buffer(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    const std::size_t whole = size < 6 ? 0 : size < 20 ? 1 : 2;
    EXPECT_EQ(cut.seen.size(), whole) << size;
    const bool between = size < 4 || (size >= 6 && size < 12) || (size >= 20 && size < 24);
    EXPECT_EQ(cut.sound, between) << size;
  }
}

TEST(Bytes, ReadsOnlyInsideItsBounds) {
  const Buffer bytes = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
  EXPECT_EQ(read_at<std::uint8_t>(bytes, 4), 5);
  EXPECT_EQ(read_at<std::uint32_t>(bytes, 1), 0x05040302U);
  EXPECT_EQ(read_at<std::uint32_t>(bytes, 2), std::nullopt);
  EXPECT_EQ(read_at<std::uint8_t>(bytes, 5), std::nullopt);
  EXPECT_EQ(read_at<std::uint32_t>(bytes, static_cast<std::size_t>(-2)), std::nullopt);
  EXPECT_EQ(read_at<std::uint64_t>(bytes, 0), std::nullopt);
}

}  // namespace
}  // namespace sockwatch::test
