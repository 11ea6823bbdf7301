// A FUSE file system with one file, whose server one day stops answering: from then on whoever asks
// it for anything waits for ever. It is mounted in a mount namespace of the calling process, and
// goes with it. Throws std::runtime_error. Threads: one.
#pragma once

#include <functional>
#include <string>

#include "support/owned_fd.h"

namespace sockwatch::test {

class SilentMount {
 public:
  /// Takes the calling process into a mount namespace of its own, so it has to be one that ends
  /// with the test. The file, of any name, is executable and has this content.
  SilentMount(std::string directory, std::string content);

  const std::string& path() const { return directory_; }
  /// Answers until the condition holds, asked in between. Never again after the last of these.
  void serve_until(const std::function<bool()>& condition);
  /// In a process that was forked from the server's: the file system ends with its last server, and
  /// until then who waits for it cannot even be killed.
  void resign() { server_ = {}; }

  /// Empty, or why there is no FUSE here: text for GTEST_SKIP.
  static std::string missing();

 private:
  void serve_one();

  std::string directory_;
  std::string content_;
  OwnedFd server_;
};

}  // namespace sockwatch::test
