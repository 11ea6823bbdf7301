#include "support/watched_directory.h"

namespace sockwatch::test {
namespace {

class Watched final : public kernel::Directory {
 public:
  Watched(std::shared_ptr<const kernel::Directory> directory, std::string path, Watcher watcher)
      : directory_(std::move(directory)), path_(std::move(path)), watcher_(std::move(watcher)) {}

  using Directory::read_link;

  Result<std::unique_ptr<Directory>> open(const std::string& name) const override {
    if (const int code = ask(name)) return system_failure(name, code);
    auto opened = directory_->open(name);
    if (!opened) return tl::unexpected(opened.error());
    return std::make_unique<Watched>(*std::move(opened), below(name), watcher_);
  }

  Result<std::string> read_file(const std::string& name, std::size_t limit) const override {
    if (const int code = ask(name)) return system_failure(name, code);
    return directory_->read_file(name, limit);
  }

  Result<void> read_lines(const std::string& name, const kernel::OnLine& on_line) const override {
    if (const int code = ask(name)) return system_failure(name, code);
    return directory_->read_lines(name, on_line);
  }

  Result<std::string_view> read_link(const std::string& name,
                                     std::span<char> buffer) const override {
    if (const int code = ask(name)) return system_failure(name, code);
    return directory_->read_link(name, buffer);
  }

  Result<void> for_each_entry(const kernel::OnEntry& on_entry) const override {
    if (const int code = ask(".")) return system_failure("list directory", code);
    return directory_->for_each_entry(on_entry);
  }

  Result<kernel::FileStamp> stamp(const std::string& name) const override {
    if (const int code = ask(name)) return system_failure(name, code);
    return directory_->stamp(name);
  }

 private:
  std::string below(const std::string& name) const {
    if (name == ".") return path_;
    return path_.empty() ? name : path_ + "/" + name;
  }
  int ask(const std::string& name) const { return watcher_(below(name)); }

  std::shared_ptr<const kernel::Directory> directory_;
  std::string path_;
  Watcher watcher_;
};

}  // namespace

std::unique_ptr<kernel::Directory> watched(std::shared_ptr<const kernel::Directory> directory,
                                           Watcher watcher) {
  return std::make_unique<Watched>(std::move(directory), "", std::move(watcher));
}

}  // namespace sockwatch::test
