// The one door between the thread that makes values and the threads that read them.
// Threads: store() and load() may be called from any thread at any time.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace sockwatch {

template <typename T>
class Published {
 public:
  void store(std::shared_ptr<const T> value) {
    std::scoped_lock lock(mutex_);
    value_.swap(value);
  }

  /// The last stored value; null before the first.
  std::shared_ptr<const T> load() const {
    std::scoped_lock lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;  // guarded by mutex_
};

}  // namespace sockwatch
