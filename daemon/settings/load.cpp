#include "settings/load.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "settings/read_file.h"
#include "settings/reader.h"

namespace sockwatch {
namespace {

using namespace std::chrono_literals;

constexpr Range<Milliseconds> kInterval = {100ms, 1h};
constexpr Range<std::size_t> kPort = {1, 65535};

std::string check_state_directory(std::string_view text) {
  const bool good = text.empty() || (text[0] == '/' && text.find('\0') == text.npos);
  return good ? "" : "not an absolute path; allowed: /some/directory or, to keep nothing, \"\"";
}

void read_listen(const Value& value, std::vector<std::string>& out) {
  if (!value.present()) return;
  out.clear();
  for (const Value& item : value.items("a list of at least one address with port", 1)) {
    item.text(out.emplace_back(), check_listen_address);
  }
}

void read_families(const Value& value, SamplingSettings& out) {
  static constexpr std::array<std::string_view, 4> kFamilies = {"tcp", "udp", "unix", "packet"};
  const std::array wanted = {&out.tcp, &out.udp, &out.unix_sockets, &out.packet_sockets};
  if (!value.present()) return;
  for (bool* family : wanted) *family = false;
  for (const Value& item : value.items("a list of at least one of tcp, udp, unix and packet", 1)) {
    if (const auto family = item.one_of(kFamilies)) *wanted[*family] = true;
  }
}

void read_ports(const Value& value, std::vector<std::uint16_t>& out) {
  for (const Value& item : value.items("a list of port numbers")) {
    std::size_t port = 0;
    item.number(port, kPort);
    out.push_back(static_cast<std::uint16_t>(port));
  }
}

void read_intervals(Section& sampling, SamplingSettings& out) {
  const Value all = sampling.key("interval");
  const Value listeners = sampling.key("listeners_interval");
  const bool all_good = all.duration(out.interval, kInterval);
  const bool listeners_good = listeners.duration(out.listeners_interval, kInterval);
  if (!listeners.present()) out.listeners_interval = std::min(out.listeners_interval, out.interval);
  if (!all_good || !listeners_good || out.listeners_interval <= out.interval) return;
  listeners.mistake("at most sampling.interval, which is " + duration_text(out.interval));
}

void read_http(Section& http, HttpSettings& out) {
  read_listen(http.key("listen"), out.listen);
  http.later_key("web_config_file");
  http.later_key("external_url");
  http.later_key("allowed_hosts");
}

void read_sampling(Section& sampling, SamplingSettings& out) {
  read_intervals(sampling, out);
  read_families(sampling.key("families"), out);
  sampling.key("namespaces").choice(out.all_namespaces, kNamespaces);
  sampling.key("source").choice(out.source, kSources);
  read_ports(sampling.key("service_ports"), out.service_ports);
  sampling.key("udp_listener_age").duration(out.udp_listener_age, {0s, 1h});
  sampling.key("cpu_limit").share(out.cpu_limit, {0.1, 100});
}

void read_limits(Section& limits, LimitSettings& out) {
  limits.key("max_series").number(out.max_series, {20, 100'000});
  limits.key("max_total_series").number(out.max_total_series, {500, 1'000'000});
  limits.key("max_cells").number(out.max_cells, {1024, 16'777'216});
  limits.key("max_namespaces").number(out.max_namespaces, {1, 1000});
}

void read_log(Section& log, LogSettings& out) {
  log.key("level").choice(out.level, kLogLevels);
  log.key("format").choice(out.format, kLogFormats);
  log.key("listeners").flag(out.listeners);
}

void read_settings(Section& root, Settings& out) {
  read_section(root.key("http"), [&](Section& http) { read_http(http, out.http); });
  read_section(root.key("sampling"), [&](Section& s) { read_sampling(s, out.sampling); });
  read_section(root.key("limits"), [&](Section& limits) { read_limits(limits, out.limits); });
  root.key("state_directory").text(out.state_directory, check_state_directory);
  read_section(root.key("log"), [&](Section& log) { read_log(log, out.log); });
  for (const auto* later : {"rule_files", "external_labels", "alerts", "notify", "sandbox"}) {
    root.later_key(later);
  }
}

}  // namespace

LoadedSettings parse_settings(std::string_view yaml, std::string_view file) {
  LoadedSettings loaded;
  Errors errors(file);
  if (const auto document = parse_yaml(yaml, errors)) {
    read_section(Value(&*document, {}, "", errors),
                 [&](Section& root) { read_settings(root, loaded.settings); });
  }
  loaded.errors = std::move(errors).sorted();
  return loaded;
}

LoadedSettings load_settings(const std::string& path) {
  const auto yaml = read_settings_file(path);
  if (yaml) return parse_settings(*yaml, path);
  Errors errors(path);
  errors.add({}, "", yaml.error().message);
  return {{}, std::move(errors).sorted()};
}

}  // namespace sockwatch
