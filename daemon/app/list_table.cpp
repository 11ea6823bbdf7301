#include <algorithm>

#include "app/list.h"
#include "app/table.h"
#include "sockets/socket_key.h"

namespace sockwatch {
namespace {

using Align = Table::Align;

std::string endpoint_text(const InventoryRow& row, const Endpoint& endpoint) {
  std::string text = to_string(endpoint);
  const bool any = is_dual_stack(row.record) && &endpoint == &row.record.local;
  if (any) text = "*" + text.substr(text.rfind(':'));  // as ss prints `::` that accepts IPv4
  if (&endpoint == &row.record.local && !row.interface.empty()) {
    text.insert(text.rfind(':'), "%" + row.interface);
  }
  return text;
}

std::string process_text(const InventoryRow& row) {
  return row.cause ? "(" + std::string(name(*row.cause)) + ")" : row.process;
}

std::vector<Table::Column> columns_of(const ListOptions& options) {
  std::vector<Table::Column> columns = {{"PROTO"},
                                        {"STATE"},
                                        {"RECV-Q", Align::right},
                                        {"SEND-Q", Align::right},
                                        {"LOCAL"},
                                        {options.listening ? "EXPOSURE" : "PEER"}};
  columns.insert(columns.end(), {{"PROCESS"}, {"PID", Align::right}, {"UNIT"}, {"USER"}});
  if (options.wide && !options.listening) columns.push_back({"EXPOSURE"});
  if (options.wide) {
    columns.insert(columns.end(), {{"FAMILY"},
                                   {"DIRECTION"},
                                   {"PORT", Align::right},
                                   {"INODE", Align::right},
                                   {"COOKIE", Align::right},
                                   {"CGROUP"}});
  }
  return columns;
}

std::string number_text(std::optional<std::uint64_t> number) {
  return number ? std::to_string(*number) : "";
}

std::vector<std::string> cells_of(const InventoryRow& row, const ListOptions& options) {
  const SocketRecord& record = row.record;
  const std::string exposure(name(row.exposure));
  std::vector<std::string> cells = {
      std::string(name(record.protocol)),
      std::string(name(record.state)),
      number_text(receive_queue(record)),
      number_text(send_queue(record)),
      endpoint_text(row, record.local),
      options.listening ? exposure : endpoint_text(row, record.remote),
      process_text(row),
      row.pid == 0 ? "" : std::to_string(row.pid),
      row.unit,
      row.user};
  if (options.wide && !options.listening) cells.push_back(row.listener ? exposure : "");
  if (options.wide) {
    cells.insert(cells.end(), {std::string(name(record.family)), std::string(name(row.direction)),
                               to_string(row.service_port), std::to_string(record.key.inode),
                               number_text(cookie_of(record.key)), row.cgroup});
  }
  return cells;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string groups_as_table(const Inventory& inventory, GroupBy by) {
  const auto groups = group(inventory.rows, by);
  StateCounts sums{};
  for (const ListGroup& entry : groups) {
    add(sums, entry.counts);
  }
  std::vector<Table::Column> columns;
  for (const std::string& key : group_key_names(by)) columns.push_back({upper(key)});
  columns.push_back({"TOTAL", Align::right});
  for (std::size_t i = 0; i < kStates; ++i) {
    if (sums[i] > 0) columns.push_back({upper(std::string(kStateNames[i])), Align::right});
  }
  Table table(std::move(columns));
  for (const ListGroup& entry : groups) {
    std::vector<std::string> cells = entry.key;
    cells.push_back(std::to_string(total(entry.counts)));
    for (std::size_t i = 0; i < kStates; ++i) {
      if (sums[i] > 0) cells.push_back(std::to_string(entry.counts[i]));
    }
    table.add(std::move(cells));
  }
  return table.text();
}

}  // namespace

std::string list_as_table(const Inventory& inventory, const ListOptions& options) {
  if (options.by != GroupBy::none) return groups_as_table(inventory, options.by);
  Table table(columns_of(options));
  for (const InventoryRow& row : inventory.rows) table.add(cells_of(row, options));
  return table.text();
}

}  // namespace sockwatch
