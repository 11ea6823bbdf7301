// A directory of a test's own, removed with all that is in it. Threads: one.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/checked.h"

namespace sockwatch::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "sockwatch-XXXXXX").string();
    checked(::mkdtemp(name.data()) == nullptr ? -1 : 0, "make " + name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string path(const std::string& name = "") const {
    return name.empty() ? path_ : path_ + "/" + name;
  }

 private:
  std::string path_;
};

}  // namespace sockwatch::test
