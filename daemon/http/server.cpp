// One thread runs all handlers, so they need no memory fences, which ThreadSanitizer cannot follow.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

#include "http/server.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <exception>
#include <utility>

#include "http/clients.h"
#include "http/connection_limit.h"
#include "http/conversation.h"
#include "http/listening_socket.h"
#include "support/unique_fd.h"

namespace sockwatch::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;

constexpr std::chrono::milliseconds kTick{250};  // how late a deadline may be noticed
constexpr std::chrono::milliseconds kDrainDeadline{1000};
constexpr std::size_t kMaxDrainBytes = 262'144;

// Not above the least connection_limit(): one turn never evicts a client that it accepted itself.
constexpr int kAcceptsPerTurn = 8;

MonotonicTime now() {
  return std::chrono::steady_clock::now();
}

PhaseDeadlines phase_deadlines(const Limits& limits) {
  return {kDrainDeadline, limits.header_deadline, limits.idle_deadline, limits.write_deadline};
}

/// What all connections of a server share.
struct Shared {
  Shared(Handler answering, Observer observing, const PhaseDeadlines& deadlines)
      : handler(std::move(answering)), observer(std::move(observing)), clients(deadlines) {}

  asio::io_context io{1};
  Handler handler;
  Observer observer;
  Clients clients;
  std::array<char, kMaxHeadBytes> scratch{};  // a connection that waits holds no buffer
};

/// One client: waits until its socket is ready, then takes one step that does not block.
class Connection final : public Client, public std::enable_shared_from_this<Connection> {
 public:
  /// Takes over `fd` unless it throws.
  Connection(Shared& shared, UniqueFd& fd)
      : shared_(shared),
        socket_(shared.io, Protocol(AF_UNSPEC, 0), fd.get()),
        conversation_(shared.handler, shared.observer) {
    fd.release();
    socket_.non_blocking(true);
  }

  void start() { wait_for(Socket::wait_read, &Connection::read); }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  std::uint64_t version() const override { return conversation_.version(); }

 private:
  using Step = void (Connection::*)();

  void wait_for(Socket::wait_type readiness, Step step) {
    socket_.async_wait(readiness, [self = shared_from_this(), step](error_code error) {
      // An evicted client's step may have been queued before its socket was closed.
      if (error || !self->socket_.is_open()) return self->drop();
      try {
        ((*self).*step)();
      } catch (const std::exception&) {
        self->drop();  // want of memory costs this client, not the server
      }
    });
  }

  void drop() { shared_.clients.drop(*this); }
  void enter(Phase next) { shared_.clients.move(*this, next, now()); }

  /// How many bytes came into the scratch buffer. 0: the client left, or `again` follows.
  std::size_t receive(std::size_t at_most, Step again) {
    error_code error;
    const std::size_t size = socket_.read_some(asio::buffer(shared_.scratch, at_most), error);
    if (error == asio::error::would_block) {
      wait_for(Socket::wait_read, again);
    } else if (error) {
      drop();
    }
    return size;
  }

  void read() {
    const std::size_t size = receive(conversation_.room(), &Connection::read);
    if (size == 0) return;
    conversation_.receive({shared_.scratch.data(), size});
    answer();
  }

  /// One request per turn, so that a long pipeline does not hold up the other clients.
  void answer() {
    if (conversation_.next()) {
      enter(Phase::writing);
      shared_.clients.note_version(conversation_.version());
      return write();
    }
    // The deadline of a request head is absolute: more bytes of it do not begin it again.
    if (conversation_.idle()) {
      enter(Phase::idle);
    } else if (phase() != Phase::reading) {
      enter(Phase::reading);
    }
    wait_for(Socket::wait_read, &Connection::read);
  }

  void write() {
    const auto [head, body] = conversation_.unsent();
    const std::array buffers = {asio::buffer(head), asio::buffer(body)};
    error_code error;
    conversation_.sent(socket_.write_some(buffers, error));
    if (error && error != asio::error::would_block) return drop();
    if (conversation_.replying()) return wait_for(Socket::wait_write, &Connection::write);
    if (conversation_.over()) return hang_up();
    if (conversation_.idle()) return answer();
    wait_for(Socket::wait_write, &Connection::answer);
  }

