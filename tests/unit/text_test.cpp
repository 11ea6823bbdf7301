#include "support/text.h"

#include <gtest/gtest.h>

#include <set>

namespace sockwatch::test {
namespace {

struct Sample {
  std::string raw;
  std::string shown;
};

TEST(Text, KeepsWhatIsHarmless) {
  for (const std::string text : {"", "sshd", "a b\"c'd{e}=f,g", "C:\\dir", "\\", "é", "日本語",
                                 "🦊", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Text, WritesControlsAsHex) {
  const Sample samples[] = {
      {std::string("\0", 1), "\\x00"},
      {"a\nb\tc\x1b[31m", "a\\x0ab\\x09c\\x1b[31m"},
      {"\x1f \x7f~", "\\x1f \\x7f~"},
      {"\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0"},  // C1, then U+00A0
      {"\u200d\u200e\u200f\u2010", "\u200d\\xe2\\x80\\x8e\\xe2\\x80\\x8f\u2010"},
      {"\u061b\u061c\u061d", "\u061b\\xd8\\x9c\u061d"},
      {"\u202a\u202e\u202f", "\\xe2\\x80\\xaa\\xe2\\x80\\xae\u202f"},
      {"\u2065\u2066\u2069\u206a", "\u2065\\xe2\\x81\\xa6\\xe2\\x81\\xa9\u206a"},
  };
  for (const auto& [raw, shown] : samples) EXPECT_EQ(printable(raw), shown);
}

TEST(Text, WritesEachByteThatIsNotUtf8AsHex) {
  const Sample samples[] = {
      {"\x80", "\\x80"},                             // continuation without a start
      {"a\xffz", "a\\xffz"},                         // never a byte of UTF-8
      {"\xc3", "\\xc3"},                             // cut after the first byte
      {"\xe2\x82", "\\xe2\\x82"},                    // cut after the second
      {"\xe2\x82(", "\\xe2\\x82("},                  // broken off by another character
      {"\xc0\xaf", "\\xc0\\xaf"},                    // overlong, two bytes
      {"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},           // overlong, three
      {"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},  // overlong, four
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above U+10FFFF
      {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
  };
  for (const auto& [raw, shown] : samples) EXPECT_EQ(printable(raw), shown);
}

TEST(Text, NamesOfTwoBytesAllReadDifferently) {
  std::set<std::string> shown;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string raw = {static_cast<char>(first), static_cast<char>(second)};
      const std::string text = printable(raw);
      ASSERT_EQ(valid_utf8_bytes(text), text.size());
      ASSERT_TRUE(shown.insert(text).second) << text;
    }
  }
}

TEST(Text, ANameThatLooksEscapedIsEscapedItself) {
  EXPECT_EQ(printable("\\x0a"), "\\x5cx0a");
  EXPECT_EQ(printable("\\\\x"), "\\\\x5cx");
  EXPECT_EQ(printable_line("\\x0a", 64), "\\x0a");
  EXPECT_EQ(printable_line("\n", 64), "\\x0a");
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(printable(std::string(100, 'a')), std::string(64, 'a'));
  EXPECT_EQ(printable("aéb", 2), "a");
  EXPECT_EQ(printable("aéb", 3), "aé");
  EXPECT_EQ(printable("a\nb", 4), "a");
  EXPECT_EQ(printable("a\nb", 5), "a\\x0a");
  EXPECT_EQ(printable("é\u202e", 13), "é");  // all of a character's escapes, or none
  EXPECT_EQ(printable("a", 0), "");
}

TEST(Text, CountsTwiceWhatTextFormatsDouble) {
  EXPECT_EQ(printable(std::string(100, '\\')), std::string(32, '\\'));
  EXPECT_EQ(printable(std::string(100, '"')), std::string(32, '"'));
  EXPECT_EQ(printable("a\"b", 3), "a\"");
  EXPECT_EQ(printable_line("a\\b", 3), "a\\");
}

TEST(Text, CountsTheBytesThatAreValid) {
  EXPECT_EQ(valid_utf8_bytes(""), 0U);
  EXPECT_EQ(valid_utf8_bytes("a\né"), 4U);
  EXPECT_EQ(valid_utf8_bytes("aé\xff"), 3U);
  EXPECT_EQ(valid_utf8_bytes("\xe2\x82"), 0U);
}

TEST(Text, ARealNameNeverReadsAsTheFoldedRow) {
  EXPECT_EQ(label_name("other"), "\\x6fther");
  EXPECT_EQ(label_name("\\x6fther"), "\\x5cx6fther");
  for (const std::string name : {"", "Other", "others", "ephemeral"}) {
    EXPECT_EQ(label_name(name), name);
  }
}

}  // namespace
}  // namespace sockwatch::test
