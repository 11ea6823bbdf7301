// uid → user name, from the passwd file alone: NSS could block on the network.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/directory.h"

namespace sockwatch {

/// The first name of each uid; lines that are not passwd lines are passed over.
std::map<std::uint32_t, std::string> parse_passwd(std::string_view text);

class Users {
 public:
  explicit Users(std::shared_ptr<const kernel::Directory> etc) : etc_(std::move(etc)) {}

  /// Reads the file again when it was changed.
  void refresh();
  /// The user's name, printable; the number for a uid without one.
  std::string name(std::uint32_t uid) const;

 private:
  std::shared_ptr<const kernel::Directory> etc_;
  kernel::FileStamp read_;  // of the text that names_ are from
  std::map<std::uint32_t, std::string> names_;
};

}  // namespace sockwatch
