// Waiting for the kernel or another process, always with an end. Any thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace sockwatch::test {

/// How long anything here waits before it gives up. Generous: the machine may be busy.
inline constexpr std::chrono::milliseconds kPatience{10'000};

/// True as soon as `condition` holds, asked every few milliseconds; false after `patience`.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds patience = kPatience);

/// The same, but throws std::runtime_error("never happened: what") instead of returning false.
void await(const std::string& what, const std::function<bool()>& condition);

}  // namespace sockwatch::test
