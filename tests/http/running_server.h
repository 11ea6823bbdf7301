// A server on 127.0.0.1 and a free port, running in its own thread until the end of the test.
#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "http/server.h"

namespace sockwatch::http {

class RunningServer {
 public:
  explicit RunningServer(Handler handler, const Limits& limits = {}) {
    Observer observer;
    observer.on_response = [this](unsigned) { ++responses_; };
    observer.on_eviction = [this] { ++evictions_; };
    auto bound = Server::bind({{"127.0.0.1", 0}}, std::move(handler), observer, limits);
    if (!bound) throw std::runtime_error(bound.error().message);
    server_ = std::move(*bound);
    thread_ = std::thread([this] { server_->run(); });
  }
  ~RunningServer() { stop(); }

  void stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
  }

  std::string url() const { return server_->urls().front(); }
  int responses() const { return responses_; }
  int evictions() const { return evictions_; }

 private:
  std::atomic<int> responses_ = 0;
  std::atomic<int> evictions_ = 0;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

/// A handler that answers every path with the same body.
inline Handler always(std::string body) {
  auto shared = std::make_shared<const std::string>(std::move(body));
  return [shared](const Request&) {
    Response response;
    response.body = shared;
    return response;
  };
}

}  // namespace sockwatch::http
