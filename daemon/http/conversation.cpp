#include "http/conversation.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "http/response_head.h"

namespace sockwatch::http {
namespace {

Response ask(const Handler& handler, const RequestHead& head) {
  try {
    return handler({head.path, head.accepts_gzip});
  } catch (...) {
    return error_response(500, "the handler failed");
  }
}

}  // namespace

bool Conversation::next() {
  if (final_ || idle()) return false;
  try {
    return answer();
  } catch (const std::exception&) {
    // Want of memory while the reply was made; for a short one there may be enough.
    refuse({503, "out of memory"});
    return true;
  }
}

bool Conversation::answer() {
  const ParsedHead parsed = parse_request_head(received_);
  if (const auto* head = std::get_if<RequestHead>(&parsed)) {
    // A new string rather than erase(): an idle connection holds no buffer.
    std::string rest = received_.substr(head->bytes);
    begin(ask(handler_, *head), head->method, head->persistence);
    received_ = std::move(rest);
    return true;
  }
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    refuse(*refusal);
    return true;
  }
  return false;
}

void Conversation::refuse(const Refusal& refusal) {
  begin(error_response(refusal.status, refusal.reason), Method::get, Persistence::close);
  received_ = {};
}

void Conversation::begin(Response response, Method method, Persistence persistence) {
  head_ = response_head(response, persistence);
  body_ = method == Method::head ? nullptr : std::move(response.body);
  version_ = response.version;
  sent_ = 0;
  final_ = persistence == Persistence::close;
  observer_.on_response(response.status);
}

std::array<std::string_view, 2> Conversation::unsent() const {
  const std::string_view head = head_;
  const std::string_view body = body_ ? std::string_view(*body_) : std::string_view();
  const std::size_t of_head = std::min(sent_, head.size());
  return {head.substr(of_head), body.substr(sent_ - of_head)};
}

void Conversation::sent(std::size_t bytes) {
  sent_ += bytes;
  const std::size_t body_bytes = body_ ? body_->size() : 0;
  if (sent_ < head_.size() + body_bytes) return;
  head_ = {};
  body_ = nullptr;
}

}  // namespace sockwatch::http
