#include "http/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "http/ascii.h"

namespace sockwatch::http {
namespace {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

Endpoint parse_url(std::string_view url) {
  url.remove_prefix(std::string_view("http://").size());
  url.remove_suffix(1);
  const std::size_t colon = url.rfind(':');
  Endpoint endpoint{std::string(url.substr(0, colon))};
  std::from_chars(url.data() + colon + 1, url.data() + url.size(), endpoint.port);
  if (endpoint.host.starts_with('[')) endpoint.host = endpoint.host.substr(1, colon - 2);
  return endpoint;
}

UniqueFd connect_to(const Endpoint& endpoint, int receive_buffer) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(endpoint.port);
  const bool is_v4 = ::inet_pton(AF_INET, endpoint.host.c_str(), &v4.sin_addr) == 1;
  ::inet_pton(AF_INET6, endpoint.host.c_str(), &v6.sin6_addr);

  UniqueFd fd(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (receive_buffer > 0) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  const auto* address =
      is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  if (::connect(fd.get(), address, is_v4 ? sizeof(v4) : sizeof(v6)) != 0) return {};
  return fd;
}

Reply parse_head(std::string_view head) {
  Reply reply;
  std::string_view status_line = next_part(head, '\n');
  next_part(status_line, ' ');
  std::from_chars(status_line.data(), status_line.data() + status_line.size(), reply.status);
  while (!head.empty()) {
    std::string_view value = next_part(head, '\n');
    std::string name(next_part(value, ':'));
    std::transform(name.begin(), name.end(), name.begin(), to_lower);
    value = trim(value);
    if (value.ends_with('\r')) value.remove_suffix(1);
    reply.headers[name] = value;
  }
  return reply;
}

}  // namespace

TestClient::TestClient(const std::string& url, int receive_buffer)
    : fd_(connect_to(parse_url(url), receive_buffer)) {}

bool TestClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void TestClient::finish_sending() {
  ::shutdown(fd_.get(), SHUT_WR);
}

bool TestClient::readable(std::chrono::milliseconds patience) {
  if (!fd_) return false;  // refused
  pollfd poll{fd_.get(), POLLIN, 0};
  return ::poll(&poll, 1, static_cast<int>(patience.count())) == 1;
}

std::string TestClient::receive_some(std::size_t at_most) {
  if (!received_.empty()) return std::exchange(received_, {});
  if (!readable(test::kPatience)) return {};
  std::string bytes(at_most, '\0');
  const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return bytes;
}

std::size_t TestClient::skip(std::size_t bytes) {
  std::size_t left = bytes;
  while (left > 0) {
    const std::string some = receive_some(std::min<std::size_t>(left, 65536));
    if (some.empty()) break;
    left -= std::min(left, some.size());
  }
  return bytes - left;
}

bool TestClient::closed_by_server() {
  return received_.empty() && readable(test::kPatience) && receive_some().empty();
}

bool TestClient::closed_in_order() {
  char byte = 0;
  return received_.empty() && readable(test::kPatience) && ::recv(fd_.get(), &byte, 1, 0) == 0;
}

std::optional<Reply> TestClient::receive(Body body) {
  std::string bytes;
  std::size_t head_end = std::string::npos;
  while ((head_end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const std::string more = receive_some();
    if (more.empty()) return std::nullopt;
    bytes += more;
  }
  Reply reply = parse_head(std::string_view(bytes).substr(0, head_end));
  const std::size_t begin = head_end + 4;
  const std::size_t length =
      body == Body::absent ? 0 : std::strtoul(reply.headers["content-length"].c_str(), nullptr, 10);
  while (bytes.size() < begin + length) {
    const std::string more = receive_some();
    if (more.empty()) return std::nullopt;
    bytes += more;
  }
  reply.body = bytes.substr(begin, length);
  received_ = bytes.substr(begin + length);
  return reply;
}

std::optional<Reply> TestClient::get(std::string_view path) {
  send(std::string("GET ").append(path).append(" HTTP/1.1\r\nHost: test\r\n\r\n"));
  return receive();
}

std::optional<Reply> get(const std::string& url, std::string_view path) {
  return TestClient(url).get(path);
}

}  // namespace sockwatch::http
