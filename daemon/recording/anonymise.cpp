#include "recording/anonymise.h"

#include <linux/netlink.h>

#include <utility>

#include "recording/other_messages.h"
#include "recording/other_texts.h"

namespace sockwatch::recording {
namespace {

class Anonymiser {
 public:
  explicit Anonymiser(const Recording& recording) {
    for (const Conversation& conversation : recording.conversations) {
      if (conversation.protocol != NETLINK_ROUTE) continue;
      for (const auto& reply : conversation.replies) keep_own_addresses(reply, addresses_);
    }
  }

  void change(Conversation& conversation) {
    for (auto& reply : conversation.replies) {
      reply = other_datagram(conversation.protocol, reply, addresses_, names_);
    }
  }

  /// False for an answer that cannot be kept.
  bool change(Answer& answer) {
    std::optional<std::string> text = answer.text;
    if (answer.question == Question::link) {
      text = other_link_target(answer.path, answer.text, names_);
    } else if (answer.question == Question::text || answer.question == Question::lines) {
      text = other_text(answer.path, answer.text, addresses_, names_);
    }
    if (!text) return false;
    answer.text = std::move(*text);
    if (answer.question == Question::entries && answer.path.find("/root/") != std::string::npos) {
      for (ListedEntry& entry : answer.entries) entry.name = names_.cgroup(entry.name);
    }
    answer.path = other_path(answer.path, names_);
    return true;
  }

 private:
  OtherAddresses addresses_;
  OtherNames names_;
};

}  // namespace

void anonymise(Recording& recording) {
  Anonymiser anonymiser(recording);
  for (Conversation& conversation : recording.conversations) anonymiser.change(conversation);
  std::vector<Answer> kept;
  for (Answer& answer : recording.answers) {
    if (anonymiser.change(answer)) kept.push_back(std::move(answer));
  }
  recording.answers = std::move(kept);
  recording.header.anonymised = true;
}

}  // namespace sockwatch::recording
