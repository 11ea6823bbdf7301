// A kernel::Directory that passes every call on to another one, after it told a watcher, who may
// change the tree behind it or let the call fail. Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kernel/directory.h"

namespace sockwatch::test {

/// Told of each call with the path below the top: "100/fd/3". An errno lets the call fail, 0 not.
using Watcher = std::function<int(const std::string& path)>;

std::unique_ptr<kernel::Directory> watched(std::shared_ptr<const kernel::Directory> directory,
                                           Watcher watcher);

}  // namespace sockwatch::test
