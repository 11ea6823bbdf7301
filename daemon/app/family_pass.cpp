#include "app/family_pass.h"

#include <boost/unordered/unordered_flat_set.hpp>
#include <utility>

namespace sockwatch {

void FamilyPass::dump_unix(Sources& sources) {
  UnixCounts counts{};
  boost::unordered_flat_set<std::uint64_t> seen;  // cookies: a dump under churn has doubles
  const auto dumped = sources.dump_unix([&](std::span<const UnixSocket> sockets) {
    for (const UnixSocket& socket : sockets) {
      if (!seen.insert(socket.key.cookie).second) continue;
      ++counts[static_cast<std::size_t>(socket.type)][static_cast<std::size_t>(socket.state)];
    }
  });
  Part& part = parts_.emplace_back();
  part.collected = {kUnixFamily, dumped ? sources.source_of(kUnixFamily) : "", std::nullopt};
  if (dumped && *dumped) part.collected.sample = FamilySample{now_, counts};
}

void FamilyPass::dump_packets(Sources& sources) {
  for (const PacketKind kind : {PacketKind::packet, PacketKind::raw}) {
    auto packets = std::make_unique<PacketPass>(owners_, now_.monotonic);
    const auto dumped = sources.dump_packets(kind, [&](auto sockets) { packets->add(sockets); });
    Part& part = parts_.emplace_back();
    part.collected = {name(kind), dumped ? sources.source_of(name(kind)) : "", std::nullopt};
    if (dumped && *dumped) part.packets = std::move(packets);
  }
}

void FamilyPass::append_wanted(std::vector<Wanted>& wanted) const {
  for (const Part& part : parts_) {
    if (part.packets) part.packets->append_wanted(wanted);
  }
}

std::vector<CollectedFamily> FamilyPass::finish() {
  std::vector<CollectedFamily> collected;
  for (Part& part : parts_) {
    if (part.packets) part.collected.sample = FamilySample{now_, part.packets->finish()};
    collected.push_back(std::move(part.collected));
  }
  return collected;
}

}  // namespace sockwatch
