#include "app/replace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "unit/temporary_directory.h"

namespace sockwatch {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  ::stat(path.c_str(), &facts);
  return facts.st_mode & 07777;
}

TEST(ReplaceFile, WritesAFileOfThisModeAndNothingBeside) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("file");
  std::ofstream(path) << "old and longer";
  fs::permissions(path, fs::perms::all);
  ASSERT_TRUE(replace_file(path, "new", 0600));
  EXPECT_EQ(text_of(path), "new");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory.path()), {}), 1);
}

TEST(ReplaceFile, WritesIntoNothingThatSomebodyPutBeside) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("file");
  std::ofstream(directory.path("victim")) << "untouched";
  fs::create_symlink(directory.path("victim"), path + ".new");
  ASSERT_TRUE(replace_file(path, "secret", 0600));
  EXPECT_EQ(text_of(directory.path("victim")), "untouched");
  fs::create_hard_link(directory.path("victim"), path + ".new");
  ASSERT_TRUE(replace_file(path, "secret", 0600));
  EXPECT_EQ(text_of(directory.path("victim")), "untouched");
  EXPECT_EQ(text_of(path), "secret");
}

TEST(ReplaceFile, LeavesTheOldFileWhenTheNewOneCannotBeWritten) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("file");
  ASSERT_TRUE(replace_file(path, "old", 0600));
  fs::create_directory(path + ".new");
  const auto replaced = replace_file(path, "new", 0600);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().message, path + ".new: File exists");
  EXPECT_EQ(text_of(path), "old");
}

TEST(ReplaceFile, TakesItsTemporaryFileAwayWhenItCannotBeUsed) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("directory");
  fs::create_directory(path);
  const auto replaced = replace_file(path, "new", 0600);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().message, path + ": Is a directory");
  EXPECT_FALSE(fs::exists(path + ".new"));
}

TEST(ReplaceFile, SaysWhichDirectoryIsNotThere) {
  EXPECT_EQ(replace_file("/proc/self/none/file", "x", 0600).error().message,
            "/proc/self/none/file.new: No such file or directory");
}

}  // namespace
}  // namespace sockwatch
