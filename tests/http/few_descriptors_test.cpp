// Servers in a process of their own that has few file descriptors.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/connection_limit.h"
#include "http/running_server.h"
#include "support/unique_fd.h"

namespace sockwatch::http {
namespace {

struct Scarcity {
  rlim_t descriptors = 0;  // RLIMIT_NOFILE
  int left = -1;           // all others are taken by something else until told(); -1: none are
};

/// Opens descriptors until `left` remain.
std::vector<UniqueFd> take_all_but(int left) {
  std::vector<UniqueFd> taken;
  for (UniqueFd fd; (fd = UniqueFd(::dup(0)));) taken.push_back(std::move(fd));
  for (; left > 0 && !taken.empty(); --left) taken.pop_back();
  return taken;
}

/// Never returns into the test, not even by an exception.
[[noreturn]] void serve(const Scarcity& scarcity, int told, int tell) noexcept {
  const rlimit limit{scarcity.descriptors, scarcity.descriptors};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const RunningServer server(always("content"));
  std::vector<UniqueFd> taken;
  if (scarcity.left >= 0) taken = take_all_but(scarcity.left);
  const std::string url = server.url();
  char word = 0;
  if (::write(tell, url.data(), url.size()) < 0) std::_Exit(1);
  while (::read(told, &word, 1) == 1) taken.clear();
  std::_Exit(0);
}

class PoorServer {
 public:
  explicit PoorServer(const Scarcity& scarcity) {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) return;
    const UniqueFd told(to[0]);
    const UniqueFd tell(from[1]);
    tell_ = UniqueFd(to[1]);
    const UniqueFd answer(from[0]);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(to[1]);
      ::close(from[0]);
      serve(scarcity, told.get(), tell.get());
    }
    url_.resize(100);
    const ssize_t size = ::read(answer.get(), url_.data(), url_.size());
    url_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  ~PoorServer() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void give_descriptors_back() { EXPECT_EQ(::write(tell_.get(), "x", 1), 1); }
  const std::string& url() const { return url_; }

 private:
  UniqueFd tell_;
  pid_t pid_ = -1;
  std::string url_;
};

void expect_answers_among_idle_clients(const PoorServer& server) {
  std::vector<TestClient> idle;
  idle.reserve(200);
  for (int i = 0; i < 200; ++i) idle.emplace_back(server.url());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(get(server.url(), "/")) << i;
}

TEST(ConnectionLimit, LeavesDescriptorsToTheRestOfTheDaemon) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const auto limit_with = [&](rlim_t descriptors) {
    const rlimit lowered{descriptors, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lowered);
    return connection_limit(512);
  };
  EXPECT_EQ(limit_with(100), 76U);
  EXPECT_EQ(limit_with(536), 512U);
  EXPECT_EQ(limit_with(537), 512U);
  EXPECT_EQ(limit_with(32), 8U);
  EXPECT_EQ(limit_with(8), 8U);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(ServerWithFewDescriptors, StaysBelowTheLimitOfTheProcess) {
  expect_answers_among_idle_clients(PoorServer({.descriptors = 64}));
}

TEST(ServerWithFewDescriptors, EvictsWhenNoneIsLeft) {
  expect_answers_among_idle_clients(PoorServer({.descriptors = 64, .left = 4}));
}

TEST(ServerWithFewDescriptors, AnswersAgainWhenTheyComeBack) {
  PoorServer server({.descriptors = 64, .left = 0});
  TestClient client(server.url());
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_FALSE(client.readable(std::chrono::milliseconds(300)));
  server.give_descriptors_back();
  EXPECT_EQ(client.receive().value().body, "content");
}

}  // namespace
}  // namespace sockwatch::http
