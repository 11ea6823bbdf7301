// `sockwatch list`: an inventory as text for people or JSON for programs. Pure, but for list().
#pragma once

#include <string>
#include <vector>

#include "app/inventory.h"
#include "app/list_options.h"
#include "snapshot/cells.h"

namespace sockwatch {

/// Sockets counted under one key.
struct ListGroup {
  std::vector<std::string> key;  // one value per name in group_key_names()
  StateCounts counts{};
};

std::vector<std::string> group_key_names(GroupBy by);
/// Largest first.
std::vector<ListGroup> group(const std::vector<InventoryRow>& rows, GroupBy by);

std::string list_as_table(const Inventory& inventory, const ListOptions& options);
std::string list_as_json(const Inventory& inventory, const ListOptions& options);

/// Runs the command on this machine, or on a recording; the exit status.
int list(const ListOptions& options);

}  // namespace sockwatch
