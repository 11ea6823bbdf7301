#include "faults/host.h"

#include <new>

#include "metrics/render.h"

namespace sockwatch::test {
namespace {

constexpr const char* kMountinfo =
    "31 29 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
constexpr const char* kNoRawSockets =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n";
constexpr const char* kCgroups = "1/root/sys/fs/cgroup/";

bool counts_losses_of_sockets(const std::string& name) {
  return name.ends_with("_drops_total");
}

}  // namespace

Directories::Directories() {
  start({.pid = 1, .comm = "init", .start = 1});
  proc.write("1/mountinfo", kMountinfo);
  proc.make_directory(kCgroups);
  for (const char* table : {"raw", "raw6", "icmp", "icmp6"}) {
    proc.write("thread-self/net/" + std::string(table), kNoRawSockets);
  }
  etc.write("passwd", "root:x:0:0:::\nwww-data:x:33:33:::\n");
}

void Directories::start(const FakeProcess& process) {
  if (proc.open()->open(std::to_string(process.pid))) end(process.pid);
  const std::string directory = std::to_string(process.pid) + "/";
  proc.write(directory + "stat", stat_text(process));
  proc.write(directory + "cgroup", process.cgroup);
  proc.link(directory + "exe", process.exe);
  proc.make_directory(directory + "fd");
  proc.make_directory(directory + "task");
}

void Directories::hold(pid_t pid, int descriptor, std::uint32_t inode) {
  proc.link(std::to_string(pid) + "/fd/" + std::to_string(descriptor),
            "socket:[" + std::to_string(inode) + "]");
}

std::uint64_t Directories::add_cgroup(const std::string& path) {
  return proc.make_directory(kCgroups + path);
}

Host::Host(kernel::System system, SamplerOptions options) {
  options.cadences = {std::chrono::seconds(5), std::chrono::seconds(5), 1.0};
  SamplerHooks hooks{.now = [this] { return now_; },
                     .cpu_time = [] { return std::chrono::nanoseconds(0); },
                     .self = [] { return SelfFigures{}; }};
  hooks.on_listener = [this](const ListenerEvent& event) {
    if (refused_events_ > 0 && refused_events_-- > 0) throw std::bad_alloc();
    events_.push_back(event);
  };
  sampler_.emplace(std::move(options), Collector(std::move(system)), std::move(hooks), published_);
}

bool Host::sample(std::chrono::seconds later) {
  now_ = {now_.monotonic + later, now_.wall + later};
  try {
    sampler_->sample_once(now_);
    return false;
  } catch (const std::exception&) {
    sampler_->skip();
    return true;
  }
}

Exposition Host::shown() const {
  return Exposition(metrics::to_families(*published_.load(), LiveCounters{}));
}

Counters Host::counters() const {
  Counters counters;
  const auto report = published_.load();
  if (!report) return counters;
  for (const auto& family : metrics::to_families(*report, LiveCounters{})) {
    if (family.type != prometheus::MetricType::Counter) continue;
    if (counts_losses_of_sockets(family.name)) continue;
    for (const auto& metric : family.metric) {
      std::string labels;
      for (const auto& label : metric.label) {
        labels += (labels.empty() ? "" : ",") + label.name + "=\"" + label.value + "\"";
      }
      counters[family.name + "{" + labels + "}"] = metric.counter.value;
    }
  }
  return counters;
}

Counters moved(const Counters& before, const Counters& after) {
  Counters differences;
  for (const auto& [series, value] : after) {
    const auto known = before.find(series);
    const double difference = value - (known == before.end() ? 0 : known->second);
    if (difference != 0) differences[series] = difference;
  }
  return differences;
}

std::string sample_error(std::string_view source, std::string_view reason) {
  return "sockwatch_sample_errors_total{source=\"" + std::string(source) + "\",reason=\"" +
         std::string(reason) + "\"}";
}

std::string read_error(std::string_view reason) {
  return "sockwatch_process_read_errors_total{reason=\"" + std::string(reason) + "\"}";
}

std::string samples(std::string_view cadence) {
  return "sockwatch_samples_total{cadence=\"" + std::string(cadence) + "\"}";
}

}  // namespace sockwatch::test
