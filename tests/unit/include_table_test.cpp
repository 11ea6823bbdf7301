// The folders of daemon/ are the stages of the data's road: none knows one to its right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "unit/source_files.h"

namespace sockwatch::test {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using Names = std::set<std::string>;

/// What each folder may include beside itself; docs/architecture.md.
const std::map<std::string, Names> kMayInclude = {
    {"support", {}},
    {"kernel", {"support"}},
    {"recording", {"kernel", "support"}},
    {"sockets", {"support"}},
    {"attribution", {"sockets", "kernel", "support"}},
    {"snapshot", {"attribution", "sockets", "support"}},
    {"report", {"snapshot", "attribution", "sockets", "support"}},
    {"metrics", {"report", "snapshot", "attribution", "sockets", "support"}},
    {"http", {"support"}},
    {"settings", {"support"}},
    {"app",
     {"settings", "http", "metrics", "report", "snapshot", "attribution", "sockets", "recording",
      "kernel", "support"}},
};

struct Source {
  fs::path path;                      // below daemon/
  std::string folder;                 // "" for main.cpp
  std::vector<std::string> includes;  // what stands between the quotes or brackets
};

std::vector<std::string> includes_of(const std::string& text) {
  static const std::regex kInclude("^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"]");
  std::vector<std::string> includes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) includes.push_back(match[1]);
  }
  return includes;
}

std::vector<Source> read_sources() {
  std::vector<Source> sources;
  const fs::path daemon = source_path("daemon");
  for (const auto& entry : fs::recursive_directory_iterator(daemon)) {
    const std::string kind = entry.path().extension().string();
    if (kind != ".h" && kind != ".cpp") continue;
    const fs::path path = entry.path().lexically_relative(daemon);
    const std::string folder = path.has_parent_path() ? path.begin()->string() : "";
    sources.push_back({path, folder, includes_of(source_file("daemon/" + path.string()))});
  }
  return sources;
}

class IncludeTable : public testing::Test {
 protected:
  static void SetUpTestSuite() { sources_ = read_sources(); }

  /// The files that include anything whose name begins so.
  static std::vector<Source> users_of(const std::vector<std::string>& prefixes) {
    std::vector<Source> users;
    for (const Source& source : sources_) {
      const bool uses = std::ranges::any_of(source.includes, [&](const std::string& include) {
        return std::ranges::any_of(
            prefixes, [&](const std::string& prefix) { return include.starts_with(prefix); });
      });
      if (uses) users.push_back(source);
    }
    return users;
  }

  static inline std::vector<Source> sources_;
};

TEST_F(IncludeTable, NamesEveryFolder) {
  for (const Source& source : sources_) {
    const bool known = source.folder.empty() || kMayInclude.contains(source.folder);
    EXPECT_TRUE(known) << source.path;
  }
  EXPECT_GT(sources_.size(), 100U);
}

TEST_F(IncludeTable, IsKept) {
  for (const Source& source : sources_) {
    if (source.folder.empty()) continue;
    for (const std::string& include : source.includes) {
      const std::string folder = include.substr(0, include.find('/'));
      if (!kMayInclude.contains(folder) || folder == source.folder) continue;
      EXPECT_TRUE(kMayInclude.at(source.folder).contains(folder))
          << source.path << " includes " << include;
    }
  }
}

TEST_F(IncludeTable, HasNoPathsThroughOtherFolders) {
  for (const Source& source : sources_) {
    for (const std::string& include : source.includes) {
      EXPECT_EQ(include.find(".."), std::string::npos) << source.path << " includes " << include;
    }
  }
}

TEST_F(IncludeTable, MainOnlyStartsTheProgram) {
  const std::string text = source_file("daemon/main.cpp");
  EXPECT_LT(std::ranges::count(text, '\n'), 40);
}

TEST_F(IncludeTable, KeepsEachLibraryInOneOrTwoPlaces) {
  const std::vector<std::vector<std::string>> libraries = {
      {"boost/beast", "boost/asio"}, {"CLI/"}, {"yaml-cpp/"}, {"nlohmann/"}};
  for (const auto& library : libraries) {
    const auto users = users_of(library);
    EXPECT_GE(users.size(), 1U) << library.front();
    EXPECT_LE(users.size(), 2U) << library.front();
    for (const Source& user : users) EXPECT_EQ(user.path.extension(), ".cpp") << user.path;
  }
}

TEST_F(IncludeTable, ReadsIncludesHoweverTheyAreWritten) {
  EXPECT_THAT(includes_of("#include \"a/b.h\"\n#include <c.h>\n  #  include\t<d/e.h>  // why\n"),
              testing::ElementsAre("a/b.h", "c.h", "d/e.h"));
  EXPECT_THAT(includes_of("// #include \"a/b.h\"\nconst char* text = \"#include\";\n"), IsEmpty());
}

}  // namespace
}  // namespace sockwatch::test
