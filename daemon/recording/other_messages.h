// Netlink replies rebuilt for an anonymised recording: remote addresses and interface names are
// others, and of attributes only those stay that are known to name nobody. Threads: one.
#pragma once

#include <vector>

#include "recording/other_addresses.h"
#include "recording/other_names.h"
#include "support/bytes.h"

namespace sockwatch::recording {

/// Keeps every address of an interface that a datagram of NETLINK_ROUTE tells.
void keep_own_addresses(Bytes datagram, OtherAddresses& addresses);

/// Messages that cannot be taken apart are left out, and what follows them; so are those of kinds
/// that are not known here.
std::vector<std::byte> other_datagram(int netlink_protocol, Bytes datagram,
                                      OtherAddresses& addresses, OtherNames& names);

}  // namespace sockwatch::recording
