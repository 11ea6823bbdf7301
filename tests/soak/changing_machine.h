// A machine that is one of several at a time, and whose netlink fails when it is told to.
// Threads: one for it and for all that comes out of it.
#pragma once

#include <memory>
#include <vector>

#include "kernel/system.h"

namespace sockwatch::test {

enum class Netlink { works, cannot_be_opened, stops_answering };

class ChangingMachine {
 public:
  explicit ChangingMachine(std::vector<kernel::System> machines);

  kernel::System system() const;
  /// What is open stays that of the machine that it was opened on.
  void become(std::size_t machine);
  void let_netlink(Netlink netlink);

 private:
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace sockwatch::test
