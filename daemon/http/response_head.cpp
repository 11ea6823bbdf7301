#include "http/response_head.h"

#include <string_view>

namespace sockwatch::http {
namespace {

std::string_view phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

std::string status_text(unsigned status) {
  return std::to_string(status).append(" ").append(phrase(status));
}

}  // namespace

std::string response_head(const Response& response, Persistence persistence) {
  const std::size_t length = response.body ? response.body->size() : 0;
  const bool negotiated = response.gzip || response.version != 0;
  std::string head = "HTTP/1.1 " + status_text(response.status);
  head += "\r\nContent-Type: " + response.content_type;
  head += "\r\nContent-Length: " + std::to_string(length);
  head += "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store";
  if (response.gzip) head += "\r\nContent-Encoding: gzip";
  if (negotiated) head += "\r\nVary: Accept-Encoding";
  if (response.status == 405) head += "\r\nAllow: GET, HEAD";
  head += persistence == Persistence::keep ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
  head += "\r\n\r\n";
  return head;
}

Response error_response(unsigned status, const std::string& reason) {
  Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(status_text(status) + ": " + reason + "\n");
  return response;
}

}  // namespace sockwatch::http
