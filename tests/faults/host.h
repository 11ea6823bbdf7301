// A sampler on a host in memory, driven as its thread drives it, with every counter of what fails
// before and after. Threads: one.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/sampler.h"
#include "support/exposition.h"
#include "support/fake_kernel.h"
#include "support/memory_directory.h"
#include "support/proc_tree.h"

namespace sockwatch::test {

/// A /proc and an /etc with process 1, a cgroup tree and a user.
class Directories {
 public:
  Directories();

  /// A process without descriptors; ended before, when the pid was in use.
  void start(const FakeProcess& process);
  void end(pid_t pid) { proc.remove(std::to_string(pid)); }
  void hold(pid_t pid, int descriptor, std::uint32_t inode);
  std::uint64_t add_cgroup(const std::string& path);

  MemoryDirectory proc;
  MemoryDirectory etc;
};

/// Series of counters that a fault may move, as text: value.
using Counters = std::map<std::string, double>;

class Host {
 public:
  explicit Host(kernel::System system, SamplerOptions options = {});

  /// One sample as SamplerThread takes it, `later` than the one before. True when it threw.
  bool sample(std::chrono::seconds later = std::chrono::seconds(5));

  Exposition shown() const;
  /// Without those that count what sockets lose.
  Counters counters() const;

  const Sampler& sampler() const { return *sampler_; }
  /// Each was told with an allocation of its own.
  std::list<ListenerEvent>& events() { return events_; }
  /// The next so many events cannot be taken for want of memory.
  void refuse_events(int count) { refused_events_ = count; }
  std::shared_ptr<const Report> report() const { return published_.load(); }

 private:
  Now now_{MonotonicTime(std::chrono::seconds(1000)),
           WallTime(std::chrono::seconds(1'700'000'000))};
  Published<Report> published_;
  std::list<ListenerEvent> events_;
  int refused_events_ = 0;
  std::optional<Sampler> sampler_;
};

/// What moved between two looks at the counters, and by how much.
Counters moved(const Counters& before, const Counters& after);

/// The name of a counter in Counters.
std::string sample_error(std::string_view source, std::string_view reason);
std::string read_error(std::string_view reason);
inline const std::string kInterrupted = "sockwatch_dump_retries_total{reason=\"interrupted\"}";
std::string samples(std::string_view cadence);

}  // namespace sockwatch::test
