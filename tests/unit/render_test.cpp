#include "metrics/render.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "kernel/dump.h"
#include "metrics/catalogue.h"
#include "support/exposition.h"
#include "support/promtool.h"
#include "support/text.h"
#include "support/version.h"
#include "unit/listener_samples.h"
#include "unit/sample_report.h"
#include "unit/source_files.h"

namespace sockwatch::metrics {
namespace {

using test::Exposition;
using test::fill;
using test::sample_report;

std::string rendered(const Report& report) {
  LiveCounters live;
  fill(live);
  return to_text(to_families(report, live));
}

Exposition exposed(const Report& report) {
  const LiveCounters live;
  return Exposition(to_families(report, live));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The text with what differs from build to build made the same.
std::string without_build(std::string text) {
  const std::string info = "version=\"" + std::string(kVersion) + "\",revision=\"" +
                           std::string(kRevision) + "\",compiler=\"" + std::string(kCompiler) +
                           "\"";
  const std::size_t at = text.find(info);
  if (at != std::string::npos) {
    text.replace(at, info.size(),
                 "version=\"VERSION\",revision=\"REVISION\",compiler=\"COMPILER\"");
  }
  return text;
}

std::string inflated(const std::string& gzip) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return "no inflate";
  std::string text(1 << 22, '\0');
  std::string input = gzip;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int result = inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return result == Z_STREAM_END ? text : "not gzip";
}

TEST(Render, WritesThisTextForThisReport) {
  test::expect_golden("metrics.txt", without_build(rendered(sample_report())));
}

TEST(Render, HasEveryMetricInItsGoldenText) {
  const std::string golden = test::source_file(test::golden_path("metrics.txt"));
  for (const Info& info : catalogue()) {
    const std::string name(info.name);
    EXPECT_NE(golden.find("# HELP " + name + " " + std::string(info.help) + "\n"),
              std::string::npos)
        << name;
    EXPECT_NE(golden.find("\n" + name), std::string::npos) << name;
  }
}

TEST(Render, WritesTextThatPromtoolAccepts) {
  if (!test::has_promtool()) GTEST_SKIP() << "promtool is not installed";
  EXPECT_EQ(test::promtool_complaints(test::source_file(test::golden_path("metrics.txt"))), "");
}

TEST(Render, KeepsHostileNamesInOneValidLine) {
  const std::string names[] = {"\"",
                               "\\",
                               "\n",
                               "a\rb",
                               std::string("a\0b", 3),
                               "\xff",
                               "\xe5\x90",
                               "<script>alert(1)</script>",
                               "\xe2\x80\xae",
                               "\x1b[31m",
                               "a\"} 1\nb 2",
                               "{}",
                               "\\n",
                               "\\x0a",
                               "\xc3\xa9",
                               "\xf0\x9f\x92\xa9",
                               "# HELP x y",
                               std::string(500, 'x'),
                               "other",
                               ""};
  for (const std::string& name : names) {
    Report report = sample_report();
    const std::size_t lines = lines_of(rendered(report)).size();
    auto snapshot = std::make_shared<Snapshot>(*report.sockets);
    snapshot->processes[0].key = {0, label_name(name), label_name(name)};
    report.sockets = snapshot;
    const std::string text = rendered(report);
    EXPECT_EQ(lines_of(text).size(), lines) << name;
    EXPECT_EQ(valid_utf8_bytes(text), text.size()) << name;
    EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return c < ' ' && c >= 0 && c != '\n'; }));
  }
}

TEST(Render, KeepsDifferentNamesApart) {
  Report report;
  auto snapshot = std::make_shared<Snapshot>();
  for (const char* name : {"\n", "\\x0a", "\\\\x0a", "\\n", "other", "\\x6fther", "\"", "\\\""}) {
    snapshot->processes.push_back({{0, label_name(name), ""}, {1}});
  }
  snapshot->processes.push_back({ProcessKey{}.folded(), {1}});
  report.sockets = snapshot;
  EXPECT_EQ(exposed(report).select("sockwatch_process_sockets").size(), 9U);
}

TEST(Render, ShowsEveryValueWithZerosForTheHost) {
  Report report;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->totals.resize(2);
  snapshot->totals[1].protocol = Protocol::udp;
  report.sockets = snapshot;
  const Exposition rows = exposed(report);
  EXPECT_EQ(rows.select("sockwatch_sockets", {{"protocol", "tcp"}}).size(), 2U * 11);
  EXPECT_EQ(rows.select("sockwatch_sockets", {{"protocol", "udp"}}).size(), 2U * 2);
  EXPECT_EQ(rows.select("sockwatch_unowned_sockets").size(), 2U * kCauses);
  EXPECT_EQ(rows.select("sockwatch_queued_bytes").size(), 2U * 2);
  for (const auto& row : rows.select("sockwatch_sockets")) EXPECT_EQ(row.value, 0);
}

TEST(Render, ShowsNothingOfAProtocolWithoutAGoodSample) {
  Report report;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->totals.resize(1);
  report.sockets = snapshot;
  const Exposition rows = exposed(report);
  for (const char* metric :
       {"sockwatch_sockets", "sockwatch_unowned_sockets", "sockwatch_queued_bytes"}) {
    EXPECT_FALSE(rows.select(metric, {{"protocol", "tcp"}}).empty()) << metric;
    EXPECT_TRUE(rows.select(metric, {{"protocol", "udp"}}).empty()) << metric;
  }
}

