#include "support/proc_net.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sockwatch::test {
namespace {

std::uint16_t port_after_colon(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoul(address.substr(address.find(':') + 1), nullptr, 16));
}

ProcRow parse(const std::string& line, bool tcp) {
  std::istringstream words(line);
  std::string slot, local, peer, state, queues, timer, retransmits, uid, timeout;
  ProcRow row;
  words >> slot >> local >> peer >> state >> queues >> timer >> retransmits >> uid >> timeout >>
      row.inode;
  if (!words) throw std::runtime_error("unreadable row of /proc: " + line);
  const int number = std::stoi(state, nullptr, 16);
  row.state = tcp ? tcp_state_name(number) : udp_state_name(number);
  row.port = port_after_colon(local);
  row.peer_port = port_after_colon(peer);
  return row;
}

}  // namespace

std::vector<ProcRow> proc_net(const std::string& table) {
  const std::string path = "/proc/thread-self/net/" + table;
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error(path + " cannot be read");
  std::vector<ProcRow> rows;
  while (std::getline(file, line)) rows.push_back(parse(line, table.starts_with("tcp")));
  return rows;
}

StateCounts count_states(const std::vector<ProcRow>& rows) {
  StateCounts counts;
  for (const ProcRow& row : rows) ++counts[row.state];
  return counts;
}

}  // namespace sockwatch::test
