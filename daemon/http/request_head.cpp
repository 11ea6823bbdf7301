#include "http/request_head.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>

#include "http/accept_encoding.h"
#include "http/ascii.h"

namespace sockwatch::http {
namespace {

namespace beast = boost::beast::http;

using Parser = beast::request_parser<beast::empty_body>;

std::string_view to_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Refusal refusal(const boost::system::error_code& error) {
  if (error == beast::error::header_limit) return {431, "the request head exceeds 8 KiB"};
  if (error == beast::error::body_limit) return {413, "a request may have no body"};
  if (error == beast::error::bad_version) return {505, "only HTTP/1.0 and HTTP/1.1 are spoken"};
  return {400, "malformed request: " + error.message()};
}

std::optional<Refusal> objection(const Parser& parser) {
  const auto& fields = parser.get();
  const std::size_t hosts = fields.count(beast::field::host);
  if (hosts > 1 || (hosts == 0 && fields.version() == 11)) {
    return Refusal{400, "exactly one Host header is needed"};
  }
  if (fields.method() != beast::verb::get && fields.method() != beast::verb::head) {
    return Refusal{405, "only GET and HEAD are answered"};
  }
  if (fields.count(beast::field::transfer_encoding) > 0 ||
      parser.content_length().value_or(0) > 0) {
    return Refusal{413, "a request may have no body"};
  }
  return std::nullopt;
}

/// The path of "/path?query" or "http://host/path?query"; nothing for any other form.
std::optional<std::string_view> path_of(std::string_view target) {
  const std::size_t scheme_end = target.find("://");
  const std::string_view scheme = target.substr(0, scheme_end);
  if (equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "https")) {
    if (scheme_end == std::string_view::npos) return std::nullopt;
    target.remove_prefix(scheme_end + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    if (!target.starts_with('/')) return "/";
  }
  if (!target.starts_with('/')) return std::nullopt;
  return target.substr(0, target.find('?'));
}

std::string joined(const beast::fields& fields, beast::field name) {
  std::string values;
  const auto [begin, end] = fields.equal_range(name);
  for (auto field = begin; field != end; ++field) values.append(to_view(field->value())) += ',';
  return values;
}

ParsedHead judge(const Parser& parser, std::size_t bytes) {
  if (auto refused = objection(parser)) return *std::move(refused);
  const auto& fields = parser.get();
  const auto path = path_of(to_view(fields.target()));
  if (!path) return Refusal{400, "the request target must be a path"};
  RequestHead head;
  head.bytes = bytes;
  head.method = fields.method() == beast::verb::head ? Method::head : Method::get;
  head.path = *path;
  head.accepts_gzip = accepts_gzip(joined(fields, beast::field::accept_encoding));
  head.persistence = fields.keep_alive() ? Persistence::keep : Persistence::close;
  return head;
}

}  // namespace

ParsedHead parse_request_head(std::string_view bytes) {
  bytes = bytes.substr(0, kMaxHeadBytes);
  Parser parser;
  parser.header_limit(kMaxHeadBytes);
  parser.body_limit(boost::none);  // judged with the method: POST is 405, whatever its body
  boost::system::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(bytes), error);
  if (error == beast::error::need_more) {
    if (bytes.size() < kMaxHeadBytes) return Incomplete{};
    error = beast::error::header_limit;
  }
  if (error) return refusal(error);
  return judge(parser, used);
}

}  // namespace sockwatch::http
