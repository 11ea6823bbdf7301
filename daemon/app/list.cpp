#include "app/list.h"

#include <cstdio>
#include <map>
#include <set>

#include "app/machine.h"

namespace sockwatch {
namespace {

std::vector<std::string> group_key(const InventoryRow& row, GroupBy by) {
  const std::string protocol(name(row.record.protocol));
  switch (by) {
    case GroupBy::none:
      break;
    case GroupBy::state:
      return {protocol, std::string(name(row.record.family))};
    case GroupBy::port:
      return {protocol, std::string(name(row.direction)), to_string(row.service_port)};
    case GroupBy::process:
      return {row.cause ? "(" + std::string(name(*row.cause)) + ")" : row.process, row.unit};
    case GroupBy::unit:
      return {row.unit};
  }
  return {};
}

}  // namespace

std::vector<std::string> group_key_names(GroupBy by) {
  switch (by) {
    case GroupBy::none:
      break;
    case GroupBy::state:
      return {"protocol", "family"};
    case GroupBy::port:
      return {"protocol", "direction", "port"};
    case GroupBy::process:
      return {"process", "unit"};
    case GroupBy::unit:
      return {"unit"};
  }
  return {};
}

std::vector<ListGroup> group(const std::vector<InventoryRow>& rows, GroupBy by) {
  std::map<std::vector<std::string>, StateCounts> sums;
  for (const InventoryRow& row : rows) {
    ++sums[group_key(row, by)][static_cast<std::size_t>(row.record.state)];
  }
  std::vector<ListGroup> groups;
  groups.reserve(sums.size());
  for (const auto& [key, counts] : sums) groups.push_back({key, counts});
  std::ranges::stable_sort(groups, std::greater{},
                           [](const ListGroup& group) { return total(group.counts); });
  return groups;
}

int list(const ListOptions& options) {
  const auto machine = open_machine(options.replay);
  if (!machine) {
    std::fprintf(stderr, "sockwatch: %s\n", machine.error().message.c_str());
    return 1;
  }
  Inventory inventory = take_inventory(machine->system);
  std::set<std::string> told;  // both protocols can fail alike
  for (const kernel::DumpError& error : inventory.errors) {
    if (!told.insert(error.message).second) continue;
    std::fprintf(stderr, "sockwatch: the kernel's sockets cannot be read: %s\n",
                 error.message.c_str());
  }
  if (options.listening) {
    std::erase_if(inventory.rows, [](const InventoryRow& row) { return !row.listener; });
    inventory.not_visible = static_cast<std::size_t>(std::ranges::count_if(
        inventory.rows, [](const auto& row) { return row.cause == Cause::unreadable; }));
  }
  const std::string text =
      options.json ? list_as_json(inventory, options) : list_as_table(inventory, options);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) std::fprintf(stderr, "sockwatch: the list cannot be written to standard output\n");
  if (inventory.not_visible > 0) {
    std::fprintf(stderr, "%zu owners not visible%s\n", inventory.not_visible,
                 options.replay.empty() ? ", run as root" : " to whoever recorded");
  }
  return written && inventory.errors.empty() ? 0 : 1;
}

}  // namespace sockwatch
