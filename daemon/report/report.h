// What one scrape shows: the last full sample, the last listener sample and the sampler's own
// figures, together in one immutable value, so that a scrape agrees with itself.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "attribution/read_errors.h"
#include "report/histogram.h"
#include "snapshot/listener_limit.h"
#include "snapshot/snapshot.h"
#include "support/clock.h"

namespace sockwatch {

enum class Cadence : std::uint8_t { sockets, listeners };
inline constexpr std::array kCadences = {Cadence::sockets, Cadence::listeners};
inline constexpr std::array<std::string_view, 2> kCadenceNames = {"sockets", "listeners"};

enum class Stage : std::uint8_t { dump, attribute, aggregate };
inline constexpr std::array<std::string_view, 3> kStageNames = {"dump", "attribute", "aggregate"};

struct CadenceFigures {
  std::uint64_t samples = 0;
  std::uint64_t overruns = 0;           // samples that ended after the next one was due
  std::chrono::nanoseconds interval{};  // effective
  std::optional<Now> last_sample;       // the last one in which some protocol was complete
};

/// The source in use for one kind of sockets. Texts are literals.
struct SourceState {
  std::string_view protocol;  // "tcp", "udp"
  std::string_view source;    // "netlink", "procfs"
  bool up = false;            // the last dump was complete
};

/// What failed, and why. Texts are literals.
struct SampleError {
  std::string_view source;  // "netlink", "procfs", "rtnetlink"; "sampler" for samples that threw
  std::string_view reason;

  auto operator<=>(const SampleError&) const = default;
};

/// How many network namespaces there are, by what is known of them.
struct NamespaceFigures {
  std::size_t sampled = 0;
  std::size_t unreadable = 0;
  std::size_t skipped = 0;         // readable, but their turn has not come yet
  std::optional<WallTime> oldest;  // of the last full samples of those that are sampled
};

struct SamplerFigures {
  std::array<CadenceFigures, 2> cadences;       // by Cadence
  std::array<Histogram, 3> stages;              // by Stage
  std::map<SampleError, std::uint64_t> errors;  // how often
  std::vector<SourceState> sources;
  std::uint64_t interruptions = 0;   // receives of netlink that were repeated
  ReadErrors read_errors;            // processes that searches for owners could not read
  std::uint64_t search_backlog = 0;  // sockets whose owner is still to be searched
  NamespaceFigures namespaces;
};

/// The daemon's own process, as the standard process_* metrics show it.
struct SelfFigures {
  double cpu_seconds = 0;
  double start_time_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;
  unsigned seccomp_mode = 0;  // Seccomp: of /proc/self/status, 2 is a filter
  bool no_new_privileges = false;
};

/// Immutable once published.
struct Report {
  std::uint64_t number = 0;
  // Null before the first good sample, and when the last good one is older than 3 intervals.
  std::shared_ptr<const Snapshot> sockets;
  std::shared_ptr<const LimitedListeners> listeners;
  SamplerFigures sampler;
  SelfFigures self;
};

/// Whether the cadence has a sample that is not older than 3 effective intervals.
bool is_fresh(const Report& report, Cadence cadence, MonotonicTime now);
/// Whether both have.
bool is_fresh(const Report& report, MonotonicTime now);

}  // namespace sockwatch
