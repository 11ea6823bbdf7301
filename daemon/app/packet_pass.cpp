#include "app/packet_pass.h"

#include <array>
#include <cstdio>
#include <map>

namespace sockwatch {
namespace {

std::string ethertype_label(const PacketSocket& socket) {
  if (!socket.ethertype) return "";
  std::array<char, sizeof("0x0000")> text;
  std::snprintf(text.data(), text.size(), "0x%04x", unsigned{*socket.ethertype});
  return text.data();
}

std::string promiscuous_label(const PacketSocket& socket) {
  if (!socket.promiscuous) return "";
  return *socket.promiscuous ? "true" : "false";
}

}  // namespace

void PacketPass::add(std::span<const PacketSocket> sockets) {
  for (const PacketSocket& socket : sockets) {
    if (!seen_.insert(socket.key.cookie).second) continue;
    if (socket.key.inode != 0) owners_.see(socket.key, now_);
    sockets_.push_back(socket);
  }
}

void PacketPass::append_wanted(std::vector<Wanted>& wanted) const {
  for (const PacketSocket& socket : sockets_) {
    const bool searched = socket.key.inode == 0 || owners_.find(socket.key, now_);
    if (!searched) wanted.push_back({socket.key, false, 0, 0});
  }
}

std::vector<PacketRow> PacketPass::finish() const {
  std::map<PacketKey, std::uint32_t> counts;
  for (const PacketSocket& socket : sockets_) ++counts[key_of(socket)];
  std::vector<PacketRow> rows;
  rows.reserve(counts.size());
  for (const auto& [key, count] : counts) rows.push_back({key, {count}});
  return rows;
}

PacketKey PacketPass::key_of(const PacketSocket& socket) const {
  PacketKey key{0, socket.kind, "", "", ethertype_label(socket), promiscuous_label(socket)};
  const auto owner = owners_.find(socket.key, now_);
  if (const auto* id = owner ? std::get_if<ProcessId>(&*owner) : nullptr) {
    key.process = owners_.process(*id).name;
    key.unit = owners_.process(*id).unit;  // no cgroup is told of the socket itself
  }
  return key;
}

}  // namespace sockwatch
