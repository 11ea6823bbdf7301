#include "metrics/catalogue.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "kernel/dump.h"
#include "report/report.h"
#include "sockets/exposure.h"
#include "unit/source_files.h"

namespace sockwatch::metrics {
namespace {

constexpr std::string_view type_name(Type type) {
  switch (type) {
    case Type::gauge:
      return "gauge";
    case Type::counter:
      return "counter";
    case Type::histogram:
      return "histogram";
  }
  return "";
}

std::string text(std::string_view view) {
  return std::string(view);
}

TEST(Catalogue, NamesEachMetricOnceWithOurPrefixOrTheStandardOne) {
  std::set<std::string_view> names;
  const std::regex well_formed("(sockwatch|process)(_[a-z]+)+");
  for (const Info& info : catalogue()) {
    EXPECT_TRUE(std::regex_match(text(info.name), well_formed)) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
  }
}

TEST(Catalogue, EndsCountersAndNothingElseInTotal) {
  for (const Info& info : catalogue()) {
    EXPECT_EQ(info.name.ends_with("_total"), info.type == Type::counter) << info.name;
    for (const char* suffix : {"_count", "_sum", "_bucket", "_info_total"}) {
      EXPECT_FALSE(info.name.ends_with(suffix)) << info.name;
    }
  }
}

TEST(Catalogue, UsesBaseUnits) {
  const std::regex other_unit(
      ".*_(ms|us|ns|(milli|micro|nano)seconds|minutes|hours|days|kb|mb|kib|mib|kilobytes|megabytes|"
      "bits|percent)(_.*)?");
  for (const Info& info : catalogue()) {
    EXPECT_FALSE(std::regex_match(text(info.name), other_unit)) << info.name;
  }
}

TEST(Catalogue, HelpsInOneLineOfPlainText) {
  for (const Info& info : catalogue()) {
    EXPECT_TRUE(info.help.ends_with('.')) << info.name;
    for (const char c : info.help) EXPECT_TRUE(c >= ' ' && c <= '~' && c != '\\') << info.name;
  }
}

TEST(Catalogue, HasWellFormedLabelsThatIdentifyNoSingleSocket) {
  const std::regex well_formed("([a-z_]+(,[a-z_]+)*)?");
  const std::regex forbidden(".*\\b(pid|inode|cookie|remote|peer|cgroup|le)\\b.*");
  for (const Info& info : catalogue()) {
    EXPECT_TRUE(std::regex_match(text(info.labels), well_formed)) << info.name;
    EXPECT_FALSE(std::regex_match(text(info.labels), forbidden)) << info.name;
  }
}

TEST(Catalogue, IsInTheOrderOfItsIds) {
  EXPECT_EQ(catalogue().size(), static_cast<std::size_t>(Id::count));
  EXPECT_EQ(info(Id::sockets).name, "sockwatch_sockets");
  EXPECT_EQ(info(Id::udp_receive_drops).name, "sockwatch_udp_receive_drops_total");
  EXPECT_EQ(info(Id::sample_errors).name, "sockwatch_sample_errors_total");
  EXPECT_EQ(info(Id::cells_folded).name, "sockwatch_cells_folded");
  EXPECT_EQ(info(Id::sandbox_active).name, "sockwatch_sandbox_active");
  EXPECT_EQ(info(Id::process_max_fds).name, "process_max_fds");
}

struct Described {
  std::string type;
  std::string labels;

  bool operator==(const Described&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Described& described) {
  return out << described.type << " {" << described.labels << "}";
}

/// Rows "| `name` | type | `label`, `label` or – | … |" of docs/metrics.md.
std::map<std::string, Described> documented() {
  const std::regex row(R"(\| `((?:sockwatch|process)_\w+)` \| (\w+) \| ([^|]*) \|.*)");
  std::map<std::string, Described> metrics;
  std::istringstream document(test::source_file("docs/metrics.md"));
  for (std::string line; std::getline(document, line);) {
    std::smatch parts;
    if (!std::regex_match(line, parts, row)) continue;
    const std::string labels = std::regex_replace(parts[3].str(), std::regex("[` ]|–"), "");
    EXPECT_TRUE(metrics.try_emplace(parts[1], Described{parts[2], labels}).second) << parts[1];
  }
  return metrics;
}

TEST(Catalogue, IsWhatTheDocumentLists) {
  std::map<std::string, Described> listed;
  for (const Info& info : catalogue()) {
    listed[text(info.name)] = {text(type_name(info.type)), text(info.labels)};
  }
  const auto described = documented();
  for (const auto& [name, info] : listed) {
    ASSERT_TRUE(described.contains(name)) << name << " is not in docs/metrics.md";
    EXPECT_EQ(described.at(name), info) << name;
  }
  for (const auto& [name, info] : described) {
    EXPECT_TRUE(listed.contains(name)) << name << " is only in docs/metrics.md";
  }
}

TEST(Catalogue, HasEveryMetricThatTheDocumentsQueriesUse) {
  std::set<std::string> names{"sockwatch_sample_duration_seconds_bucket"};
  for (const Info& info : catalogue()) names.insert(text(info.name));
  const std::string document = test::source_file("docs/metrics.md");
  const std::regex metric("(sockwatch|process)_[a-z0-9_]+");
  for (std::sregex_iterator it(document.begin(), document.end(), metric), end; it != end; ++it) {
    EXPECT_TRUE(names.contains(it->str())) << it->str();
  }
}

/// The names in backquotes that begin a row of the document's tables of label values.
std::set<std::string> documented_values() {
  const std::regex row(R"(\| `([^`]*)` \| .*)");
  std::set<std::string> values;
  std::istringstream document(test::source_file("docs/metrics.md"));
  for (std::string line; std::getline(document, line);) {
    std::smatch parts;
    if (std::regex_match(line, parts, row)) values.insert(parts[1]);
  }
  return values;
}

TEST(Catalogue, HasEveryLabelValueExplainedInTheDocument) {
  const auto values = documented_values();
  const auto expect_all = [&](const auto& names) {
    for (const std::string_view name : names) EXPECT_TRUE(values.contains(text(name))) << name;
  };
  expect_all(kStateNames);
  expect_all(kCauseNames);
  expect_all(kDirectionNames);
  expect_all(kExposureNames);
  expect_all(kPacketKindNames);
  expect_all(kUnixTypeNames);
  expect_all(kStageNames);
  expect_all(kernel::kDumpFailureNames);
  expect_all(kReadErrorNames);
}

}  // namespace
}  // namespace sockwatch::metrics
