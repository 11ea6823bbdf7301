#include <nlohmann/json.hpp>

#include "app/list.h"
#include "sockets/socket_key.h"

namespace sockwatch {
namespace {

using nlohmann::ordered_json;

ordered_json endpoint_json(const Endpoint& endpoint) {
  return {{"address", to_string(endpoint.address)}, {"port", endpoint.port}};
}

ordered_json nullable(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json nullable(std::optional<std::uint64_t> number) {
  return number ? ordered_json(*number) : ordered_json(nullptr);
}

ordered_json row_json(const InventoryRow& row) {
  const SocketRecord& record = row.record;
  ordered_json json;
  json["netns"] = "host";
  json["protocol"] = name(record.protocol);
  json["family"] = name(record.family);
  json["state"] = name(record.state);
  json["local"] = endpoint_json(record.local);
  json["remote"] = has_peer(record) ? endpoint_json(record.remote) : ordered_json(nullptr);
  json["interface"] = nullable(row.interface);
  json["listener"] = row.listener;
  json["exposure"] = row.listener ? ordered_json(name(row.exposure)) : ordered_json(nullptr);
  json["dual_stack"] = is_dual_stack(record);
  json["direction"] = name(row.direction);
  json["port"] = to_string(row.service_port);
  json["receive_queue"] = nullable(receive_queue(record));
  json["send_queue"] = nullable(send_queue(record));
  json["process"] = nullable(row.process);
  json["pid"] = row.pid == 0 ? ordered_json(nullptr) : ordered_json(row.pid);
  json["cause"] = row.cause ? ordered_json(name(*row.cause)) : ordered_json(nullptr);
  json["unit"] = nullable(row.unit);
  json["user"] = nullable(row.user);
  json["uid"] = record.uid;
  json["cgroup"] = nullable(row.cgroup);
  json["inode"] = record.key.inode;
  json["cookie"] = nullable(cookie_of(record.key));
  return json;
}

ordered_json group_json(const ListGroup& group, const std::vector<std::string>& names) {
  ordered_json json;
  for (std::size_t i = 0; i < names.size(); ++i) json[names[i]] = group.key[i];
  ordered_json states = ordered_json::object();
  for (std::size_t i = 0; i < kStates; ++i) {
    if (group.counts[i] > 0) states[std::string(kStateNames[i])] = group.counts[i];
  }
  json["total"] = total(group.counts);
  json["states"] = states;
  return json;
}

}  // namespace

std::string list_as_json(const Inventory& inventory, const ListOptions& options) {
  ordered_json json;
  ordered_json rows = ordered_json::array();
  if (options.by == GroupBy::none) {
    for (const InventoryRow& row : inventory.rows) rows.push_back(row_json(row));
    json["sockets"] = std::move(rows);
  } else {
    const auto names = group_key_names(options.by);
    for (const ListGroup& entry : group(inventory.rows, options.by)) {
      rows.push_back(group_json(entry, names));
    }
    json["groups"] = std::move(rows);
  }
  json["owners_not_visible"] = inventory.not_visible;
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace sockwatch
