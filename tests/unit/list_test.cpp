#include "app/list.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sockets/socket_key.h"
#include "support/text.h"
#include "unit/listener_samples.h"
#include "unit/source_files.h"

namespace sockwatch {
namespace {

using nlohmann::json;
using test::address_of;

Endpoint endpoint(const std::string& address, std::uint16_t port) {
  return {address_of(address), port};
}

SocketRecord record(State state, const Endpoint& local, const Endpoint& remote) {
  SocketRecord record;
  record.protocol = is_state_of(Protocol::udp, state) ? Protocol::udp : Protocol::tcp;
  record.family = local.address.family;
  record.state = state;
  record.local = local;
  record.remote = remote;
  record.key = {4096ULL + local.port + remote.port, 90'000U + local.port};
  return record;
}

InventoryRow listener(State state, const Endpoint& local, Exposure exposure) {
  InventoryRow row;
  row.record = record(state, local, {{local.address.family, {}}, 0});
  row.listener = true;
  row.exposure = exposure;
  row.direction = Direction::inbound;
  row.service_port = ServicePort(local.port);
  return row;
}

InventoryRow connection(State state, const Endpoint& local, const Endpoint& remote,
                        Direction direction, ServicePort port) {
  InventoryRow row;
  row.record = record(state, local, remote);
  row.direction = direction;
  row.service_port = port;
  return row;
}

void own(InventoryRow& row, const std::string& process, pid_t pid, const std::string& unit,
         const std::string& user) {
  row.process = process;
  row.pid = pid;
  row.unit = unit;
  row.user = user;
  row.cgroup = "/system.slice/" + unit;
}

void disown(InventoryRow& row, Cause cause) {
  row.cause = cause;
  row.user = "root";
  row.record.key.inode = 0;
}

Inventory sample_inventory() {
  InventoryRow web = listener(State::listen, endpoint("::", 80), Exposure::wildcard);
  own(web, "nginx", 812, "nginx.service", "root");
  web.record.receive_queue = 2;
  web.record.send_queue = 511;
  InventoryRow device = listener(State::listen, endpoint("fe80::1", 8080), Exposure::link_local);
  own(device, label_name("a\n<b>\x1b[31m"), 4711, "session-*.scope", "alice");
  device.interface = "eth0";
  InventoryRow accepted =
      connection(State::established, endpoint("10.0.0.1", 80), endpoint("10.0.0.9", 40'000),
                 Direction::inbound, ServicePort(80));
  disown(accepted, Cause::unaccepted);
  accepted.unit = "nginx.service";
  accepted.record.receive_queue = 77;
  InventoryRow client =
      connection(State::close_wait, endpoint("2001:db8::1", 55'000), endpoint("2001:db8::2", 443),
                 Direction::outbound, ServicePort(443));
  own(client, "curl", 5000, "session-*.scope", "1000");
  InventoryRow waiting =
      connection(State::time_wait, endpoint("10.0.0.1", 55'001), endpoint("10.0.0.9", 50'000),
                 Direction::outbound, ServicePort::ephemeral());
  disown(waiting, Cause::time_wait);
  InventoryRow bound = connection(State::bound_inactive, endpoint("0.0.0.0", 9999),
                                  endpoint("0.0.0.0", 0), Direction::none, ServicePort::none());
  own(bound, "curl", 5000, "session-*.scope", "1000");
  bound.record.send_queue = 3;
  InventoryRow dns = listener(State::unconnected, endpoint("127.0.0.53", 53), Exposure::loopback);
  disown(dns, Cause::unreadable);
  dns.record.key.inode = 90'053;
  return {{web, device, accepted, client, waiting, bound, dns}, 1, {}};
}

std::string table(const ListOptions& options) {
  return list_as_table(sample_inventory(), options);
}

TEST(List, PrintsThisTable) {
  test::expect_golden("list.txt", table({}));
}

TEST(List, PrintsThisWideTable) {
  test::expect_golden("list_wide.txt", table({false, GroupBy::none, false, true}));
}

TEST(List, PrintsThisTableOfListeners) {
  Inventory listeners = sample_inventory();
  std::erase_if(listeners.rows, [](const InventoryRow& row) { return !row.listener; });
  const auto printed = [&](bool wide) {
    return list_as_table(listeners, {true, GroupBy::none, false, wide});
  };
  test::expect_golden("list_listening.txt", printed(false));
  test::expect_golden("list_listening_wide.txt", printed(true));
}

TEST(List, PrintsThisJson) {
  const std::string text = list_as_json(sample_inventory(), {});
  test::expect_golden("list.json", text);
  const json document = json::parse(text);
  EXPECT_EQ(document["sockets"].size(), sample_inventory().rows.size());
  EXPECT_EQ(document["owners_not_visible"], 1);
}

/// The words between runs of two spaces or more.
std::size_t cells_in(const std::string& line) {
  std::size_t cells = line.empty() ? 0 : 1;
  for (std::size_t at = line.find("  "); at != std::string::npos; at = line.find("  ", at)) {
    at = line.find_first_not_of(' ', at);
    if (at == std::string::npos) break;
    ++cells;
  }
  return cells;
}

TEST(List, LeavesOutWhatProcDoesNotTell) {
  Inventory inventory;
  inventory.rows = {listener(State::listen, endpoint("0.0.0.0", 80), Exposure::wildcard)};
  inventory.rows[0].record.key = key_without_cookie(7, 7);
  inventory.rows[0].record.queue_limit_known = false;
  const json row = json::parse(list_as_json(inventory, {}))["sockets"][0];
  EXPECT_EQ(row["receive_queue"], 0);
  EXPECT_EQ(row["send_queue"], nullptr);
  EXPECT_EQ(row["cookie"], nullptr);
  EXPECT_EQ(row["inode"], 7);
}

TEST(List, HasNoBlankCells) {
  for (const GroupBy by :
       {GroupBy::none, GroupBy::state, GroupBy::port, GroupBy::process, GroupBy::unit}) {
    for (const bool wide : {false, true}) {
      std::istringstream lines(table({false, by, false, wide}));
      std::string title;
      std::getline(lines, title);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_EQ(cells_in(line), cells_in(title)) << line;
      }
    }
  }
}

TEST(List, GroupsByStateWithinProtocolAndFamily) {
  EXPECT_EQ(table({false, GroupBy::state, false, false}),
            "PROTOCOL  FAMILY  TOTAL  ESTABLISHED  TIME_WAIT  CLOSE_WAIT  LISTEN  BOUND_INACTIVE  "
            "UNCONNECTED\n"
            "tcp       ipv4        3            1          1           0       0               1  "
            "          0\n"
            "tcp       ipv6        3            0          0           1       2               0  "
            "          0\n"
            "udp       ipv4        1            0          0           0       0               0  "
            "          1\n");
}

TEST(List, GroupsByPortOfTheServingEnd) {
  EXPECT_EQ(table({false, GroupBy::port, false, false}),
            "PROTOCOL  DIRECTION  PORT       TOTAL  ESTABLISHED  TIME_WAIT  CLOSE_WAIT  LISTEN  "
            "BOUND_INACTIVE  UNCONNECTED\n"
            "tcp       inbound    80             2            1          0           0       1  "
            "             0            0\n"
            "tcp       inbound    8080           1            0          0           0       1  "
            "             0            0\n"
            "tcp       none       -              1            0          0           0       0  "
            "             1            0\n"
            "tcp       outbound   443            1            0          0           1       0  "
            "             0            0\n"
            "tcp       outbound   ephemeral      1            0          1           0       0  "
            "             0            0\n"
            "udp       inbound    53             1            0          0           0       0  "
            "             0            1\n");
}

TEST(List, GroupsByProcessOrTheCauseOfHavingNone) {
  const auto groups = group(sample_inventory().rows, GroupBy::process);
  std::vector<std::vector<std::string>> keys;
  for (const ListGroup& entry : groups) keys.push_back(entry.key);
  EXPECT_EQ(keys, (std::vector<std::vector<std::string>>{{"curl", "session-*.scope"},
                                                         {"(time_wait)", ""},
                                                         {"(unaccepted)", "nginx.service"},
                                                         {"(unreadable)", ""},
                                                         {"a\\x0a<b>\\x1b[31m", "session-*.scope"},
                                                         {"nginx", "nginx.service"}}));
}

TEST(List, GroupsByUnitAsJson) {
  const json document =
      json::parse(list_as_json(sample_inventory(), {false, GroupBy::unit, true, false}));
  ASSERT_EQ(document["groups"].size(), 3U);
  EXPECT_EQ(document["groups"][0], json::parse(R"({"unit": "session-*.scope", "total": 3,
      "states": {"close_wait": 1, "listen": 1, "bound_inactive": 1}})"));
  EXPECT_FALSE(document.contains("sockets"));
}

TEST(List, OfNothingIsATitleOrAnEmptyList) {
  EXPECT_EQ(list_as_table({}, {}),
            "PROTO  STATE  RECV-Q  SEND-Q  LOCAL  PEER  PROCESS  PID  UNIT  USER\n");
  EXPECT_EQ(json::parse(list_as_json({}, {}))["sockets"], json::array());
}

}  // namespace
}  // namespace sockwatch
