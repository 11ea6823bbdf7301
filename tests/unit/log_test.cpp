#include "app/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include "support/checked.h"
#include "support/owned_fd.h"

namespace sockwatch {
namespace {

using test::checked;
using test::OwnedFd;
using namespace std::string_literals;

/// A log that writes into a pipe, and what came out of it.
class LogLines : public testing::Test {
 protected:
  LogLines() {
    std::array<int, 2> ends{};
    checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    read_.reset(ends[0]);
    write_.reset(ends[1]);
    checked(::fcntl(ends[0], F_SETFL, O_NONBLOCK), "fcntl");
    log_ = std::make_unique<Log>(LogSettings{LogLevel::debug, LogFormat::text, true}, counters_,
                                 write_.get());
  }

  std::string written() {
    std::string text;
    std::array<char, 4096> chunk{};
    while (true) {
      const ssize_t size = ::read(read_.get(), chunk.data(), chunk.size());
      if (size <= 0) return text;
      text.append(chunk.data(), static_cast<std::size_t>(size));
    }
  }

  std::vector<std::string> lines() {
    std::vector<std::string> list;
    std::istringstream stream(written());
    for (std::string line; std::getline(stream, line);) list.push_back(line);
    return list;
  }

  std::uint64_t dropped() const { return counters_.log_dropped; }

  OwnedFd read_;
  OwnedFd write_;
  LiveCounters counters_;
  std::unique_ptr<Log> log_;
};

constexpr const char* kTime = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)";

TEST_F(LogLines, HaveTimeLevelAndMessage) {
  log_->debug("one");
  log_->info("two");
  log_->warning("three");
  log_->error("four {} {0} %s");
  const std::string time = kTime;
  const std::regex expected(time + " debug one\n" + time + " info two\n" + time +
                            " warning three\n" + time + " error four \\{\\} \\{0\\} %s\n");
  const std::string text = written();
  EXPECT_TRUE(std::regex_match(text, expected)) << text;
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(LogLines, AreObjectsAsJson) {
  log_->configure({LogLevel::info, LogFormat::json, true});
  log_->warning("quote \" backslash \\ caf\xc3\xa9");
  const auto list = lines();
  ASSERT_EQ(list.size(), 1U);
  const auto line = nlohmann::json::parse(list[0]);
  EXPECT_EQ(line.size(), 3U);
  EXPECT_TRUE(std::regex_match(line["time"].get<std::string>(), std::regex(kTime)));
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["message"], "quote \" backslash \\ caf\xc3\xa9");
}

TEST_F(LogLines, HoldNoControlCharacters) {
  const std::string hostile = "a\nb\r\x1b[31m\x7f\xff\xe2\x80\xae\0z"s;
  log_->info(hostile);
  log_->configure({LogLevel::info, LogFormat::json, true});
  log_->info(hostile + "2");
  const auto list = lines();
  ASSERT_EQ(list.size(), 2U);
  const std::string escaped = R"(a\x0ab\x0d\x1b[31m\x7f\xff\xe2\x80\xae\x00z)";
  EXPECT_TRUE(list[0].ends_with(" info " + escaped)) << list[0];
  EXPECT_EQ(nlohmann::json::parse(list[1])["message"], escaped + "2");
}

TEST_F(LogLines, AreLeftOutBelowTheLevel) {
  log_->configure({LogLevel::warning, LogFormat::text, true});
  log_->debug("debug");
  log_->info("info");
  log_->warning("warning");
  log_->error("error");
  EXPECT_EQ(lines().size(), 2U);
  EXPECT_EQ(dropped(), 0U) << "left out on purpose";
  log_->configure({LogLevel::error, LogFormat::text, true});
  log_->warning("warning");
  EXPECT_TRUE(lines().empty());
}

TEST_F(LogLines, ThatRepeatAreHeldBackAndCounted) {
  for (int i = 0; i < 8; ++i) log_->warning("the same");
  log_->warning("another");
  EXPECT_EQ(lines().size(), 6U);
  EXPECT_EQ(dropped(), 3U);
}

TEST_F(LogLines, AreCutWhereTheyGetTooLong) {
  log_->info(std::string(100'000, 'x'));
  const auto list = lines();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_LT(list[0].size(), 4096U);
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(LogLines, NobodyReadsNeverBlockTheDaemon) {
  constexpr std::size_t kLines = 3000;
  for (std::size_t i = 0; i < kLines; ++i) {
    log_->info(std::to_string(i) + std::string(100, 'x'));
  }
  EXPECT_GT(dropped(), 0U);
  const auto list = lines();
  EXPECT_EQ(list.size() + dropped(), kLines);
  for (const std::string& line : list) EXPECT_TRUE(line.ends_with("x")) << "not whole";
  log_->info("read again");
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(LogLines, WithoutAReaderAreCounted) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  read_.reset();
  log_->info("nobody");
  std::signal(SIGPIPE, before);
  EXPECT_EQ(dropped(), 1U);
}

TEST_F(LogLines, OfSeveralThreadsStayWhole) {
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([this, thread] {
        for (int i = 0; i < 50; ++i) {
          log_->info("thread " + std::to_string(thread) + " line " + std::to_string(i) + ".");
          if (i == 25) log_->configure({LogLevel::info, LogFormat::text, true});
        }
      });
    }
  }
  const auto list = lines();
  EXPECT_EQ(list.size(), 200U);
  const std::regex whole(std::string(kTime) + R"( info thread \d line \d+\.)");
  for (const std::string& line : list) EXPECT_TRUE(std::regex_match(line, whole)) << line;
}

}  // namespace
}  // namespace sockwatch
