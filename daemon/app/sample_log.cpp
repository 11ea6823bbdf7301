#include "app/sample_log.h"

#include <utility>

#include "app/listener_lines.h"

namespace sockwatch {
namespace {

constexpr int kLinesPerSample = 50;

}  // namespace

void SampleLog::note(const ListenerEvent& event) {
  if (!show_listeners_) return;
  if (++listener_lines_ <= kLinesPerSample) log_.info(line_of(event));
}

void SampleLog::note(const Fault& fault) {
  const std::string what(fault.what);
  const std::string how = what + " from " + std::string(fault.source);
  if (fault.absent) {
    if (absent_.insert(what).second) {
      log_.info("no " + what + " sockets are counted: " + how + ": " + fault.error.message);
    }
  } else if (!fault.made_good) {
    log_.warning("dump of " + how + " failed: " + fault.error.message);
  } else if (told_of_procfs_.insert(what).second) {
    log_.warning(what + " sockets are read from /proc/net, which tells less (docs/sources.md): " +
                 how + ": " + fault.error.message);
  }
}

void SampleLog::end(const Sampler& sampler) {
  const int lines = std::exchange(listener_lines_, 0);
  if (lines > kLinesPerSample) {
    log_.info("and " + std::to_string(lines - kLinesPerSample) + " more changes of listeners");
  }
  const ListenerTracker& listeners = sampler.listeners();
  const Owners& owners = sampler.collector().owners();
  note_descriptors(owners.read_errors());
  log_.debug("sampled: " + std::to_string(listeners.sockets()) + " listening sockets, " +
             std::to_string(owners.sockets()) + " sockets with a process, " +
             std::to_string(owners.searches()) + " searches of /proc so far");
  if (began_ || listeners.first_seen_revision() == 0) return;
  log_.info("first sample: " + std::to_string(listeners.sockets()) + " listening sockets");
  began_ = true;
}

void SampleLog::note_descriptors(const ReadErrors& errors) {
  const std::uint64_t before = std::exchange(without_descriptors_, errors[ReadError::descriptors]);
  if (without_descriptors_ == before) return;
  log_.warning(
      "out of file descriptors: the owners of some sockets cannot be searched, they are shown as "
      "pending; raise the limit (LimitNOFILE= of the service, ulimit -n)");
}

}  // namespace sockwatch
