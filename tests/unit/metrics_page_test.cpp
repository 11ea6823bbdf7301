#include "app/metrics_page.h"

#include <gtest/gtest.h>

#include <thread>

#include "metrics/render.h"
#include "unit/listener_samples.h"
#include "unit/sample_report.h"

namespace sockwatch {
namespace {

/// The page of /metrics and what it is made of.
class Page : public testing::Test {
 protected:
  void publish(std::uint64_t number) {
    auto report = std::make_shared<Report>(test::sample_report());
    report->number = number;
    reports_.store(std::move(report));
  }
  http::Response plain() { return page_.get({"/metrics", false}, now_); }
  http::Response gzip() { return page_.get({"/metrics", true}, now_); }

  MonotonicTime now_ = test::after(std::chrono::seconds(505)).monotonic;

  Published<Report> reports_;
  LiveCounters live_;
  MetricsPage page_{reports_, live_};
};

TEST_F(Page, IsUnavailableBeforeTheFirstReport) {
  for (const http::Response& response : {plain(), gzip()}) {
    EXPECT_EQ(response.status, 503U);
    EXPECT_EQ(*response.body, "no sample yet\n");
    EXPECT_FALSE(response.gzip);
  }
}

TEST_F(Page, IsTheReportAsText) {
  publish(7);
  const http::Response response = plain();
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_FALSE(response.gzip);
  EXPECT_EQ(response.version, 7U);
  EXPECT_EQ(*response.body, metrics::to_text(metrics::to_families(test::sample_report(), live_)));
}

TEST_F(Page, LeavesOutWhatIsTooOldWhenTheSamplerHangs) {
  publish(1);
  ASSERT_NE(plain().body->find("sockwatch_sockets{"), std::string::npos);
  now_ += std::chrono::seconds(10);
  EXPECT_EQ(plain().body->find("sockwatch_listener_sockets{"), std::string::npos);
  EXPECT_NE(plain().body->find("sockwatch_sockets{"), std::string::npos);
  now_ += std::chrono::seconds(10);
  EXPECT_EQ(plain().body->find("sockwatch_sockets{"), std::string::npos);
  EXPECT_NE(plain().body->find("sockwatch_build_info{"), std::string::npos);
}

TEST_F(Page, IsCompressedWhenAskedFor) {
  publish(1);
  const http::Response response = gzip();
  EXPECT_TRUE(response.gzip);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(*response.body, metrics::gzip(*plain().body));
}

TEST_F(Page, IsRenderedOncePerReport) {
  publish(1);
  const auto text = plain().body;
  const auto compressed = gzip().body;
  live_.http_evictions = 99;
  EXPECT_EQ(plain().body, text) << "requests for one report share its body";
  EXPECT_EQ(gzip().body, compressed);
  publish(2);
  EXPECT_NE(plain().body, text);
  EXPECT_NE(gzip().body, compressed);
  EXPECT_NE(plain().body->find("evicted_total 99"), std::string::npos);
  EXPECT_EQ(*gzip().body, metrics::gzip(*plain().body));
}

TEST_F(Page, LeavesABodyToThoseWhoStillSendIt) {
  publish(1);
  const auto held = plain().body;
  const std::string before = *held;
  publish(2);
  plain();
  EXPECT_EQ(*held, before);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(Page, ShowsReportsThatAnotherThreadPublishes) {
  constexpr std::uint64_t kReports = 50;
  publish(1);
  const std::jthread sampler([this] {
    for (std::uint64_t number = 2; number <= kReports; ++number) {
      publish(number);
      ++live_.log_dropped;
      live_.http_responses.count(200);
    }
  });
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < kReports; ++i) {
    const http::Response response = i % 2 == 0 ? plain() : gzip();
    EXPECT_EQ(response.status, 200U);
    EXPECT_GE(response.version, last);
    last = response.version;
  }
}

}  // namespace
}  // namespace sockwatch
