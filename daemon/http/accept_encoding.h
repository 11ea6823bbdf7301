// The client's word on content codings (RFC 9110, Accept-Encoding). Pure.
#pragma once

#include <string_view>

namespace sockwatch::http {

/// Whether gzip may be sent. `value` is one header value or several joined by commas; a weight of
/// zero or one that cannot be read refuses, and "*" speaks for gzip when gzip is not named.
bool accepts_gzip(std::string_view value);

}  // namespace sockwatch::http
