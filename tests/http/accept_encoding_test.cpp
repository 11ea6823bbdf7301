#include "http/accept_encoding.h"

#include <gtest/gtest.h>

namespace sockwatch::http {
namespace {

TEST(AcceptEncoding, TakesGzipWhereItIsNamedOrCovered) {
  for (const char* value : {"gzip", "GZip", "x-gzip", "*", "deflate, gzip", "gzip;q=0.001",
                            "gzip ; Q=1", "gzip;q=1.000", "br;q=1.0,gzip;q=0.5 , *;q=0",
                            "identity, *;q=0.1", " \tgzip\t", ",gzip,", "gzip;x=1;q=1"}) {
    EXPECT_TRUE(accepts_gzip(value)) << value;
  }
}

TEST(AcceptEncoding, RefusesGzipElsewhere) {
  for (const char* value :
       {"", " ", "identity", "deflate, br", "gzip;q=0", "gzip;q=0.000", "gzip; q = 0", "*;q=0",
        "gzip;q=0, *", "*, gzip;q=0", "gzipped", "not-gzip", "deflate;gzip", "gzip;q=", "gzip;q=x",
        "gzip;q=-1", "gzip;q=1x", "gzip;q=nan", "gzip;x=1;q=0"}) {
    EXPECT_FALSE(accepts_gzip(value)) << value;
  }
}

}  // namespace
}  // namespace sockwatch::http
