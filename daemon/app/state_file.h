// When each listener was first seen, kept over restarts of the daemon in state_directory.
// Threads: one at a time.
#pragma once

#include <string>
#include <string_view>

#include "snapshot/listeners.h"
#include "support/result.h"

namespace sockwatch {

/// A text of lines: a header with the format's version, one line per listener, and the checksum of
/// all before it.
std::string encode_state(const FirstSeen& first_seen);
/// An error says what is wrong with a text that encode_state() did not write.
Result<FirstSeen> decode_state(std::string_view text);

class StateFile {
 public:
  /// `directory` "": nothing is kept.
  explicit StateFile(std::string directory) : directory_(std::move(directory)) {}

  /// Nothing where there is no file yet.
  Result<FirstSeen> load() const;
  /// All or nothing, also when power fails: replace_file(). Makes the directory where only its
  /// parent exists.
  Result<void> save(const FirstSeen& first_seen) const;

 private:
  static constexpr const char* kFile = "state";

  std::string path() const { return directory_ + "/" + kFile; }

  std::string directory_;
};

}  // namespace sockwatch
