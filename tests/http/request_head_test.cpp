#include "http/request_head.h"

#include <gtest/gtest.h>

namespace sockwatch::http {
namespace {

RequestHead head_of(const std::string& bytes) {
  const ParsedHead parsed = parse_request_head(bytes);
  if (const auto* head = std::get_if<RequestHead>(&parsed)) return *head;
  const auto* refusal = std::get_if<Refusal>(&parsed);
  ADD_FAILURE() << (refusal ? refusal->reason : "incomplete") << " for " << bytes;
  return {};
}

unsigned refusal_of(const std::string& bytes) {
  const ParsedHead parsed = parse_request_head(bytes);
  const auto* refusal = std::get_if<Refusal>(&parsed);
  return refusal ? refusal->status : 0;
}

std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

std::string padded_to(std::size_t size) {
  const std::size_t rest = get("/", "X: \r\n").size();
  return get("/", "X: " + std::string(size - rest, 'x') + "\r\n");
}

TEST(RequestHead, StopsWhereTheNextRequestBegins) {
  const std::string request = get("/metrics");
  EXPECT_EQ(head_of(request).bytes, request.size());
  EXPECT_EQ(head_of(request + "GET /next HTTP/1.1\r\n").bytes, request.size());
}

TEST(RequestHead, IsIncompleteUpToItsLastByte) {
  const std::string request = get("/metrics", "Accept-Encoding: gzip\r\n");
  for (std::size_t size = 0; size < request.size(); ++size) {
    const ParsedHead parsed = parse_request_head(std::string_view(request).substr(0, size));
    EXPECT_TRUE(std::holds_alternative<Incomplete>(parsed)) << size;
  }
}

TEST(RequestHead, MayHave8KiBAndNoMore) {
  EXPECT_EQ(head_of(padded_to(kMaxHeadBytes)).bytes, kMaxHeadBytes);
  EXPECT_EQ(refusal_of(padded_to(kMaxHeadBytes + 1)), 431U);
  EXPECT_EQ(refusal_of("GET /" + std::string(kMaxHeadBytes, 'x')), 431U);
  EXPECT_EQ(refusal_of(std::string(kMaxHeadBytes, 'x')), 431U);
}

struct Target {
  const char* target;
  const char* path;
};

TEST(RequestHead, CutsThePathOutOfTheTarget) {
  const Target targets[] = {
      {"/", "/"},
      {"/metrics?x=1&y=/z?", "/metrics"},
      {"/?", "/"},
      {"/%6detrics", "/%6detrics"},
      {"/a/../b", "/a/../b"},
      {"http://host/metrics", "/metrics"},
      {"HTTP://host:80/metrics?q", "/metrics"},
      {"https://[::1]:1/m", "/m"},
      {"http://host", "/"},
      {"http://host?q=/x", "/"},
      {"/x?u=http://host/y", "/x"},
  };
  for (const auto& [target, path] : targets) EXPECT_EQ(head_of(get(target)).path, path) << target;
}

TEST(RequestHead, RefusesTargetsThatAreNoPath) {
  for (const char* target : {"*", "metrics", "host:80", "http", "ftp://host/x", "?x"}) {
    EXPECT_EQ(refusal_of(get(target)), 400U) << target;
  }
}

TEST(RequestHead, JoinsSeveralAcceptEncodingLines) {
  EXPECT_TRUE(head_of(get("/", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n")).accepts_gzip);
  EXPECT_FALSE(head_of(get("/")).accepts_gzip);
  EXPECT_FALSE(
      head_of(get("/", "accept-encoding: *\r\nAccept-Encoding: gzip;q=0\r\n")).accepts_gzip);
}

TEST(RequestHead, TellsWhetherTheConnectionStays) {
  EXPECT_EQ(head_of(get("/")).persistence, Persistence::keep);
  EXPECT_EQ(head_of(get("/", "Connection: close\r\n")).persistence, Persistence::close);
  EXPECT_EQ(head_of("GET / HTTP/1.0\r\n\r\n").persistence, Persistence::close);
  EXPECT_EQ(head_of("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").persistence,
            Persistence::keep);
}

TEST(RequestHead, TellsHeadFromGet) {
  EXPECT_EQ(head_of("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").method, Method::head);
  EXPECT_EQ(head_of(get("/")).method, Method::get);
}

TEST(RequestHead, AllowsAContentLengthOfNothing) {
  EXPECT_EQ(head_of(get("/", "Content-Length: 0\r\n")).path, "/");
}

}  // namespace
}  // namespace sockwatch::http
