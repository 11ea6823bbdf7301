#include "app/record.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "app/clocks.h"
#include "app/collector.h"
#include "app/replace_file.h"
#include "app/self_figures.h"
#include "recording/anonymise.h"
#include "recording/format.h"
#include "recording/recorder.h"

namespace sockwatch {
namespace {

using recording::Recording;

constexpr mode_t kOwnerOnly = 0600;

/// Renaming a file into the place of a terminal, a device or a link would take it away.
Result<void> check_target(const std::string& file) {
  struct stat facts {};
  const bool there = ::lstat(file.c_str(), &facts) == 0;
  if (!there || S_ISREG(facts.st_mode)) return {};
  return failure(file + ": is no regular file, and a recording is written to one only");
}

/// What failed on the way: "; tcp over netlink: dump refused: ...", or "".
std::string sample(kernel::System system) {
  (void)raise_descriptor_limit();  // with few of them, owners are pending
  Collector collector(std::move(system), descriptors_for_processes());
  std::string failed;
  for (const Scope scope : {Scope::everything, Scope::listeners}) {
    const Collection collection =
        collector.collect(scope, CollectorOptions{}, read_clocks(), CycleHooks{});
    for (const Fault& fault : collection.host.faults) {
      failed.append("; ").append(fault.what).append(" over ").append(fault.source);
      failed.append(": ").append(fault.error.message);
    }
  }
  return failed;
}

std::string summary(const Recording& recording, std::size_t bytes) {
  std::size_t datagrams = 0;
  for (const auto& conversation : recording.conversations) datagrams += conversation.replies.size();
  return std::to_string(datagrams) + " datagrams, " + std::to_string(recording.answers.size()) +
         " answers of files, " + std::to_string(bytes) + " bytes, " +
         (recording.header.anonymised ? "anonymised" : "not anonymised");
}

int failed(const Error& error) {
  std::fprintf(stderr, "sockwatch: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int record(const std::string& file, bool anonymised) {
  if (const auto usable = check_target(file); !usable) return failed(usable.error());
  auto machine = kernel::real_system();
  if (!machine) return failed(machine.error());

  const auto notes = std::make_shared<Recording>();
  notes->header = recording::header_of_now(read_clocks().wall);
  const std::string faults = sample(recording::recorded(std::move(*machine), notes));
  if (anonymised) recording::anonymise(*notes);
  const std::string bytes = recording::encode(*notes);
  if (const auto written = replace_file(file, bytes, kOwnerOnly); !written) {
    return failed(written.error());
  }
  const std::string said = file + ": " + summary(*notes, bytes.size()) + faults + "\n";
  return std::fputs(said.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace sockwatch
