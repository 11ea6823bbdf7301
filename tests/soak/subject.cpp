#include "soak/subject.h"

#include <stdexcept>
#include <utility>

#include "app/clocks.h"
#include "app/self_figures.h"

namespace sockwatch::test {
namespace {

SamplerOptions without_cpu_limit() {
  SamplerOptions options;
  options.cadences.cpu_limit = 1;
  return options;
}

}  // namespace

Subject::Subject(kernel::System system)
    : now_(read_clocks()),
      page_(reports_, live_),
      sampler_(
          without_cpu_limit(), Collector(std::move(system)),
          {[this] { return now_; }, [] { return std::chrono::nanoseconds(0); }, read_self_figures},
          reports_) {}

void Subject::sample(std::chrono::seconds step) {
  now_.monotonic += step;
  now_.wall += step;
  sampler_.sample_once(now_);
}

void Subject::scrape() {
  for (const bool gzip : {false, true}) {
    const auto response = page_.get({"/metrics", gzip}, now_.monotonic);
    if (response.status != 200) throw std::runtime_error("no metrics");
  }
}

}  // namespace sockwatch::test
