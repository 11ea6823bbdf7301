// Reply datagrams of the kernel: the whole conversation, decoding and fold. The first byte chooses
// what is asked; the rest is cut into datagrams by two-byte lengths.
#include <linux/netlink.h>

#include <cstdint>
#include <cstring>

#include "app/netlink_source.h"
#include "app/protocol_pass.h"
#include "fuzz/bytes_channel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockwatch;
  if (size == 0) return 0;
  const Bytes input = std::as_bytes(std::span(data + 1, size - 1));
  NetlinkSource source([input](int) -> Result<std::unique_ptr<kernel::Channel>> {
    return std::make_unique<fuzz::BytesChannel>(input);
  });
  if (data[0] % 4 == 3) {
    (void)source.interfaces();
    return 0;
  }
  static const Surroundings kSurroundings;
  Owners owners(*kernel::Proc::open("/"));  // no process lives there
  ListenerIndex listeners;
  Cgroups cgroups("/");
  const Protocol protocol = data[0] % 2 == 0 ? Protocol::tcp : Protocol::udp;
  ProtocolPass pass(protocol, 1024, {owners, listeners, cgroups, kSurroundings, {}});
  std::vector<SocketRecord> late;
  (void)source.dump_all(
      protocol, [&](std::span<const SocketRecord> records) { pass.add_all(records, late); });
  (void)pass.finish();
  return 0;
}
