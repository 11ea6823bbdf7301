#include "http/clients.h"

#include <cstddef>
#include <iterator>
#include <set>
#include <utility>

namespace sockwatch::http {
namespace {

constexpr std::ptrdiff_t kOldVersionsKept = 2;

}  // namespace

void Clients::join(std::shared_ptr<Client> client, MonotonicTime now) {
  Queue& reading = queue(Phase::reading);
  Client& joined = *client;
  joined.seat_ = reading.insert(reading.end(), {std::move(client), now});
  ++size_;
  move(joined, Phase::reading, now);
}

void Clients::move(Client& client, Phase phase, MonotonicTime now) {
  if (!client.seat_) return;
  Queue& to = queue(phase);
  to.splice(to.end(), queue(client.phase_), *client.seat_);
  client.phase_ = phase;
  (*client.seat_)->due = now + deadlines_[static_cast<std::size_t>(phase)];
}

void Clients::drop(Client& client) {
  if (!client.seat_) return;
  const std::shared_ptr<Client> alive_until_closed = (*client.seat_)->client;
  queue(client.phase_).erase(*client.seat_);
  client.seat_.reset();
  --size_;
  client.close();
}

bool Clients::drop_least_worthy() {
  for (Queue& waiting : queues_) {
    if (waiting.empty()) continue;
    drop(*waiting.front().client);
    return true;
  }
  return false;
}

void Clients::drop_overdue(MonotonicTime now) {
  for (Queue& waiting : queues_) {
    while (!waiting.empty() && waiting.front().due <= now) drop(*waiting.front().client);
  }
}

void Clients::note_version(std::uint64_t version) {
  if (version <= newest_version_) return;
  newest_version_ = version;

  Queue& writing = queue(Phase::writing);
  std::set<std::uint64_t> old_versions;
  for (const Seat& seat : writing) old_versions.insert(seat.client->version());
  old_versions.erase(0);
  old_versions.erase(newest_version_);
  if (std::ssize(old_versions) <= kOldVersionsKept) return;

  const std::uint64_t oldest_kept = *std::prev(old_versions.end(), kOldVersionsKept);
  for (auto seat = writing.begin(); seat != writing.end();) {
    Client& client = *(seat++)->client;
    if (client.version() != 0 && client.version() < oldest_kept) drop(client);
  }
}

}  // namespace sockwatch::http
