#include "app/metrics_page.h"

#include "metrics/render.h"

namespace sockwatch {

http::Response MetricsPage::get(const http::Request& request, MonotonicTime now) {
  const auto report = reports_.load();
  http::Response response;
  if (!report) {
    response.status = 503;
    response.body = std::make_shared<std::string>("no sample yet\n");
    return response;
  }
  const Rendered wanted{report->number, is_fresh(*report, Cadence::sockets, now),
                        is_fresh(*report, Cadence::listeners, now)};
  if (!plain_ || rendered_ != wanted) {
    Report shown = *report;
    if (!wanted.sockets) shown.sockets.reset();
    if (!wanted.listeners) shown.listeners.reset();
    plain_ = std::make_shared<std::string>(metrics::to_text(metrics::to_families(shown, live_)));
    gzip_.reset();
    rendered_ = wanted;
  }
  if (request.accepts_gzip && !gzip_) {
    gzip_ = std::make_shared<std::string>(metrics::gzip(*plain_));
  }
  response.content_type = metrics::kContentType;
  response.gzip = request.accepts_gzip;
  response.body = request.accepts_gzip ? gzip_ : plain_;
  response.version = report->number;
  return response;
}

}  // namespace sockwatch
