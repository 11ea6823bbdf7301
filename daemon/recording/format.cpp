#include "recording/format.h"

#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>
#include <type_traits>

namespace sockwatch::recording {
namespace {

constexpr std::string_view kMagic = "sockrec\n";
constexpr std::string_view kNeverInAName("/\0", 2);
constexpr int kLargestErrno = 4095;
// What a system_clock of nanoseconds can hold.
constexpr std::int64_t kLastMicrosecond = std::numeric_limits<std::int64_t>::max() / 1000;

std::uint32_t checksum_of(Bytes bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  template <typename Number>
  void number(Number value) {
    auto rest = static_cast<std::make_unsigned_t<Number>>(value);
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      out_ += static_cast<char>(rest & 0xff);
      rest = static_cast<decltype(rest)>(std::uint64_t{rest} >> 8);
    }
  }

  void count(std::size_t value) { number(static_cast<std::uint32_t>(value)); }

  void bytes(Bytes value) {
    count(value.size());
    out_.append(reinterpret_cast<const char*>(value.data()), value.size());
  }

  void text(std::string_view value) { bytes(std::as_bytes(std::span(value))); }

 private:
  std::string& out_;
};

/// After the first thing that is not there or not right everything reads as nothing.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  bool good() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  std::size_t left() const { return bytes_.size() - position_; }

  Bytes take(std::size_t size) {
    if (good() && size > left()) error_ = "cut off at byte " + std::to_string(bytes_.size());
    if (!good()) return {};
    position_ += size;
    return bytes_.subspan(position_ - size, size);
  }

  template <typename Number>
  Number number() {
    std::uint64_t value = 0;
    const Bytes taken = take(sizeof(Number));
    for (std::size_t i = taken.size(); i > 0; --i) {
      value = value << 8 | std::to_integer<std::uint64_t>(taken[i - 1]);
    }
    return static_cast<Number>(value);
  }

  template <typename Number>
  Number number(Number first, Number last, std::string_view what) {
    const std::size_t start = position_;
    const auto value = number<Number>();
    if (value < first || value > last) refuse(what, start);
    return good() ? value : first;
  }

  template <typename Enum>
  Enum choice(Enum last, std::string_view what) {
    return static_cast<Enum>(number<std::uint8_t>(0, static_cast<std::uint8_t>(last), what));
  }

  bool flag(std::string_view what) { return number<std::uint8_t>(0, 1, what) == 1; }
  int error_number() { return number<std::int32_t>(0, kLargestErrno, "error number"); }
  Bytes bytes() { return take(number<std::uint32_t>()); }

