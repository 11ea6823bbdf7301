#include "app/self_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "attribution/process_facts.h"
#include "kernel/directory.h"

namespace sockwatch {
namespace {

constexpr rlim_t kMostDescriptors = 65536;
// Ten that are always open, eight HTTP connections, six of a search of /proc, eight owners.
constexpr rlim_t kFewestDescriptors = 32;

/// The number behind "name:" in a file of such lines; 0 when there is none.
std::uint64_t number_of(std::string_view text, std::string_view name) {
  const std::size_t line = text.find(name);
  if (line == std::string_view::npos) return 0;
  const std::size_t digits = text.find_first_of("0123456789", line + name.size());
  std::uint64_t value = 0;
  if (digits != std::string_view::npos) {
    std::from_chars(text.data() + digits, text.data() + text.size(), value);
  }
  return value;
}

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::string own_file(const char* name) {
  const auto self = kernel::open_directory("/proc/self");
  return self ? (*self)->read_file(name).value_or("") : "";
}

std::uint64_t own_descriptors() {
  constexpr std::uint64_t kForThisCount = 2;  // the directory, and its listing
  std::uint64_t count = 0;
  const auto table = kernel::open_directory("/proc/self/fd");
  if (table) (void)(*table)->for_each_entry([&](const kernel::Entry&) { ++count; });
  return count - std::min(count, kForThisCount);
}

double start_time() {
  const auto stat = parse_process_stat(own_file("stat"));
  if (!stat) return 0;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double boot = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME);
  return boot + static_cast<double>(stat->start_time) / ticks;
}

}  // namespace

SelfFigures read_self_figures() {
  SelfFigures figures;
  static const double started = start_time();
  figures.start_time_seconds = started;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  const std::string status = own_file("status");
  figures.resident_bytes = number_of(status, "VmRSS:") * 1024;
  figures.virtual_bytes = number_of(status, "VmSize:") * 1024;
  figures.seccomp_mode = static_cast<unsigned>(number_of(status, "Seccomp:"));
  figures.no_new_privileges = number_of(status, "NoNewPrivs:") != 0;
  figures.open_descriptors = own_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_descriptors = limit.rlim_cur;
  return figures;
}

Result<void> raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const rlim_t wanted = std::max(limit.rlim_cur, std::min(limit.rlim_max, kMostDescriptors));
  if (wanted < kFewestDescriptors) {
    return failure("only " + std::to_string(wanted) + " files may be open at once, at least " +
                   std::to_string(kFewestDescriptors) +
                   " are needed: raise LimitNOFILE= of the service or ulimit -n");
  }
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return {};
}

std::size_t descriptors_for_processes() {
  constexpr rlim_t kOthers = 600;  // 512 HTTP connections and what is open besides
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return limit.rlim_cur >= 2 * kOthers ? limit.rlim_cur - kOthers : limit.rlim_cur / 4;
}

}  // namespace sockwatch
