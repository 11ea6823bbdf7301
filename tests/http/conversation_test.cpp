#include "http/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "http/running_server.h"

namespace sockwatch::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ConversationTest : public testing::Test {
 protected:
  /// All that the next request is answered with, taken `step` bytes at a time; "" without one.
  std::string reply(std::size_t step = 1000) {
    std::string bytes;
    conversation_.next();
    while (conversation_.replying()) {
      const auto [head, body] = conversation_.unsent();
      const std::string taken = std::string(head).append(body).substr(0, step);
      bytes += taken;
      conversation_.sent(taken.size());
    }
    return bytes;
  }

  void ask(const std::string& method, const std::string& headers = "") {
    conversation_.receive(method + " / HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
  }

  Response answer_{200, "text/x-test", std::make_shared<const std::string>("content")};
  Handler handler_ = [this](const Request&) { return answer_; };
  std::vector<unsigned> statuses_;
  Observer observer_{.on_response = [this](unsigned status) { statuses_.push_back(status); }};
  Conversation conversation_{handler_, observer_};
};

TEST_F(ConversationTest, SendsTheWholeReplyWhateverTheSizeOfTheSteps) {
  ask("GET");
  const std::string whole = reply();
  EXPECT_EQ(whole,
            "HTTP/1.1 200 OK\r\nContent-Type: text/x-test\r\nContent-Length: 7\r\n"
            "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
            "Connection: keep-alive\r\n\r\ncontent");
  for (std::size_t step = 1; step < whole.size(); ++step) {
    ask("GET");
    EXPECT_EQ(reply(step), whole) << step;
  }
  EXPECT_TRUE(conversation_.idle());
}

TEST_F(ConversationTest, AnswersHeadWithTheLengthOfGetAndNoBody) {
  ask("HEAD");
  const std::string bytes = reply();
  EXPECT_THAT(bytes, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n"));
}

TEST_F(ConversationTest, SharesTheBodyAndFreesItWithItsLastByte) {
  const std::weak_ptr<const std::string> body = answer_.body;
  ask("GET");
  conversation_.next();
  answer_.body = nullptr;
  ASSERT_FALSE(body.expired());
  EXPECT_EQ(conversation_.unsent()[1].data(), body.lock()->data());
  reply();
  EXPECT_TRUE(body.expired());
}

TEST_F(ConversationTest, AnswersPipelinedRequestsOneByOne) {
  ask("GET");
  ask("HEAD");
  conversation_.receive("GET / HT");
  EXPECT_THAT(reply(), HasSubstr("content"));
  EXPECT_THAT(reply(), Not(HasSubstr("content")));
  EXPECT_EQ(reply(), "");
  EXPECT_FALSE(conversation_.idle());
  conversation_.receive("TP/1.0\r\n\r\n");
  EXPECT_THAT(reply(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(conversation_.over());
  EXPECT_THAT(statuses_, ElementsAre(200U, 200U, 200U));
}

TEST_F(ConversationTest, IsOverAfterARefusalWhateverFollows) {
  ask("BREW");
  ask("GET");
  const std::string bytes = reply();
  EXPECT_THAT(bytes, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(bytes, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
  EXPECT_TRUE(conversation_.over());
  EXPECT_EQ(reply(), "");
  EXPECT_THAT(statuses_, ElementsAre(405U));
}

TEST_F(ConversationTest, AnswersForAHandlerThatThrows) {
  handler_ = [](const Request&) -> Response { throw std::runtime_error("secret"); };
  ask("GET");
  const std::string bytes = reply();
  EXPECT_THAT(bytes, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(bytes, Not(HasSubstr("secret")));
  EXPECT_FALSE(conversation_.over());
}

TEST_F(ConversationTest, NamesTheVersionOnlyWhileItHoldsABody) {
  answer_.version = 7;
  EXPECT_EQ(conversation_.version(), 0U);
  ask("GET");
  conversation_.next();
  EXPECT_EQ(conversation_.version(), 7U);
  reply();
  EXPECT_EQ(conversation_.version(), 0U);
}

struct Coding {
  bool gzip;
  std::uint64_t version;
  bool encoded;
  bool varies;
};

TEST_F(ConversationTest, SaysHowTheBodyIsCodedAndThatItVaries) {
  for (const auto& [gzip, version, encoded, varies] : {Coding{false, 0, false, false},
                                                       {false, 1, false, true},
                                                       {true, 0, true, true},
                                                       {true, 1, true, true}}) {
    answer_.gzip = gzip;
    answer_.version = version;
    ask("GET");
    const std::string bytes = reply();
    EXPECT_EQ(bytes.find("\r\nContent-Encoding: gzip\r\n") != std::string::npos, encoded);
    EXPECT_EQ(bytes.find("\r\nVary: Accept-Encoding\r\n") != std::string::npos, varies);
  }
}

TEST_F(ConversationTest, TellsTheHandlerPathAndCoding) {
  std::vector<std::string> seen;
  handler_ = [&](const Request& request) {
    seen.push_back(std::string(request.path) + (request.accepts_gzip ? " gzip" : ""));
    return Response{};
  };
  conversation_.receive("GET /a?b HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_THAT(reply(), HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(seen, ElementsAre("/a gzip"));
}

}  // namespace
}  // namespace sockwatch::http
