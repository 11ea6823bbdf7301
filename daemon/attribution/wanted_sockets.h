// A set of sockets that are searched together, small: a host may have a million of them at its
// first sample. Threads: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "attribution/sample_marks.h"
#include "sockets/socket_record.h"

namespace sockwatch {

struct WantedSocket {
  std::uint64_t cookie = 0;  // 0 when it is done
  std::uint32_t inode = 0;
  SampleMarks::Mark mark = 0;  // of the last full sample that had it
};

class WantedSockets {
 public:
  WantedSockets() = default;
  explicit WantedSockets(std::vector<WantedSocket> sockets) : all_(std::move(sockets)) {
    std::ranges::sort(all_, {}, &WantedSocket::inode);
    left_ = all_.size();
  }

  /// Null when it is not, or done.
  WantedSocket* find(const SocketKey& key) {
    for (auto at = first(key.inode); at != all_.end() && at->inode == key.inode; ++at) {
      if (at->cookie == key.cookie) return &*at;
    }
    return nullptr;
  }
  const WantedSocket* find(const SocketKey& key) const {
    return const_cast<WantedSockets*>(this)->find(key);
  }
  template <typename OnSocket>
  void for_each_of(std::uint32_t inode, OnSocket&& on_socket) {
    for (auto at = first(inode); at != all_.end() && at->inode == inode; ++at) {
      if (at->cookie != 0) on_socket(*at);
    }
  }
  void done(WantedSocket& socket) {
    if (socket.cookie != 0) --left_;
    socket.cookie = 0;
  }
  std::size_t size() const { return left_; }

  template <typename OnSocket>
  void for_each(OnSocket&& on_socket) {
    for (WantedSocket& socket : all_) {
      if (socket.cookie != 0) on_socket(socket);
    }
  }

 private:
  std::vector<WantedSocket>::iterator first(std::uint32_t inode) {
    return std::ranges::lower_bound(all_, inode, {}, &WantedSocket::inode);
  }

  std::vector<WantedSocket> all_;  // by inode
  std::size_t left_ = 0;
};

}  // namespace sockwatch