  std::string text() {
    const Bytes taken = bytes();
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  /// Of something in a directory, never the directory itself or the one above: a tree has an end.
  std::string entry_name() {
    const std::size_t start = position_;
    std::string name = text();
    const bool other = name.empty() || name == "." || name == "..";
    if (other || name.find_first_of(kNeverInAName) != name.npos) refuse("name of an entry", start);
    return name;
  }

  /// As many as are told or as come, whichever is less: a number alone takes no memory.
  template <typename Read>
  auto list(const Read& read) {
    std::vector<std::invoke_result_t<Read>> all;
    for (auto told = number<std::uint32_t>(); told > 0 && good(); --told) all.push_back(read());
    return all;
  }

 private:
  void refuse(std::string_view what, std::size_t start) {
    if (!good()) return;
    error_ = "no valid " + std::string(what) + " at byte " + std::to_string(start);
  }

  Bytes bytes_;
  std::size_t position_ = 0;
  std::string error_;
};

void write(Writer& out, const Header& header) {
  out.text(header.sockwatch);
  out.text(header.kernel);
  out.text(header.machine);
  out.number(std::int64_t{
      std::chrono::duration_cast<std::chrono::microseconds>(header.time.time_since_epoch())
          .count()});
  out.number(static_cast<std::uint8_t>(header.anonymised));
}

Header read_header(Reader& in) {
  Header header;
  header.sockwatch = in.text();
  header.kernel = in.text();
  header.machine = in.text();
  const auto time = in.number<std::int64_t>(0, kLastMicrosecond, "time");
  header.time = WallTime(std::chrono::microseconds(time));
  header.anonymised = in.flag("mark of anonymity");
  return header;
}

void write(Writer& out, const Conversation& conversation) {
  out.number(std::int32_t{conversation.protocol});
  out.bytes(conversation.request);
  out.count(conversation.replies.size());
  for (const auto& reply : conversation.replies) out.bytes(reply);
  out.number(static_cast<std::uint8_t>(conversation.failed));
  out.number(std::int32_t{conversation.error});
}

Conversation read_conversation(Reader& in) {
  const auto copy = [](Bytes bytes) { return std::vector(bytes.begin(), bytes.end()); };
  Conversation conversation;
  conversation.protocol = in.number<std::int32_t>();
  conversation.request = copy(in.bytes());
  conversation.replies = in.list([&] { return copy(in.bytes()); });
  conversation.failed = in.choice(FailedCall::receive, "failed call");
  conversation.error = in.error_number();
  return conversation;
}

void write(Writer& out, const Answer& answer) {
  out.number(static_cast<std::uint8_t>(answer.question));
  out.text(answer.path);
  out.number(std::int32_t{answer.error});
  switch (answer.question) {
    case Question::open:
      break;
    case Question::text:
    case Question::lines:
    case Question::link:
      out.text(answer.text);
      break;
    case Question::entries:
      out.count(answer.entries.size());
      for (const ListedEntry& entry : answer.entries) {
        out.text(entry.name);
        out.number(entry.inode);
        out.number(static_cast<std::uint8_t>(entry.is_directory));
      }
      break;
    case Question::stamp:
      out.number(answer.stamp.inode);
      out.number(std::int64_t{answer.stamp.modified.tv_sec});
      out.number(static_cast<std::uint32_t>(answer.stamp.modified.tv_nsec));
      break;
  }
}

ListedEntry read_entry(Reader& in) {
  ListedEntry entry;
  entry.name = in.entry_name();
  entry.inode = in.number<std::uint64_t>();
  entry.is_directory = in.flag("kind of entry");
  return entry;
}

Answer read_answer(Reader& in) {
  Answer answer;
  answer.question = in.choice(Question::stamp, "question");
  answer.path = in.text();
  answer.error = in.error_number();
  switch (answer.question) {
    case Question::open:
      break;
    case Question::text:
    case Question::lines:
    case Question::link:
      answer.text = in.text();
      break;
    case Question::entries:
      answer.entries = in.list([&] { return read_entry(in); });
      break;
    case Question::stamp:
      answer.stamp.inode = in.number<std::uint64_t>();
      answer.stamp.modified.tv_sec = in.number<std::int64_t>();
      answer.stamp.modified.tv_nsec = in.number<std::uint32_t>(0, 999'999'999, "nanoseconds");
      break;
  }
  return answer;
}

/// Of what begins like a recording: that this version can read it.
Result<void> check_version(std::uint32_t version) {
  if (version == kFormatVersion) return {};
  if (version == 0) return failure("not a sockwatch recording");
  return failure("made by a newer version (format " + std::to_string(version) +
                 ", this one reads " + std::to_string(kFormatVersion) + ")");
}

}  // namespace

std::string encode(const Recording& recording) {
  std::string file(kMagic);
  Writer out(file);
  out.number(kFormatVersion);
  write(out, recording.header);
  out.count(recording.conversations.size());
  for (const Conversation& conversation : recording.conversations) write(out, conversation);
  out.count(recording.answers.size());
  for (const Answer& answer : recording.answers) write(out, answer);
  out.number(checksum_of(std::as_bytes(std::span(file))));
  return file;
}

Result<Recording> decode(Bytes bytes) {
  Reader in(bytes);
  const Bytes magic = in.take(std::min(kMagic.size(), bytes.size()));
  if (!std::ranges::equal(magic, std::as_bytes(std::span(kMagic)).first(magic.size())) ||
      magic.empty()) {
    return failure("not a sockwatch recording");
  }
  const auto version = in.number<std::uint32_t>();
  if (!in.good()) return failure(in.error());
  if (const auto known = check_version(version); !known) return tl::unexpected(known.error());

  Recording recording;
  recording.header = read_header(in);
  recording.conversations = in.list([&] { return read_conversation(in); });
  recording.answers = in.list([&] { return read_answer(in); });
  const Bytes content = bytes.first(bytes.size() - in.left());
  const auto checksum = in.number<std::uint32_t>();
  if (!in.good()) return failure(in.error());
  if (in.left() > 0) return failure("goes on after its end");
  if (checksum != checksum_of(content)) return failure("damaged: its checksum is wrong");
  return recording;
}

}  // namespace sockwatch::recording
