#include "http/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sockwatch::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ListenAddress, ReadsBothFamilies) {
  EXPECT_THAT(parse_listen_address("127.0.0.1:10098").value(),
              ElementsAre(ListenAddress{"127.0.0.1", 10098, false}));
  EXPECT_THAT(parse_listen_address("[::1]:0").value(), ElementsAre(ListenAddress{"::1", 0, false}));
}

TEST(ListenAddress, ReadsAPortAloneAsEveryAddress) {
  EXPECT_THAT(parse_listen_address(":65535").value(),
              ElementsAre(ListenAddress{"0.0.0.0", 65535, true}, ListenAddress{"::", 65535, true}));
}

TEST(ListenAddress, WritesWhatItReads) {
  for (const char* text : {"127.0.0.1:10098", "[::1]:80", "0.0.0.0:0"}) {
    EXPECT_EQ(to_string(parse_listen_address(text).value().front()), text);
  }
}

struct Mistake {
  const char* text;
  const char* message;
};

TEST(ListenAddress, SaysWhatIsWrong) {
  const Mistake mistakes[] = {
      {"", "\"\" has no port"},
      {"10098", "\"10098\" has no port"},
      {"[::1]", "\"[::1]\" has no port"},
      {":", "\"\" is not a port; allowed are 0 to 65535"},
      {"127.0.0.1:", "\"\" is not a port"},
      {":65536", "\"65536\" is not a port"},
      {":-1", "\"-1\" is not a port"},
      {":80 ", "\"80 \" is not a port"},
      {":http", "\"http\" is not a port"},
      {"::1", "brackets; write [::1]:10098"},
      {"::1:10098", "brackets; write [::1]:10098"},
      {"[127.0.0.1]:80", "\"127.0.0.1\" is not an IPv6 address"},
      {"[]:80", "\"\" is not an IPv6 address"},
      {"[::1:80", "\"[::1\" is not an IPv4 address"},
      {"localhost:80", "\"localhost\" is not an IPv4 address; names are not looked up"},
      {"127.1:80", "\"127.1\" is not an IPv4 address"},
      {"1.2.3.400:80", "\"1.2.3.400\" is not an IPv4 address"},
      {"http://127.0.0.1:80", "brackets"},
  };
  for (const auto& [text, message] : mistakes) {
    const auto parsed = parse_listen_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace sockwatch::http
