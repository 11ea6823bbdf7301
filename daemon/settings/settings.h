// Every setting as plain data. The defaults here are the ones that docs/configuration.md names and
// config/sockwatch.yaml spells out; a test holds the three equal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sockwatch {

struct HttpSettings {
  std::vector<std::string> listen = {"127.0.0.1:10098", "[::1]:10098"};

  bool operator==(const HttpSettings&) const = default;
};

enum class Source { automatic, netlink, procfs };

struct SamplingSettings {
  std::chrono::milliseconds interval{5000};            // 100 ms to 1 h
  std::chrono::milliseconds listeners_interval{1000};  // 100 ms to 1 h, at most `interval`
  bool tcp = true;                                     // families: [tcp, udp, unix, packet]
  bool udp = true;
  bool unix_sockets = true;
  bool packet_sockets = true;   // and raw ones
  bool all_namespaces = false;  // namespaces: host or all
  Source source = Source::automatic;
  std::vector<std::uint16_t> service_ports;            // 1 to 65535
  std::chrono::milliseconds udp_listener_age{10'000};  // 0 s to 1 h
  double cpu_limit = 0.05;                             // share of one core, 0.1 % to 100 %

  bool operator==(const SamplingSettings&) const = default;
};

struct LimitSettings {
  std::size_t max_series = 200;         // rows per metric, 20 to 100000
  std::size_t max_total_series = 2000;  // rows in all, 500 to 1000000
  std::size_t max_cells = 65536;        // joint cells, 1024 to 16777216
  std::size_t max_namespaces = 100;     // namespaces with a label of their own, 1 to 1000

  bool operator==(const LimitSettings&) const = default;
};

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  bool listeners = true;  // a line when a listener appears, goes or changes its owner

  bool operator==(const LogSettings&) const = default;
};

struct Settings {
  HttpSettings http;
  SamplingSettings sampling;
  LimitSettings limits;
  std::string state_directory = "/var/lib/sockwatch";  // absolute, or "" to keep nothing
  LogSettings log;

  bool operator==(const Settings&) const = default;
};

}  // namespace sockwatch
