// One process of a load: its share of the sockets, kept for as long as the load lives.
#pragma once

#include "bench/load.h"

namespace sockwatch::test {

/// The part of `mix` that falls to process `number`; the parts add up to the whole.
LoadMix share_of(const LoadMix& mix, int number);

/// Port of the first listener of process `number`; the others follow.
int first_port(const LoadMix& mix, int number);

/// Descriptors that a process with this share holds.
int descriptors_of(const LoadMix& share);

/// The life of process `number`: says ready() at once and reach("built") when its share is there.
[[noreturn]] void live_as_load(Child& me, const LoadMix& mix, int number);

}  // namespace sockwatch::test
