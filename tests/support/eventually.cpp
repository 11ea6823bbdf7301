#include "support/eventually.h"

#include <stdexcept>
#include <thread>

namespace sockwatch::test {

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void await(const std::string& what, const std::function<bool()>& condition) {
  if (!eventually(condition)) throw std::runtime_error("never happened: " + what);
}

}  // namespace sockwatch::test
