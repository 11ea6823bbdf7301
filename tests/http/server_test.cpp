#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "http/client.h"
#include "http/routes.h"
#include "http/running_server.h"

namespace sockwatch::http {
namespace {

using testing::StartsWith;

constexpr std::size_t kLargeBody = 3'500'000;

std::string get_line(const std::string& headers = "") {
  return "GET / HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

TEST(Server, AnswersOneRequestAfterAnotherOnOneConnection) {
  const RunningServer server(make_routes({{"/a", always("one")}, {"/b", always("two")}}));
  TestClient client(server.url());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.get("/a").value().body, "one");
    EXPECT_EQ(client.get("/b?x").value().body, "two");
    EXPECT_EQ(client.get("/c").value().status, 404);
  }
  EXPECT_EQ(server.responses(), 30);
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  const RunningServer server([](const Request& request) {
    Response response;
    response.body = std::make_shared<const std::string>(request.path);
    return response;
  });
  TestClient client(server.url());
  std::string requests;
  for (int i = 0; i < 500; ++i)
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost:\r\n\r\n";
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(client.receive().value().body, "/" + std::to_string(i));
}

TEST(Server, AnswersHeadWithoutABody) {
  const RunningServer server(always("content"));
  TestClient client(server.url());
  client.send("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n" + get_line());
  EXPECT_EQ(client.receive(Body::absent).value().headers["content-length"], "7");
  EXPECT_EQ(client.receive().value().body, "content");
}

TEST(Server, SendsLargeBodiesWhole) {
  const RunningServer server(always(std::string(kLargeBody, 'x')));
  TestClient client(server.url());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/").value().body.size(), kLargeBody);
}

TEST(Server, NegotiatesGzipPerRequest) {
  const RunningServer server([](const Request& request) {
    Response response;
    response.body = std::make_shared<const std::string>(request.accepts_gzip ? "zipped" : "plain");
    response.gzip = request.accepts_gzip;
    response.version = 1;
    return response;
  });
  TestClient client(server.url());
  client.send(get_line("Accept-Encoding: deflate, gzip;q=0.5\r\n") + get_line());
  Reply zipped = client.receive().value();
  EXPECT_EQ(zipped.body, "zipped");
  EXPECT_EQ(zipped.headers["content-encoding"], "gzip");
  EXPECT_EQ(zipped.headers["vary"], "Accept-Encoding");
  Reply plain = client.receive().value();
  EXPECT_EQ(plain.body, "plain");
  EXPECT_EQ(plain.headers.count("content-encoding"), 0U);
  EXPECT_EQ(plain.headers["vary"], "Accept-Encoding");
}

struct Malformed {
  const char* name;
  std::string bytes;
  int status;
};

TEST(Server, RefusesMalformedRequestsAndCloses) {
  const std::string k64(65536, 'x');
  const Malformed table[] = {
      {"garbage", "garbage\r\n\r\n", 400},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"NUL in header", get_line(std::string("X: a\0b\r\n", 8)), 400},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"header of 64 KB", get_line("X: " + k64 + "\r\n"), 431},
      {"URL of 64 KB", "GET /" + k64 + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
      {"method of 64 KB", k64, 431},
      {"negative length", get_line("Content-Length: -1\r\n"), 400},
      {"huge length", get_line("Content-Length: 99999999999999999999\r\n"), 400},
      {"long length", get_line("Content-Length: 1000000000\r\n"), 413},
      {"two lengths", get_line("Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
      {"length and chunked", get_line("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked", get_line("Transfer-Encoding: chunked\r\n"), 413},
      {"other transfer coding", get_line("Transfer-Encoding: gzip\r\n"), 413},
      {"POST with a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 405},
      {"POST", "POST / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"CONNECT", "CONNECT host:80 HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get_line("Host: other\r\n"), 400},
      {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\nHost: x\n\n", 505},
      {"space before colon", get_line("X : y\r\n"), 400},
      {"no colon", get_line("X\r\n"), 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"h2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"space in target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 505},
      {"relative target", "GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
  };
  const RunningServer server(always("must not be seen"));
  for (const auto& [name, bytes, status] : table) {
    TestClient client(server.url());
    client.send(bytes);
    const auto reply = client.receive();
    ASSERT_TRUE(reply) << name;
    EXPECT_EQ(reply->status, status) << name;
    EXPECT_EQ(reply->headers.at("connection"), "close") << name;
    EXPECT_TRUE(client.closed_in_order()) << name;
  }
}

TEST(Server, TakesTheUnusualButValid) {
  const std::pair<const char*, std::string> table[] = {
      {"folded header", get_line("X: a\r\n b\r\n")},
      {"absolute form", "GET http://host/ HTTP/1.1\r\nHost: host\r\n\r\n"},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"no body by length", get_line("Content-Length: 0\r\n")},
      {"kept HTTP/1.0", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"},
  };
  const RunningServer server(always("content"));
  for (const auto& [name, bytes] : table) {
    TestClient client(server.url());
    client.send(bytes);
    EXPECT_EQ(client.receive().value().body, "content") << name;
    EXPECT_EQ(client.get("/").value().status, 200) << name;
  }
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  const RunningServer server(always("content"));
  for (const std::string& request :
       {get_line("Connection: close\r\n"), std::string("GET / HTTP/1.0\r\n\r\n")}) {
    TestClient client(server.url());
    client.send(request);
    EXPECT_EQ(client.receive().value().headers["connection"], "close");
    EXPECT_TRUE(client.closed_in_order());
  }
}

TEST(Server, LetsTheClientReadARefusalWhileItStillSends) {
  const RunningServer server(always(""));
  TestClient client(server.url());
  EXPECT_TRUE(client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"));
  EXPECT_EQ(client.receive().value().status, 405);
  EXPECT_TRUE(client.send(std::string(200'000, 'x')));
  client.finish_sending();
  EXPECT_TRUE(client.closed_in_order());
}

TEST(Server, DoesNotReadForeverAfterARefusal) {
  const RunningServer server(always(""));
  TestClient client(server.url());
  client.send("BREW / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive().value().status, 405);
  const std::string junk(100'000, 'x');
  int sent = 0;
  while (sent < 1000 && client.send(junk)) ++sent;
  EXPECT_LT(sent, 1000);
}

TEST(Server, AnswersAClientThatHasFinishedSending) {
  const RunningServer server(always(std::string(kLargeBody, 'x')));
  TestClient client(server.url());
  client.send(get_line());
  client.finish_sending();
  EXPECT_EQ(client.receive().value().body.size(), kLargeBody);
  EXPECT_TRUE(client.closed_in_order());
}

TEST(Server, SurvivesClientsThatLeaveInTheMiddle) {
  const RunningServer server(always(std::string(kLargeBody, 'x')));
  for (int i = 0; i < 50; ++i) {
    TestClient client(server.url());
    client.send(i % 2 == 0 ? get_line() : "GET / HT");
    if (i % 4 == 0) client.receive_some();
  }
  EXPECT_EQ(get(server.url(), "/").value().status, 200);
}

TEST(Server, SurvivesAHandlerThatThrows) {
  const RunningServer server(
      make_routes({{"/bad", [](const Request&) -> Response { throw std::runtime_error("no"); }},
                   {"/", always("")}}));
  TestClient client(server.url());
  EXPECT_EQ(client.get("/bad").value().status, 500);
  EXPECT_EQ(client.get("/").value().status, 200);
}

TEST(Server, ListensOnSeveralAddressesOfBothFamilies) {
  const auto server =
      Server::bind({{"127.0.0.1", 0}, {"::1", 0}, {"203.0.113.7", 0, true}}, always("content"))
          .value();
  std::thread thread([&] { server->run(); });
  EXPECT_EQ(server->urls().size(), 2U);
  for (const std::string& url : server->urls())
    EXPECT_EQ(get(url, "/").value().body, "content") << url;
  server->stop();
  thread.join();
}

TEST(Server, SaysWhyItCannotListen) {
  const auto server = Server::bind({{"203.0.113.7", 1234}}, always(""));
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, StartsWith("listen on 203.0.113.7:1234: "));
}

TEST(Server, DoesNotRunAfterStop) {
  const auto server = Server::bind({{"127.0.0.1", 0}}, always("")).value();
  server->stop();
  server->run();
}

}  // namespace
}  // namespace sockwatch::http
