#include "sockets/listener_index.h"

#include <algorithm>

#include "sockets/exposure.h"

namespace sockwatch {
namespace {

bool same_place(const SocketRecord& a, const SocketRecord& b) {
  return a.local == b.local && a.family == b.family && a.interface == b.interface &&
         a.v6only == b.v6only;
}

bool covers(const SocketRecord& listener, const Address& address) {
  if (!is_unspecified(listener.local.address)) return listener.local.address == address;
  return is_dual_stack(listener) || listener.local.address.family == address.family;
}

}  // namespace

void ListenerIndex::add(const SocketRecord& listener) {
  const std::uint32_t port = key(listener.protocol, listener.local.port);
  std::vector<Entry>& entries = by_port_[port];
  ports_.set(port);
  const auto known = std::ranges::find_if(
      entries, [&](const Entry& entry) { return same_place(entry.record, listener); });
  if (known == entries.end()) {
    entries.push_back({listener, sample_, 0});
  } else {
    known->record = listener;
    known->seen = sample_;
  }
}

const ListenerIndex::Entry* ListenerIndex::covering(Protocol protocol, const Address& address,
                                                    std::uint16_t port) {
  const std::uint32_t wanted = key(protocol, port);
  if (!ports_.test(wanted)) return nullptr;
  // One that listens now before one that is only kept, then the kernel's own preference.
  const auto rank = [&](const Entry& entry) {
    return std::pair(entry.seen == sample_, entry.record.local.address == address);
  };
  Entry* best = nullptr;
  for (Entry& entry : by_port_[wanted]) {
    if (!covers(entry.record, address)) continue;
    if (best == nullptr || rank(*best) < rank(entry)) best = &entry;
  }
  if (best != nullptr) best->used = sample_;
  return best;
}

void ListenerIndex::end_sample(Protocol protocol) {
  erase_if(by_port_, [&](auto& port) {
    if (port.first >> 16 != static_cast<std::uint32_t>(protocol)) return false;
    std::erase_if(port.second, [this](const Entry& entry) {
      return entry.seen != sample_ && entry.used != sample_;
    });
    if (port.second.empty()) ports_.reset(port.first);
    return port.second.empty();
  });
}

}  // namespace sockwatch
