// A tree of files in memory behind kernel::Directory: the /proc, the cgroups or the /etc of a
// machine that is not there, also one with 100 000 processes. Symbolic links are read, never
// followed. Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kernel/directory.h"

namespace sockwatch::test {

class MemoryDirectory {
 public:
  MemoryDirectory();

  /// The top, as the tree is at each call of it. Usable after this object's end.
  std::unique_ptr<kernel::Directory> open() const;

  // Paths are relative to the top; missing directories on the way are made. What was there under a
  // name before is replaced, and its end is that of remove().

  void write(const std::string& path, std::string text);
  void link(const std::string& path, std::string target);
  /// Its inode; the one it has when it is there already.
  std::uint64_t make_directory(const std::string& path);
  /// Also all below it. Directories of it that are still open answer ESRCH, like that of a process
  /// that has ended, also when the name is used again.
  void remove(const std::string& path);

  struct Node;

 private:
  std::shared_ptr<Node>& place(const std::string& path);
  std::shared_ptr<Node> new_node();

  std::uint64_t last_inode_ = 0;
  std::shared_ptr<Node> top_;
};

}  // namespace sockwatch::test
