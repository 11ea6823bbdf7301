#include "attribution/users.h"

#include <charconv>

#include "support/text.h"

namespace sockwatch {
namespace {

constexpr const char* kPasswd = "passwd";
constexpr std::size_t kPasswdLimit = std::size_t{16} << 20;

}  // namespace

std::map<std::uint32_t, std::string> parse_passwd(std::string_view text) {
  std::map<std::uint32_t, std::string> names;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t name_end = line.find(':');
    const std::size_t password_end = line.find(':', name_end + 1);
    if (name_end == 0 || name_end == std::string_view::npos ||
        password_end == std::string_view::npos) {
      continue;
    }
    std::uint32_t uid = 0;
    const char* end = line.data() + line.size();
    const auto number = std::from_chars(line.data() + password_end + 1, end, uid);
    if (number.ec != std::errc{} || number.ptr == end || *number.ptr != ':') continue;
    names.try_emplace(uid, label_name(line.substr(0, name_end)));
  }
  return names;
}

void Users::refresh() {
  const auto stamp = etc_->stamp(kPasswd);
  if (!stamp) return;
  const bool same = stamp->inode == read_.inode &&
                    stamp->modified.tv_sec == read_.modified.tv_sec &&
                    stamp->modified.tv_nsec == read_.modified.tv_nsec;
  if (same) return;
  const auto text = etc_->read_file(kPasswd, kPasswdLimit);
  if (!text) return;
  names_ = parse_passwd(*text);
  read_ = *stamp;
}

std::string Users::name(std::uint32_t uid) const {
  const auto found = names_.find(uid);
  return found == names_.end() ? std::to_string(uid) : found->second;
}

}  // namespace sockwatch
