// Response → the bytes before its body. Pure.
#pragma once

#include <string>

#include "http/handler.h"
#include "http/request_head.h"

namespace sockwatch::http {

/// The status line, the header lines and the empty line.
std::string response_head(const Response& response, Persistence persistence);

/// A one-line text: "405 Method Not Allowed: reason".
Response error_response(unsigned status, const std::string& reason);

}  // namespace sockwatch::http
