// Makes tests/recordings/*.swrec and what they replay to, *.metrics, anew; CONTRIBUTING.md.
#include <sys/stat.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

#include "e2e/program.h"
#include "e2e/stable_metrics.h"
#include "recordings/isolation.h"
#include "recordings/populations.h"
#include "support/checked.h"

namespace sockwatch::test {
namespace {

const std::filesystem::path kFolder = std::string(SOCKWATCH_SOURCE_DIR) + "/tests/recordings";

using Make = void (*)(const std::function<void()>& record);

/// Recorded by `uid`, for whom a folder of its own has to be open.
void make_recording(const std::string& name, Make make, std::optional<uid_t> uid) {
  const TestFolder folder;
  checked(::chmod(folder.path().c_str(), 0777), "chmod");
  const std::string file = folder.path() + "/" + name + ".swrec";
  in_isolation([&] {
    make([&] {
      const Finished recorded = run_sockwatch({"record", file, "--anonymise"}, uid);
      if (recorded.exit_status != 0) throw std::runtime_error(recorded.err);
      std::printf("%s", recorded.out.c_str());
      std::fflush(stdout);
    });
  });
  const auto target = kFolder / (name + ".swrec");
  std::filesystem::copy_file(file, target, std::filesystem::copy_options::overwrite_existing);
  ::chmod(target.c_str(), 0644);
  const RunningDaemon daemon("", {"--replay", target});
  std::ofstream(kFolder / (name + ".metrics")) << stable_metrics(daemon.metrics());
}

}  // namespace
}  // namespace sockwatch::test

int main() {
  using namespace sockwatch::test;
  constexpr uid_t kNobody = 65534;
  try {
    make_recording("tcp_states", tcp_states, std::nullopt);
    make_recording("server", server, std::nullopt);
    make_recording("server_as_nobody", server, kNobody);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_recordings: %s\n", error.what());
    return 1;
  }
  return 0;
}