  /// Closing with unread bytes would reset the connection, and the client could lose the reply.
  void hang_up() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    enter(Phase::draining);
    wait_for(Socket::wait_read, &Connection::drain);
  }

  void drain() {
    const std::size_t size = receive(shared_.scratch.size(), &Connection::drain);
    if (size == 0) return;
    drained_ += size;
    if (drained_ > kMaxDrainBytes) return drop();
    wait_for(Socket::wait_read, &Connection::drain);
  }

  Shared& shared_;
  Socket socket_;
  Conversation conversation_;
  std::size_t drained_ = 0;
};

/// One listening socket; `watched` while the server waits for clients at it.
struct Door {
  asio::posix::stream_descriptor listener;
  std::string url;
  bool watched = false;
};

bool is_shortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

class AsioServer final : public Server {
 public:
  AsioServer(std::vector<ListeningSocket> listeners, Handler handler, Observer observer,
             const Limits& limits)
      : limit_(connection_limit(limits.connections)),
        shared_(std::move(handler), std::move(observer), phase_deadlines(limits)),
        timer_(shared_.io) {
    for (ListeningSocket& listener : listeners) {
      doors_.push_back(
          {asio::posix::stream_descriptor(shared_.io, listener.fd.get()), std::move(listener.url)});
      listener.fd.release();
    }
  }

  void run() override {
    while (!shared_.io.stopped()) {
      try {
        watch_doors();
        keep_time();
        shared_.io.run();
      } catch (const std::exception&) {
        // Want of memory ended one turn; the next begins with open doors and a running clock.
      }
    }
  }

  void stop() override { shared_.io.stop(); }

  std::vector<std::string> urls() const override {
    std::vector<std::string> urls;
    for (const Door& door : doors_) urls.push_back(door.url);
    return urls;
  }

 private:
  void watch_doors() {
    for (Door& door : doors_) watch(door);
  }

  void watch(Door& door) {
    if (door.watched) return;
    door.listener.async_wait(door.listener.wait_read, [this, &door](error_code error) {
      door.watched = false;
      if (!error) accept_some(door);
      if (error) keep_time();  // which watches it again, also when nobody is connected
    });
    door.watched = true;
  }

  void accept_some(Door& door) {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      UniqueFd fd(::accept4(door.listener.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
      if (fd) {
        welcome(fd);
      } else if (errno == EAGAIN) {
        break;
      } else if (is_shortage(errno) && !evict()) {
        return keep_time();  // trying again at once would spin; the next tick watches the door
      }
    }
    watch(door);
  }

  void welcome(UniqueFd& fd) {
    while (shared_.clients.size() >= limit_) evict();
    const auto connection = std::make_shared<Connection>(shared_, fd);
    shared_.clients.join(connection, now());
    connection->start();
    keep_time();
  }

  bool evict() {
    if (!shared_.clients.drop_least_worthy()) return false;
    shared_.observer.on_eviction();
    return true;
  }

  /// Ticks while there are clients; a server without any sleeps.
  void keep_time() {
    if (ticking_) return;
    timer_.expires_after(kTick);
    timer_.async_wait([this](error_code) { tick(); });
    ticking_ = true;
  }

  void tick() {
    ticking_ = false;
    shared_.clients.drop_overdue(now());
    watch_doors();
    if (shared_.clients.size() > 0) keep_time();
  }

  const std::size_t limit_;
  Shared shared_;
  asio::steady_timer timer_;
  std::vector<Door> doors_;
  bool ticking_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::bind(const std::vector<ListenAddress>& addresses,
                                             Handler handler, Observer observer,
                                             const Limits& limits) {
  auto listeners = listen_on(addresses);
  if (!listeners) return tl::unexpected(listeners.error());
  try {
    return std::make_unique<AsioServer>(*std::move(listeners), std::move(handler),
                                        std::move(observer), limits);
  } catch (const std::exception& error) {
    return failure(std::string("start the HTTP server: ") + error.what());
  }
}

}  // namespace sockwatch::http
