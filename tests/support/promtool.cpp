#include "support/promtool.h"

#include <exception>
#include <fstream>
#include <stdexcept>

#include "support/command.h"
#include "unit/temporary_directory.h"

namespace sockwatch::test {

bool has_promtool() {
  try {
    run_command({"promtool", "--version"});
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::string promtool_complaints(const std::string& exposition) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("metrics");
  std::ofstream file(path);
  if (!(file << exposition).flush()) throw std::runtime_error("cannot write " + path);
  return run_command(
      {"sh", "-c", "promtool check metrics < '" + path + "' 2>&1 || echo exit status $?"});
}

}  // namespace sockwatch::test