TEST(Render, ShowsOnlyWhatThereIsInOtherNamespaces) {
  Report report;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->namespaces = {"host", "other", "blue"};
  snapshot->totals.resize(1);
  snapshot->totals[0].netns = 2;
  snapshot->totals[0].sockets[0][0] = 3;
  snapshot->totals[0].send_queued = 5;
  report.sockets = snapshot;
  const Exposition rows = exposed(report);
  EXPECT_EQ(rows.select("sockwatch_sockets").size(), 1U);
  EXPECT_EQ(rows.value("sockwatch_sockets", {{"netns", "blue"}, {"state", "established"}}), 3);
  EXPECT_TRUE(rows.select("sockwatch_unowned_sockets").empty());
  EXPECT_EQ(rows.select("sockwatch_queued_bytes").size(), 1U);
}

TEST(Render, ShowsNoCountsBeforeTheFirstSample) {
  const Exposition rows = exposed(Report{});
  for (const char* metric :
       {"sockwatch_sockets", "sockwatch_port_sockets", "sockwatch_process_sockets",
        "sockwatch_unit_sockets", "sockwatch_unowned_sockets", "sockwatch_listener_sockets",
        "sockwatch_queued_bytes", "sockwatch_last_sample_timestamp_seconds", "sockwatch_source_up",
        "sockwatch_series_folded", "sockwatch_series_omitted", "sockwatch_cells_folded"}) {
    EXPECT_TRUE(rows.select(metric).empty()) << metric;
  }
}

TEST(Render, CountsNamespacesByWhatIsKnownOfThem) {
  Report report;
  report.sampler.namespaces = {5, 2, 1, std::nullopt};
  const char* oldest = "sockwatch_namespace_oldest_sample_timestamp_seconds";
  const Exposition rows = exposed(report);
  EXPECT_EQ(rows.value("sockwatch_namespaces", {{"state", "sampled"}}), 5);
  EXPECT_EQ(rows.value("sockwatch_namespaces", {{"state", "unreadable"}}), 2);
  EXPECT_EQ(rows.value("sockwatch_namespaces", {{"state", "skipped"}}), 1);
  EXPECT_TRUE(rows.select(oldest).empty());
  report.sampler.namespaces.oldest = WallTime(std::chrono::seconds(77));
  EXPECT_EQ(exposed(report).value(oldest), 77);
}

TEST(Render, NamesTheNamespaceOfEachListener) {
  Report report;
  LimitedListeners listeners;
  listeners.namespaces = {"host", "other", "blue"};
  ListenerKey key = test::tcp_key(80);
  key.identity.netns = 2;
  listeners.listeners = {{key, Exposure::wildcard, false, "root", 3}};
  listeners.groups.resize(1);
  listeners.groups[0].key = key;
  listeners.hidden = {{kOtherNamespace, Exposure::private_, 4}};
  report.listeners = std::make_shared<LimitedListeners>(listeners);
  const Exposition rows = exposed(report);
  EXPECT_EQ(rows.value("sockwatch_listener_sockets", {{"netns", "blue"}}), 3);
  EXPECT_EQ(rows.value("sockwatch_listener_sockets", {{"netns", "other"}}), 4);
  EXPECT_EQ(rows.value("sockwatch_listener_accept_queue", {{"netns", "blue"}}), 0);
}

TEST(Render, HasAtMost200SeriesThatNoLimitFolds) {
  Report report = sample_report();
  for (const std::string_view source : {"netlink", "procfs", "rtnetlink"}) {
    for (const std::string_view reason : kernel::kDumpFailureNames) {
      report.sampler.errors[{source, reason}] = 0;
    }
  }
  const std::string limited[] = {"sockwatch_port_", "sockwatch_process_", "sockwatch_unit_",
                                 "sockwatch_listener_", "sockwatch_udp_"};
  std::size_t fixed = 0;
  for (const std::string& line : lines_of(rendered(report))) {
    const bool folds = std::ranges::any_of(
        limited, [&](const std::string& prefix) { return line.starts_with(prefix); });
    const bool elsewhere = line.find("{netns=\"") != std::string::npos &&
                           line.find("{netns=\"host\"") == std::string::npos;
    if (!line.starts_with('#') && !folds && !elsewhere) ++fixed;
  }
  EXPECT_LE(fixed, 200U);
}

TEST(Render, CompressesToWhatInflatesToTheSame) {
  const std::string text = rendered(sample_report());
  EXPECT_EQ(inflated(gzip(text)), text);
  EXPECT_LT(gzip(text).size(), text.size() / 4);
  EXPECT_EQ(inflated(gzip("")), "");
  std::string noise;
  for (unsigned i = 0; i < 300'000; ++i) noise += static_cast<char>(i * i * 2'654'435'761U >> 13);
  EXPECT_EQ(inflated(gzip(noise)), noise);
}

}  // namespace
}  // namespace sockwatch::metrics
