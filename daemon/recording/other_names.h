// Names and the words that stand in their place in an anonymised recording, numbered in the order
// in which the names appear. Words that systemd, the kernel and container runtimes give a meaning
// to stay, so that a cgroup's unit is found as before. Threads: one.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace sockwatch::recording {

class OtherNames {
 public:
  /// Of a process (comm, at most 15 bytes) or a program's file. A comm of 15 bytes that begins the
  /// name of its file stays such a one.
  std::string process(std::string_view name);
  /// The target of /proc/PID/exe.
  std::string program(std::string_view path);
  /// `root` stays.
  std::string user(std::string_view name);
  /// `lo` stays.
  std::string interface(std::string_view name);
  /// One directory of the cgroup tree, and a whole path of it.
  std::string cgroup(std::string_view directory);
  std::string cgroup_path(std::string_view path);

 private:
  class Numbers {
   public:
    /// From 1 on, as text; the same for the same name.
    std::string of(std::string_view name) {
      return std::to_string(all_.try_emplace(std::string(name), all_.size() + 1).first->second);
    }

   private:
    std::map<std::string, std::size_t> all_;
  };

  std::string container(std::string_view runtime, std::string_view id);
  std::string unit(std::string_view stem, std::string_view suffix);

  Numbers processes_;
  Numbers program_files_;
  Numbers directories_;
  Numbers users_;
  Numbers interfaces_;
  Numbers groups_;
  Numbers units_;
  Numbers instances_;
  Numbers containers_;
};

}  // namespace sockwatch::recording
