// Who is connected, in which phase, until when, and whom to give up first.
// The server moves clients between phases; everything else here follows from that. No sockets, no
// clock, no threads: time is an argument.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "support/clock.h"

namespace sockwatch::http {

/// What a client is doing, the least worthy first: that is the order in which they are given up.
enum class Phase {
  draining,  // its last reply is sent; what it still sends is thrown away
  reading,   // its request head is incomplete
  idle,      // kept open between two requests
  writing,   // its reply is under way
};
inline constexpr std::size_t kPhases = 4;

/// The time that a client may stay in each phase, indexed by Phase.
using PhaseDeadlines = std::array<std::chrono::milliseconds, kPhases>;

class Client;

struct Seat {
  std::shared_ptr<Client> client;
  MonotonicTime due;
};
using Queue = std::list<Seat>;

/// One connection, as the book-keeping sees it.
class Client {
 public:
  virtual ~Client() = default;

  /// Ends the connection at once. Called by Clients::drop(), once.
  virtual void close() = 0;
  /// The version of the body being sent, 0 for none or a constant one.
  virtual std::uint64_t version() const = 0;

  Phase phase() const { return phase_; }

 private:
  friend class Clients;
  Phase phase_ = Phase::reading;
  std::optional<Queue::iterator> seat_;  // empty before join() and after drop()
};

/// Owns the connected clients. A deadline is constant per phase, so each phase is a queue whose
/// front is both its oldest client and the next one due.
class Clients {
 public:
  explicit Clients(const PhaseDeadlines& deadlines) : deadlines_(deadlines) {}

  /// A new client; it begins in Phase::reading.
  void join(std::shared_ptr<Client> client, MonotonicTime now);
  /// Begins a phase and its deadline, also when it is the same phase again.
  void move(Client& client, Phase phase, MonotonicTime now);
  /// Closes the client and forgets it; nothing happens to one already dropped.
  void drop(Client& client);

  /// Drops the oldest client of the least worthy phase; false when there is none.
  bool drop_least_worthy();
  void drop_overdue(MonotonicTime now);
  /// Notes that a body of this version is about to be sent, and drops the clients that would keep
  /// alive more than two versions older than the newest.
  void note_version(std::uint64_t version);

  std::size_t size() const { return size_; }

 private:
  Queue& queue(Phase phase) { return queues_[static_cast<std::size_t>(phase)]; }

  PhaseDeadlines deadlines_;
  std::array<Queue, kPhases> queues_;
  std::size_t size_ = 0;
  std::uint64_t newest_version_ = 0;
};

}  // namespace sockwatch::http
