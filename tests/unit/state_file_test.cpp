#include "app/state_file.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "support/text.h"
#include "unit/listener_samples.h"
#include "unit/temporary_directory.h"

namespace sockwatch {
namespace {

namespace fs = std::filesystem;
using test::after;
using test::listener_key;
using test::TemporaryDirectory;

/// Everything that a key can hold.
FirstSeen sample_state() {
  ListenerKey device = listener_key(Protocol::tcp, "fe80::1", 8080, {"tmux: server", ""});
  device.identity.interface = "eth0";
  ListenerKey mapped = listener_key(Protocol::tcp, "10.0.0.1", 65535, {"", ""});
  mapped.identity.family = Family::ipv6;
  const std::string hostile = label_name("a\tb\nchecksum 1\xff");
  return {{listener_key(Protocol::tcp, "0.0.0.0", 80), after(std::chrono::microseconds(1)).wall},
          {listener_key(Protocol::udp, "::", 53, {hostile, "checksum 5"}), after({}).wall},
          {device, WallTime(std::chrono::seconds(0))},
          {mapped, after(std::chrono::hours(9)).wall}};
}

/// With a checksum that is right.
std::string sealed(const std::string& body) {
  const std::string text = "sockwatch state 1\n" + body;
  const auto sum =
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  return text + "checksum " + std::to_string(sum) + "\n";
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(State, ComesBackAsItWas) {
  const auto decoded = decode_state(encode_state(sample_state()));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, sample_state());
  EXPECT_EQ(decode_state(encode_state({})), FirstSeen{});
}

TEST(State, IsSealedAsTheTestsBelowExpect) {
  EXPECT_EQ(encode_state({}), sealed(""));
  EXPECT_TRUE(decode_state(sealed("5\ttcp\tipv4\t0.0.0.0\t80\t\tnginx\tnginx.service\n")));
}

TEST(State, IsRefusedWhenItWasCutAnywhere) {
  const std::string text = encode_state(sample_state());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(decode_state(text.substr(0, size))) << size;
  }
}

TEST(State, IsRefusedWhenAnyBitWasFlipped) {
  const std::string text = encode_state(sample_state());
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_state(flipped)) << bit;
  }
}

TEST(State, IsRefusedWithAWrongLineAlsoWhenItsChecksumIsRight) {
  const char* bodies[] = {
      "\n",
      "5",
      "5\ttcp\tipv4\t0.0.0.0\t80\t\tnginx\tnginx.service",
      "5\ttcp\tipv4\t0.0.0.0\t80\t\tnginx\n",
      "5\ttcp\tipv4\t0.0.0.0\t80\t\tnginx\tnginx.service\tmore\n",
      "x\ttcp\tipv4\t0.0.0.0\t80\t\tnginx\tnginx.service\n",
      "5\tsctp\tipv4\t0.0.0.0\t80\t\tnginx\tnginx.service\n",
      "5\ttcp\tipv5\t0.0.0.0\t80\t\tnginx\tnginx.service\n",
      "5\ttcp\tipv4\t0.0.0\t80\t\tnginx\tnginx.service\n",
      "5\ttcp\tipv6\t:::\t80\t\tnginx\tnginx.service\n",
      "5\ttcp\tipv4\t0.0.0.0\t65536\t\tnginx\tnginx.service\n",
      "5\ttcp\tipv4\t0.0.0.0\t-1\t\tnginx\tnginx.service\n",
      "5\ttcp\tipv4\t0.0.0.0\t80x\t\tnginx\tnginx.service\n",
      "99999999999999999999\ttcp\tipv4\t0.0.0.0\t80\t\tnginx\tnginx.service\n",
  };
  for (const char* body : bodies) EXPECT_FALSE(decode_state(sealed(body))) << body;
}

TEST(State, OfAnotherVersionIsRefused) {
  EXPECT_FALSE(decode_state(""));
  EXPECT_FALSE(decode_state("sockwatch state 2\nchecksum 0\n"));
}

TEST(StateFile, KeepsStateFromSaveToLoad) {
  const TemporaryDirectory directory;
  const StateFile file(directory.path());
  ASSERT_TRUE(file.save(sample_state()));
  EXPECT_EQ(file.load(), sample_state());
  ASSERT_TRUE(file.save({}));
  EXPECT_EQ(file.load(), FirstSeen{});
}

TEST(StateFile, LeavesNoTemporaryFile) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(StateFile(directory.path()).save(sample_state()));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(directory.path())) {
    EXPECT_EQ(entry.path().filename(), "state");
    ++files;
  }
  EXPECT_EQ(files, 1U);
}

TEST(StateFile, IsEmptyWhereThereIsNoneYet) {
  const TemporaryDirectory directory;
  EXPECT_EQ(StateFile(directory.path()).load(), FirstSeen{});
  EXPECT_EQ(StateFile(directory.path("none")).load(), FirstSeen{});
}

TEST(StateFile, MakesItsDirectory) {
  const TemporaryDirectory directory;
  const StateFile file(directory.path("new"));
  ASSERT_TRUE(file.save(sample_state()));
  EXPECT_EQ(file.load(), sample_state());
}

TEST(StateFile, SaysWhichDirectoryCannotBeWritten) {
  const TemporaryDirectory directory;
  for (const std::string& impossible :
       {directory.path("none/below"), std::string("/proc/self"), directory.path("file")}) {
    write(directory.path("file"), "");
    const auto saved = StateFile(impossible).save(sample_state());
    ASSERT_FALSE(saved) << impossible;
    EXPECT_NE(saved.error().message.find(impossible), std::string::npos) << saved.error().message;
  }
}

TEST(StateFile, StaysAsItWasWhenItCannotBeReplaced) {
  const TemporaryDirectory directory;
  const StateFile file(directory.path());
  ASSERT_TRUE(file.save(sample_state()));
  fs::create_directory(directory.path("state.new"));
  EXPECT_FALSE(file.save({}));
  EXPECT_EQ(file.load(), sample_state());
}

TEST(StateFile, IsNotWrittenThroughALink) {
  const TemporaryDirectory directory;
  write(directory.path("victim"), "untouched");
  fs::create_symlink(directory.path("victim"), directory.path("state.new"));
  EXPECT_TRUE(StateFile(directory.path()).save(sample_state()));
  EXPECT_EQ(fs::file_size(directory.path("victim")), 9U);
}

TEST(StateFile, SaysWhichFileIsDamaged) {
  const TemporaryDirectory directory;
  write(directory.path("state"), "junk");
  const auto loaded = StateFile(directory.path()).load();
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find(directory.path("state")), std::string::npos);
}

TEST(StateFile, KeepsNothingWithoutADirectory) {
  EXPECT_TRUE(StateFile("").save(sample_state()));
  EXPECT_EQ(StateFile("").load(), FirstSeen{});
}

}  // namespace
}  // namespace sockwatch
