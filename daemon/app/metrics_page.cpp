#include "app/metrics_page.h"

#include "metrics/render.h"

namespace sockwatch {

http::Response MetricsPage::get(const http::Request& request) {
  const auto report = reports_.load();
  http::Response response;
  if (!report) {
    response.status = 503;
    response.body = std::make_shared<std::string>("no sample yet\n");
    return response;
  }
  if (!plain_ || rendered_ != report->number) {
    plain_ = std::make_shared<std::string>(metrics::to_text(metrics::to_families(*report, live_)));
    gzip_.reset();
    rendered_ = report->number;
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
