#include "kernel/dump.h"

#include <linux/netlink.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace sockwatch::kernel {
namespace {

// The kernel fills at most 32 KiB of one reply, however large the buffer.
constexpr std::size_t kBufferBytes = std::size_t{32} * 1024;
// Interruptions and foreign datagrams in a row that are passed over before the dump is given up.
constexpr int kMaxDistractions = 1000;

enum class Progress { more, done };
using Step = tl::expected<Progress, DumpError>;

tl::unexpected<DumpError> failed(std::string_view where, int code) {
  return tl::unexpected(DumpError{
      failure_of(code), std::string(where) + ": " + std::generic_category().message(code), code});
}

tl::unexpected<DumpError> malformed(std::string message) {
  return tl::unexpected(DumpError{DumpFailure::malformed, std::move(message)});
}

/// No errno is as large as the one negative number that cannot be negated.
int errno_of(std::int32_t code) {
  return code < -4095 ? EBADMSG : -code;
}

/// The int that NLMSG_ERROR and NLMSG_DONE carry; NLMSG_DONE of some kernels is empty.
Step end_of_dump(const nlmsghdr& header, Bytes payload) {
  const auto code = read_at<std::int32_t>(payload, 0);
  if (header.nlmsg_type == NLMSG_DONE) {
    if (code.value_or(0) < 0) return failed("dump ended with an error", errno_of(*code));
    return Progress::done;
  }
  if (!code || *code >= 0) return malformed("error message without an error");
  return failed("dump refused", errno_of(*code));
}

class Conversation {
 public:
  Conversation(std::uint32_t sequence, std::uint32_t port) : sequence_(sequence), port_(port) {}

  /// Sorts the messages of one datagram: payloads to hand on, or the end.
  Step read(Bytes datagram) {
    payloads_.clear();
    std::size_t offset = 0;
    while (offset < datagram.size()) {
      const auto header = read_at<nlmsghdr>(datagram, offset);
      if (!header || header->nlmsg_len < sizeof(nlmsghdr) ||
          header->nlmsg_len > datagram.size() - offset) {
        return malformed("message length does not fit its datagram");
      }
      const Bytes payload =
          datagram.subspan(offset + sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
      offset += std::min<std::size_t>(NLMSG_ALIGN(std::size_t{header->nlmsg_len}),
                                      datagram.size() - offset);
      if (header->nlmsg_seq != sequence_ || header->nlmsg_pid != port_) continue;
      if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) return failed("dump interrupted", EBUSY);
      if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
        return end_of_dump(*header, payload);
      }
      if (header->nlmsg_type == NLMSG_OVERRUN) return failed("dump overrun", ENOBUFS);
      if (header->nlmsg_type >= NLMSG_MIN_TYPE) payloads_.push_back(payload);
    }
    return Progress::more;
  }

  const std::vector<Bytes>& payloads() const { return payloads_; }

 private:
  std::uint32_t sequence_;
  std::uint32_t port_;
  std::vector<Bytes> payloads_;
};

tl::expected<Datagram, DumpError> next_datagram(Channel& channel, std::span<std::byte> buffer,
                                                Waiting& waiting) {
  for (int distractions = 0; distractions < kMaxDistractions; ++distractions) {
    const auto datagram = channel.receive(buffer, waiting);
    if (!datagram) {
      if (datagram.error().code != EINTR) return tl::unexpected(dump_error(datagram.error()));
      ++waiting.interruptions;
      continue;
    }
    if (datagram->sender != 0) continue;
    if (datagram->truncated) return failed("reply larger than the buffer", ENOSPC);
    return *datagram;
  }
  return failed("too many interruptions", EINTR);
}

std::uint32_t next_sequence() {
  static std::atomic<std::uint32_t> last{0};
  return ++last;
}

}  // namespace

DumpFailure failure_of(int error_code) {
  switch (error_code) {
    case EAGAIN:
    case ETIMEDOUT:
      return DumpFailure::timeout;
    case ENOSPC:
    case EMSGSIZE:
      return DumpFailure::truncated;
    case EBUSY:
      return DumpFailure::busy;
    case EPERM:
    case EACCES:
      return DumpFailure::permission;
    case ENOENT:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case EOPNOTSUPP:
      return DumpFailure::no_handler;
    case EBADMSG:
      return DumpFailure::malformed;
    default:
      return DumpFailure::other;
  }
}

DumpError dump_error(const Error& error) {
  return {failure_of(error.code), error.message, error.code};
}

tl::expected<void, DumpError> run_dump(Channel& channel, std::vector<std::byte> request,
                                       Waiting& waiting, const OnDatagram& on_datagram) {
  auto header = read_at<nlmsghdr>(request, 0);
  if (!header) return malformed("request without a header");
  header->nlmsg_seq = next_sequence();
  header->nlmsg_pid = channel.port();
  std::memcpy(request.data(), &*header, sizeof(*header));
  if (const auto sent = channel.send(request); !sent) {
    return tl::unexpected(dump_error(sent.error()));
  }

  Conversation conversation(header->nlmsg_seq, channel.port());
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(kBufferBytes);
  const std::span buffer(memory.get(), kBufferBytes);
  for (int empty = 0; empty < kMaxDistractions;) {
    const auto datagram = next_datagram(channel, buffer, waiting);
    if (!datagram) return tl::unexpected(datagram.error());
    const Step step = conversation.read(Bytes(buffer).first(datagram->size));
    if (!step) return tl::unexpected(step.error());
    if (!conversation.payloads().empty() && !on_datagram(conversation.payloads())) {
      return malformed("reply that cannot be decoded");
    }
    if (*step == Progress::done) return {};
    empty = conversation.payloads().empty() ? empty + 1 : 0;
  }
  return failed("only answers to other requests came", ETIMEDOUT);
}

}  // namespace sockwatch::kernel
