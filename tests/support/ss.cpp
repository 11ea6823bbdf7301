#include "support/ss.h"

#include <cctype>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "support/command.h"

namespace sockwatch::test {
namespace {

std::pair<std::string, std::string> split_port(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("no port in ss's " + text);
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// A name may hold quotes and brackets, so its end is the first `",pid=` after its start.
std::vector<SsUser> parse_users(const std::string& text) {
  static const std::regex user(R"re(\("(.*?)",pid=(\d+),fd=(\d+)\))re");
  std::vector<SsUser> users;
  for (std::sregex_iterator match(text.begin(), text.end(), user), end; match != end; ++match) {
    users.push_back({(*match)[1], std::stoi((*match)[2]), std::stoi((*match)[3])});
  }
  return users;
}

}  // namespace

SsRow parse_ss_row(const std::string& line) {
  std::istringstream words(line);
  SsRow row;
  words >> row.state;
  if (std::islower(static_cast<unsigned char>(row.state[0])) != 0) {
    row.netid = std::exchange(row.state, "");
    words >> row.state;
  }
  std::string local;
  std::string peer;
  words >> row.recv_queue >> row.send_queue >> local >> peer;
  if (!words) throw std::runtime_error("unreadable row of ss: " + line);
  std::tie(row.local_address, row.local_port) = split_port(local);
  std::tie(row.peer_address, row.peer_port) = split_port(peer);
  std::getline(words >> std::ws, row.rest);
  row.users = parse_users(row.rest);
  return row;
}

std::vector<SsRow> ss(const std::string& arguments) {
  std::vector<std::string> command{"ss", "-Hn"};
  std::istringstream words(arguments);
  for (std::string word; words >> word;) command.push_back(word);
  std::istringstream lines(run_command(command));
  std::vector<SsRow> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(parse_ss_row(line));
  return rows;
}

StateCounts count_tcp_states(const std::vector<SsRow>& rows) {
  StateCounts counts;
  for (const SsRow& row : rows) ++counts[tcp_state_of_ss(row.state)];
  return counts;
}

}  // namespace sockwatch::test
