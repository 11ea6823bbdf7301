// The floor under every sample of all TCP sockets: the kernel's one walk, its replies received into
// one buffer and nothing read but their end. Throws std::runtime_error. Any thread.
#pragma once

namespace sockwatch::test {

void bare_walk();

}  // namespace sockwatch::test
