#include "support/memory_directory.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sockwatch::test {

struct MemoryDirectory::Node {
  enum class Kind { directory, file, link };

  Kind kind = Kind::directory;
  bool gone = false;
  std::uint64_t inode = 0;
  std::string text;  // of a file; the target of a link
  std::map<std::string, std::shared_ptr<Node>, std::less<>> entries;
};

namespace {

using Node = MemoryDirectory::Node;

constexpr std::size_t kLongestLine = 4096;

/// Takes the first part off the path.
std::string_view next_part(std::string_view& path) {
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(part.size() + 1, path.size()));
  return part;
}

class Handle final : public kernel::Directory {
 public:
  explicit Handle(std::shared_ptr<const Node> directory) : directory_(std::move(directory)) {}

  using Directory::read_link;

  Result<std::unique_ptr<Directory>> open(const std::string& name) const override {
    auto node = find(name, Node::Kind::directory, ENOTDIR);
    if (!node) return tl::unexpected(node.error());
    return std::make_unique<Handle>(std::move(*node));
  }

  Result<std::string> read_file(const std::string& name, std::size_t limit) const override {
    const auto node = find(name, Node::Kind::file, EISDIR);
    if (!node) return tl::unexpected(node.error());
    if ((*node)->text.size() > limit) return system_failure(name, EFBIG);
    return (*node)->text;
  }

  Result<void> read_lines(const std::string& name, const kernel::OnLine& on_line) const override {
    const auto node = find(name, Node::Kind::file, EISDIR);
    if (!node) return tl::unexpected(node.error());
    std::string_view text = (*node)->text;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      if (line.size() > kLongestLine) return system_failure(name, EFBIG);
      if (!on_line(line)) return {};
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return {};
  }

  Result<std::string_view> read_link(const std::string& name,
                                     std::span<char> buffer) const override {
    const auto node = find(name, Node::Kind::link, EINVAL);
    if (!node) return tl::unexpected(node.error());
    const std::size_t size = std::min(buffer.size(), (*node)->text.size());
    std::copy_n((*node)->text.begin(), size, buffer.begin());
    return std::string_view(buffer.data(), size);
  }

  Result<void> for_each_entry(const kernel::OnEntry& on_entry) const override {
    if (directory_->gone) return system_failure("list directory", ESRCH);
    const auto listed = directory_->entries;  // what is called may change the tree
    for (const auto& [name, node] : listed) {
      on_entry({name.c_str(), node->inode, node->kind == Node::Kind::directory});
    }
    return {};
  }

  Result<kernel::FileStamp> stamp(const std::string& name) const override {
    const auto node = find(name);
    if (!node) return tl::unexpected(node.error());
    return kernel::FileStamp{(*node)->inode, {}};
  }

 private:
  Result<std::shared_ptr<const Node>> find(const std::string& name) const {
    std::shared_ptr<const Node> node = directory_;
    for (std::string_view rest = name; !rest.empty();) {
      const std::string_view part = next_part(rest);
      if (node->gone) return system_failure(name, ESRCH);
      if (part.empty() || part == ".") continue;
      if (node->kind != Node::Kind::directory) return system_failure(name, ENOTDIR);
      const auto entry = node->entries.find(part);
      if (entry == node->entries.end()) return system_failure(name, ENOENT);
      node = entry->second;
    }
    return node;
  }

  Result<std::shared_ptr<const Node>> find(const std::string& name, Node::Kind kind,
                                           int otherwise) const {
    auto node = find(name);
    if (node && (*node)->kind != kind) return system_failure(name, otherwise);
    return node;
  }

  std::shared_ptr<const Node> directory_;
};

void end(Node& node) {
  node.gone = true;
  for (auto& [name, below] : node.entries) end(*below);
}

}  // namespace

MemoryDirectory::MemoryDirectory() : top_(new_node()) {}

std::unique_ptr<kernel::Directory> MemoryDirectory::open() const {
  return std::make_unique<Handle>(top_);
}

void MemoryDirectory::write(const std::string& path, std::string text) {
  std::shared_ptr<Node>& node = place(path);
  if (node) end(*node);
  node = new_node();
  node->kind = Node::Kind::file;
  node->text = std::move(text);
}

void MemoryDirectory::link(const std::string& path, std::string target) {
  write(path, std::move(target));
  place(path)->kind = Node::Kind::link;
}

std::uint64_t MemoryDirectory::make_directory(const std::string& path) {
  std::shared_ptr<Node>& node = place(path);
  if (!node) node = new_node();
  return node->inode;
}

void MemoryDirectory::remove(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  std::shared_ptr<Node> parent = slash == std::string::npos ? top_ : place(path.substr(0, slash));
  const auto entry = parent->entries.find(path.substr(slash + 1));
  if (entry == parent->entries.end()) throw std::runtime_error("not there: " + path);
  end(*entry->second);
  parent->entries.erase(entry);
}

/// Null where nothing is yet.
std::shared_ptr<Node>& MemoryDirectory::place(const std::string& path) {
  std::shared_ptr<Node>* node = &top_;
  for (std::string_view rest = path; !rest.empty();) {
    if (!*node) *node = new_node();
    if ((*node)->kind != Node::Kind::directory) throw std::runtime_error("no directory: " + path);
    node = &(*node)->entries[std::string(next_part(rest))];
  }
  return *node;
}

std::shared_ptr<Node> MemoryDirectory::new_node() {
  auto node = std::make_shared<Node>();
  node->inode = ++last_inode_;
  return node;
}

}  // namespace sockwatch::test
