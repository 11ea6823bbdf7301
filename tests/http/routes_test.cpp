#include "http/routes.h"

#include <gtest/gtest.h>

#include "http/running_server.h"

namespace sockwatch::http {
namespace {

TEST(Routes, MatchExactly) {
  const Handler handler = make_routes({{"/", always("page")}, {"/metrics", always("figures")}});
  EXPECT_EQ(*handler({"/metrics"}).body, "figures");
  EXPECT_EQ(*handler({"/"}).body, "page");
  for (const char* path : {"/metrics/", "/METRICS", "/metricsX", "/x/../metrics", "/%6detrics",
                           "//metrics", "/metric", "/metrics%00", ""}) {
    EXPECT_EQ(handler({path}).status, 404U) << path;
  }
}

TEST(Routes, ListTheKnownPathsIn404) {
  const Handler handler = make_routes({{"/metrics", always("")}, {"/-/ready", always("")}});
  EXPECT_EQ(*handler({"/nothing"}).body, "404 Not Found: known paths are /-/ready /metrics\n");
}

}  // namespace
}  // namespace sockwatch::http
