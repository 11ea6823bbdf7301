// The real sockwatch binary, started with a configuration of the test's own in the namespace of the
// calling thread. Threads: one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "support/owned_fd.h"

namespace sockwatch::test {

struct Finished {
  int exit_status = -1;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

/// Runs the binary with these arguments to its end, as `uid` when given.
Finished run_sockwatch(const std::vector<std::string>& arguments,
                       std::optional<uid_t> uid = std::nullopt);

/// A folder that goes with its contents.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string write(const std::string& file, const std::string& content) const;

 private:
  std::string path_;
};

/// `sockwatch run`, ended by the destructor.
class RunningDaemon {
 public:
  /// Returns when /-/ready answers 200. `yaml` is the whole configuration but for http.listen (a
  /// free port of 127.0.0.1) and state_directory (a folder of its own).
  explicit RunningDaemon(const std::string& yaml = "", std::vector<std::string> arguments = {});
  /// The same with a state_directory that outlives it.
  struct State {
    std::string directory;
  };
  explicit RunningDaemon(const State& state);
  ~RunningDaemon();
  RunningDaemon(const RunningDaemon&) = delete;
  RunningDaemon& operator=(const RunningDaemon&) = delete;

  pid_t pid() const { return pid_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  std::string config() const { return folder_.path() + "/sockwatch.yaml"; }
  void rewrite_config(const std::string& yaml) const;

  /// The body of /metrics; throws unless the answer is 200.
  std::string metrics() const;
  /// Whether the log holds this text, waited for.
  bool logs(const std::string& text) const;
  std::string log() const;

  void signal(int number) const;
  /// Waits for the end; the exit status.
  int wait();

 private:
  void start_and_await(std::vector<std::string> arguments);
  std::string whole_config(const std::string& yaml) const;

  TestFolder folder_;
  std::string state_directory_ = folder_.path() + "/state";
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace sockwatch::test
