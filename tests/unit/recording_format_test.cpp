#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <limits>

#include "recording/format.h"

namespace sockwatch::recording {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Bytes bytes_of_text(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::vector<std::byte> buffer(std::string_view text) {
  const Bytes bytes = bytes_of_text(text);
  return {bytes.begin(), bytes.end()};
}

/// Something in every field.
Recording sample() {
  Recording recording;
  recording.header = {"0.1.0", "6.1.0-9-amd64", "x86_64",
                      WallTime(std::chrono::microseconds(1'700'000'000'123'456)), true};
  recording.conversations = {
      {4, {}, {}, FailedCall::none, 0},
      {4, buffer("asked"), {buffer("one"), {}, buffer("three")}, FailedCall::receive, 11},
      {0, {}, {}, FailedCall::open, 93}};
  recording.answers = {
      {"/proc/1", Question::open, 13, "", {}, {}},
      {"/etc/passwd", Question::text, 0, std::string("a\0b\n", 4), {}, {}},
      {"/proc/self/net/tcp", Question::lines, 5, "one\ntwo\n", {}, {}},
      {"/proc/1/exe", Question::link, 0, "/sbin/init", {}, {}},
      {"/proc", Question::entries, 0, "", {{"1", 7, true}, {"version", UINT64_MAX, false}}, {}},
      {"/etc/passwd", Question::stamp, 0, "", {}, {9, {1'700'000'000, 999'999'999}}}};
  return recording;
}

std::string error_of(const std::string& file) {
  const auto decoded = decode(bytes_of_text(file));
  return decoded ? "" : decoded.error().message;
}

/// With the checksum that these bytes should have.
std::string sealed(std::string body) {
  const auto sum =
      ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  for (int shift = 0; shift < 32; shift += 8) body += static_cast<char>(sum >> shift & 0xff);
  return body;
}

std::string body_of(const std::string& file) {
  return file.substr(0, file.size() - 4);
}

TEST(RecordingFormat, GivesBackWhatItWasGiven) {
  const std::string file = encode(sample());
  const auto decoded = decode(bytes_of_text(file));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(encode(*decoded), file);

  EXPECT_EQ(decoded->header.kernel, "6.1.0-9-amd64");
  EXPECT_EQ(decoded->header.time, sample().header.time);
  EXPECT_TRUE(decoded->header.anonymised);
  ASSERT_THAT(decoded->conversations, SizeIs(3));
  EXPECT_EQ(decoded->conversations[1].request, buffer("asked"));
  EXPECT_THAT(decoded->conversations[1].replies,
              ElementsAre(buffer("one"), buffer(""), buffer("three")));
  EXPECT_EQ(decoded->conversations[1].failed, FailedCall::receive);
  EXPECT_EQ(decoded->conversations[2].error, 93);
  ASSERT_THAT(decoded->answers, SizeIs(6));
  EXPECT_EQ(decoded->answers[1].text, std::string("a\0b\n", 4));
  EXPECT_EQ(decoded->answers[2].error, 5);
  EXPECT_EQ(decoded->answers[4].entries[1].inode, UINT64_MAX);
  EXPECT_EQ(decoded->answers[5].stamp.modified.tv_nsec, 999'999'999);
}

TEST(RecordingFormat, HoldsNothingAtAll) {
  const auto decoded = decode(bytes_of_text(encode({})));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_TRUE(decoded->conversations.empty() && decoded->answers.empty());
}

TEST(RecordingFormat, SaysWhereAFileWasCutOff) {
  const std::string file = encode(sample());
  EXPECT_EQ(error_of(""), "not a sockwatch recording");
  for (std::size_t size = 1; size < file.size(); ++size) {
    EXPECT_EQ(error_of(file.substr(0, size)), "cut off at byte " + std::to_string(size));
  }
}

TEST(RecordingFormat, RefusesAFileWithAnyBitFlipped) {
  const std::string file = encode(sample());
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string flipped = file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(error_of(flipped), "") << bit;
  }
}

TEST(RecordingFormat, SaysWhatIsNoRecordingOrNoneOfThisVersion) {
  const std::string file = encode(sample());
  const auto with_version = [&](char version) {
    std::string other = body_of(file);
    other[8] = version;
    return sealed(other);
  };
  EXPECT_EQ(error_of("junk"), "not a sockwatch recording");
  EXPECT_EQ(error_of(std::string(1000, '\0')), "not a sockwatch recording");
  EXPECT_EQ(error_of(with_version(0)), "not a sockwatch recording");
  EXPECT_EQ(error_of(with_version(1)), "");
  EXPECT_EQ(error_of(with_version(3)), "made by a newer version (format 3, this one reads 1)");
  EXPECT_EQ(error_of(file + "more"), "goes on after its end");
  EXPECT_EQ(error_of(body_of(file) + "sums"), "damaged: its checksum is wrong");
}

/// The same file with one byte of it replaced, sealed again.
std::string patched(std::size_t at, char byte) {
  std::string body = body_of(encode(sample()));
  body.at(at) = byte;
  return sealed(body);
}

TEST(RecordingFormat, RefusesValuesThatCannotBe) {
  const std::string file = encode(sample());
  const std::size_t time = 12 + 4 + 5 + 4 + 13 + 4 + 6;
  const std::size_t failed_open = file.find("asked") + 5 + 4 + (4 + 3) + 4 + (4 + 5) + 5 + 12;
  const std::size_t first_answer = file.find("/proc/1") - 5;
  const std::size_t flag = file.find("\x31\x07", first_answer) + 9;
  EXPECT_THAT(error_of(patched(time + 7, '\x7f')), HasSubstr("no valid time at byte "));
  EXPECT_THAT(error_of(patched(time + 7, '\xff')), HasSubstr("no valid time at byte "));
  EXPECT_THAT(error_of(patched(time + 8, 2)), HasSubstr("no valid mark of anonymity at byte "));
  EXPECT_THAT(error_of(patched(failed_open, 4)), HasSubstr("no valid failed call at byte "));
  EXPECT_THAT(error_of(patched(failed_open + 3, 1)), HasSubstr("no valid error number at byte "));
  EXPECT_THAT(error_of(patched(first_answer, 6)), HasSubstr("no valid question at byte "));
  EXPECT_THAT(error_of(patched(flag, 2)), HasSubstr("no valid kind of entry at byte "));
  EXPECT_THAT(error_of(patched(file.size() - 4 - 1, '\x7f')),
              HasSubstr("no valid nanoseconds at byte "));
}

TEST(RecordingFormat, RefusesADirectoryThatHoldsItself) {
  for (const std::string& name : {std::string(), std::string("."), std::string(".."),
                                  std::string("a/b"), std::string("\0a", 2)}) {
    Recording recording;
    recording.answers = {{"/cgroup", Question::entries, 0, "", {{name, 7, true}}, {}}};
    EXPECT_THAT(error_of(encode(recording)), HasSubstr("no valid name of an entry at byte "))
        << name;
  }
}

TEST(RecordingFormat, TakesNoMemoryForWhatIsOnlyClaimed) {
  const std::string claims = "\xff\xff\xff\xff";
  const std::string empty = body_of(encode({}));
  const std::size_t conversations = empty.size() - 8;
  EXPECT_THAT(error_of(empty.substr(0, conversations) + claims), HasSubstr("cut off"));
  EXPECT_THAT(error_of(empty.substr(0, conversations + 4) + claims), HasSubstr("cut off"));
  EXPECT_THAT(error_of(empty.substr(0, 12) + claims + "text"), HasSubstr("cut off"));
}

}  // namespace
}  // namespace sockwatch::recording
