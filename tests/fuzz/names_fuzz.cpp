// Names of processes, units and users, and the /proc texts that they come in.
#include <cstdint>
#include <cstdlib>

#include "attribution/cgroups.h"
#include "attribution/process_facts.h"
#include "attribution/unit.h"
#include "attribution/users.h"
#include "support/text.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_label(const std::string& label) {
  require(label.size() <= sockwatch::kMaxLabelBytes);
  require(label != "other");
  for (const char c : label) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockwatch;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_label(label_name(text));
  check_label(unit_of_path(text));
  check_label(unit_of_path(cgroup_path(text)));
  const std::size_t middle = size / 2;
  check_label(process_name(text.substr(0, middle), text.substr(middle)));
  if (const auto stat = parse_process_stat(text)) require(stat->comm.size() <= size);
  for (const auto& [uid, name] : parse_passwd(text)) check_label(name);
  (void)find_cgroup2_mount(text);
  return 0;
}
