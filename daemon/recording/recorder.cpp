#include "recording/recorder.h"

#include <sys/utsname.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "recording/minimise.h"
#include "recording/numbers.h"
#include "recording/path.h"
#include "support/version.h"

namespace sockwatch::recording {
namespace {

using Notes = std::shared_ptr<Recording>;

class RecordingChannel final : public kernel::Channel {
 public:
  RecordingChannel(std::unique_ptr<kernel::Channel> machine, int protocol, Notes notes)
      : machine_(std::move(machine)), protocol_(protocol), notes_(std::move(notes)) {}

  Result<void> send(Bytes request) override {
    Conversation conversation{protocol_, {request.begin(), request.end()}, {}, {}, 0};
    asked_ = numbers_of(request);
    add_numbers(conversation.request, -asked_);
    current_ = notes_->conversations.size();
    notes_->conversations.push_back(std::move(conversation));
    auto sent = machine_->send(request);
    if (!sent) note_failure(FailedCall::send, sent.error().code);
    return sent;
  }

  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting& waiting) override {
    auto received = machine_->receive(buffer, waiting);
    if (!received) {
      if (received.error().code != EINTR) {
        note_failure(FailedCall::receive, received.error().code);
      }
    } else if (received->truncated) {
      note_failure(FailedCall::receive, EMSGSIZE);
    } else if (received->sender == 0) {
      note_reply(buffer.first(received->size));
    }
    return received;
  }

  std::uint32_t port() const override { return machine_->port(); }

 private:
  void note_reply(Bytes datagram) {
    if (!current_) return;
    auto& replies = notes_->conversations[*current_].replies;
    replies.emplace_back(datagram.begin(), datagram.end());
    add_numbers(replies.back(), -asked_);
  }

  void note_failure(FailedCall call, int code) {
    if (!current_) return;
    Conversation& conversation = notes_->conversations[*current_];
    conversation.failed = call;
    conversation.error = code;
  }

  std::unique_ptr<kernel::Channel> machine_;
  int protocol_;
  Notes notes_;
  std::optional<std::size_t> current_;  // in conversations, from the first send() on
  Numbers asked_;
};

class RecordingDirectory final : public kernel::Directory {
 public:
  RecordingDirectory(std::shared_ptr<const kernel::Directory> machine, std::string path,
                     Notes notes)
      : machine_(std::move(machine)), path_(std::move(path)), notes_(std::move(notes)) {}

  using Directory::read_link;

  Result<std::unique_ptr<Directory>> open(const std::string& name) const override {
    auto opened = machine_->open(name);
    note(Question::open, name, opened);
    if (!opened) return opened;
    return std::make_unique<RecordingDirectory>(std::move(*opened), below(path_, name), notes_);
  }

  Result<std::string> read_file(const std::string& name, std::size_t limit) const override {
    auto text = machine_->read_file(name, limit);
    Answer& answer = note(Question::text, name, text);
    if (text) answer.text = kept_text(answer.path, *text);
    return text;
  }

  Result<void> read_lines(const std::string& name, const kernel::OnLine& on_line) const override {
    const std::string path = below(path_, name);
    std::string lines;
    bool wanted = true;
    // To the end, also for who has enough before: a replay may want more of it.
    auto read = machine_->read_lines(name, [&](std::string_view line) {
      if (const auto kept = kept_line(path, line)) lines += *kept + "\n";
      wanted = wanted && on_line(line);
      return true;
    });
    note(Question::lines, name, read).text = std::move(lines);
    return read;
  }

  Result<std::string_view> read_link(const std::string& name,
                                     std::span<char> buffer) const override {
    auto target = machine_->read_link(name, buffer);
    Answer& answer = note(Question::link, name, target);
    if (target) answer.text = kept_link(answer.path, *target);
    return target;
  }

  Result<void> for_each_entry(const kernel::OnEntry& on_entry) const override {
    std::vector<ListedEntry> entries;
    auto listed = machine_->for_each_entry([&](const kernel::Entry& entry) {
      if (keeps_entry(path_, entry)) {
        entries.push_back({entry.name, entry.inode, entry.is_directory});
      }
      on_entry(entry);
    });
    note(Question::entries, ".", listed).entries = std::move(entries);
    return listed;
  }

  Result<kernel::FileStamp> stamp(const std::string& name) const override {
    auto stamp = machine_->stamp(name);
    Answer& answer = note(Question::stamp, name, stamp);
    if (stamp) answer.stamp = *stamp;
    return stamp;
  }

 private:
  template <typename T>
  Answer& note(Question question, const std::string& name, const Result<T>& result) const {
    Answer& answer = notes_->answers.emplace_back();
    answer.path = below(path_, name);
    answer.question = question;
    answer.error = result ? 0 : result.error().code;
    return answer;
  }

  std::shared_ptr<const kernel::Directory> machine_;
  std::string path_;
  Notes notes_;
};

kernel::OpenChannel recorded_netlink(kernel::OpenChannel open, Notes notes) {
  return [open = std::move(open),
          notes = std::move(notes)](int protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    auto opened = open(protocol);
    Conversation& opening = notes->conversations.emplace_back();
    opening.protocol = protocol;
    if (!opened) {
      opening.failed = FailedCall::open;
      opening.error = opened.error().code;
      return opened;
    }
    return std::make_unique<RecordingChannel>(std::move(*opened), protocol, notes);
  };
}

}  // namespace

kernel::System recorded(kernel::System machine, const std::shared_ptr<Recording>& notes) {
  kernel::System system;
  system.netlink = recorded_netlink(std::move(machine.netlink), notes);
  system.proc = std::make_shared<RecordingDirectory>(std::move(machine.proc), "/proc", notes);
  system.etc = std::make_shared<RecordingDirectory>(std::move(machine.etc), "/etc", notes);
  return system;
}

Header header_of_now(WallTime now) {
  utsname names{};
  ::uname(&names);
  return {std::string(kVersion), names.release, names.machine,
          std::chrono::floor<std::chrono::microseconds>(now), false};
}

}  // namespace sockwatch::recording
