#include "recording/replay.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>

#include "recording/numbers.h"
#include "recording/path.h"

namespace sockwatch::recording {
namespace {

/// Answers to each question, nothing where it was never asked.
template <typename Key, typename T>
class InOrder {
 public:
  void add(Key key, const T& answer) { all_[std::move(key)].answers.push_back(&answer); }

  const T* next(const Key& key) {
    const auto found = all_.find(key);
    if (found == all_.end()) return nullptr;
    auto& [answers, given] = found->second;
    const T* answer = answers[given];
    if (given + 1 < answers.size()) ++given;
    return answer;
  }

 private:
  struct Row {
    std::vector<const T*> answers;
    std::size_t given = 0;
  };
  std::map<Key, Row> all_;
};

/// Points into `recording`, so it stays where it is made.
struct Memory {
  explicit Memory(Recording of) : recording(std::move(of)) {
    for (const Conversation& conversation : recording.conversations) {
      conversations.add({conversation.protocol, conversation.request}, conversation);
    }
    for (const Answer& answer : recording.answers) {
      answers.add({answer.question, answer.path}, answer);
    }
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  const Recording recording;
  InOrder<std::pair<int, std::vector<std::byte>>, Conversation> conversations;
  InOrder<std::pair<Question, std::string>, Answer> answers;
};

class ReplayChannel final : public kernel::Channel {
 public:
  ReplayChannel(int protocol, std::shared_ptr<Memory> memory)
      : protocol_(protocol), memory_(std::move(memory)) {}

  Result<void> send(Bytes bytes) override {
    std::vector<std::byte> request(bytes.begin(), bytes.end());
    asked_ = numbers_of(bytes);
    add_numbers(request, -asked_);
    current_ = memory_->conversations.next({protocol_, std::move(request)});
    given_ = 0;
    if (current_ != nullptr && current_->failed == FailedCall::send) {
      return system_failure("netlink send", current_->error);
    }
    return {};
  }

  Result<kernel::Datagram> receive(std::span<std::byte> buffer, kernel::Waiting&) override {
    if (current_ == nullptr) return system_failure("not in the recording", ENOENT);
    if (given_ == current_->replies.size()) {
      const bool failed = current_->failed == FailedCall::receive;
      return system_failure("netlink receive", failed ? current_->error : EAGAIN);
    }
    const auto& reply = current_->replies[given_++];
    const std::size_t size = std::min(reply.size(), buffer.size());
    std::copy_n(reply.begin(), size, buffer.begin());
    add_numbers(buffer.first(size), asked_);
    return kernel::Datagram{size, size < reply.size(), 0};
  }

  std::uint32_t port() const override { return 1; }

 private:
  int protocol_;
  std::shared_ptr<Memory> memory_;
  const Conversation* current_ = nullptr;
  std::size_t given_ = 0;
  Numbers asked_;
};

class ReplayDirectory final : public kernel::Directory {
 public:
  ReplayDirectory(std::string path, std::shared_ptr<Memory> memory)
      : path_(std::move(path)), memory_(std::move(memory)) {}

  using Directory::read_link;

  Result<std::unique_ptr<Directory>> open(const std::string& name) const override {
    const auto answer = ask(Question::open, name);
    if (!answer) return tl::unexpected(answer.error());
    return std::make_unique<ReplayDirectory>(below(path_, name), memory_);
  }

  Result<std::string> read_file(const std::string& name, std::size_t limit) const override {
    const auto answer = ask(Question::text, name);
    if (!answer) return tl::unexpected(answer.error());
    if ((*answer)->text.size() > limit) return system_failure(name, EFBIG);
    return (*answer)->text;
  }

  Result<void> read_lines(const std::string& name, const kernel::OnLine& on_line) const override {
    const Answer* answer = find(Question::lines, name);
    std::string_view text = answer == nullptr ? "" : std::string_view(answer->text);
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      if (!on_line(line)) return {};
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return success_of(answer, name);
  }

  Result<std::string_view> read_link(const std::string& name,
                                     std::span<char> buffer) const override {
    const auto answer = ask(Question::link, name);
    if (!answer) return tl::unexpected(answer.error());
    const std::size_t size = (*answer)->text.copy(buffer.data(), buffer.size());
    return std::string_view(buffer.data(), size);
  }

  Result<void> for_each_entry(const kernel::OnEntry& on_entry) const override {
    const Answer* answer = find(Question::entries, ".");
    if (answer != nullptr) {
      for (const ListedEntry& entry : answer->entries) {
        on_entry({entry.name.c_str(), entry.inode, entry.is_directory});
      }
    }
    return success_of(answer, path_);
  }

  Result<kernel::FileStamp> stamp(const std::string& name) const override {
    const auto answer = ask(Question::stamp, name);
    if (!answer) return tl::unexpected(answer.error());
    return (*answer)->stamp;
  }

 private:
  const Answer* find(Question question, const std::string& name) const {
    return memory_->answers.next({question, below(path_, name)});
  }

  static Result<void> success_of(const Answer* answer, const std::string& name) {
    const int error = answer == nullptr ? ENOENT : answer->error;
    if (error != 0) return system_failure(name, error);
    return {};
  }

  Result<const Answer*> ask(Question question, const std::string& name) const {
    const Answer* answer = find(question, name);
    if (const auto success = success_of(answer, name); !success) {
      return tl::unexpected(success.error());
    }
    return answer;
  }

  std::string path_;
  std::shared_ptr<Memory> memory_;
};

}  // namespace

kernel::System replay(Recording recording) {
  const auto memory = std::make_shared<Memory>(std::move(recording));
  const auto open = [memory](int protocol) -> Result<std::unique_ptr<kernel::Channel>> {
    const Conversation* opening = memory->conversations.next({protocol, {}});
    if (opening != nullptr && opening->failed == FailedCall::open) {
      return system_failure("open netlink socket", opening->error);
    }
    return std::make_unique<ReplayChannel>(protocol, memory);
  };
  return {open, std::make_shared<ReplayDirectory>("/proc", memory),
          std::make_shared<ReplayDirectory>("/etc", memory)};
}

}  // namespace sockwatch::recording
