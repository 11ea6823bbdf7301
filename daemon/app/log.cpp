#include "app/log.h"

#include <poll.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "app/repeat_limit.h"
#include "support/text.h"

namespace sockwatch {
namespace {

// A pipe that is writable takes this much without blocking (PIPE_BUF).
constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxMessage = 3500;
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// {"time":…,"level":…,"message":…}
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    spdlog::memory_buf_t time;
    time_.format(message, time);
    const auto level = spdlog::level::to_string_view(message.level);
    nlohmann::ordered_json line;
    line["time"] = std::string(time.data(), time.size());
    line["level"] = std::string(level.data(), level.size());
    line["message"] = std::string(message.payload.data(), message.payload.size());
    const std::string text =
        line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }

 private:
  spdlog::pattern_formatter time_{"%Y-%m-%dT%H:%M:%S.%eZ", spdlog::pattern_time_type::utc, ""};
};

class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  DescriptorSink(int descriptor, LiveCounters& counters)
      : descriptor_(descriptor), counters_(counters) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    try {
      if (!put(message)) drop();
    } catch (const std::exception&) {
      drop();
    }
  }

  bool put(const spdlog::details::log_msg& message) {
    const std::string_view payload(message.payload.data(), message.payload.size());
    std::string text = printable_line(payload, kMaxMessage);
    const auto held_back = repeats_.admit(text, message.time);
    if (!held_back) return false;
    if (*held_back > 0) text += " (repeated " + std::to_string(*held_back) + " times)";
    spdlog::details::log_msg line = message;
    line.payload = text;
    spdlog::memory_buf_t out;
    formatter_->format(line, out);
    return write(out);
  }

  void flush_() override {}

  bool write(const spdlog::memory_buf_t& line) const {
    pollfd ready{descriptor_, POLLOUT, 0};
    if (line.size() > kMaxLine || ::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
      return false;
    }
    return ::write(descriptor_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }

  void drop() { ++counters_.log_dropped; }

  int descriptor_;
  LiveCounters& counters_;
  RepeatLimit repeats_;
};

}  // namespace

struct Log::Logger {
  std::shared_ptr<DescriptorSink> sink;
  spdlog::logger logger;
};

Log::Log(const LogSettings& settings, LiveCounters& counters, int descriptor) {
  auto sink = std::make_shared<DescriptorSink>(descriptor, counters);
  logger_ = std::make_unique<Logger>(Logger{sink, spdlog::logger("sockwatch", sink)});
  configure(settings);
}

Log::~Log() = default;

void Log::configure(const LogSettings& settings) {
  logger_->logger.set_level(level_of(settings.level));
  if (settings.format == LogFormat::json) {
    logger_->sink->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    logger_->sink->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(kTextPattern, spdlog::pattern_time_type::utc));
  }
}

void Log::debug(std::string_view message) {
  logger_->logger.debug(message);
}
void Log::info(std::string_view message) {
  logger_->logger.info(message);
}
void Log::warning(std::string_view message) {
  logger_->logger.warn(message);
}
void Log::error(std::string_view message) {
  logger_->logger.error(message);
}

}  // namespace sockwatch
