// Reads a YAML tree setting by setting. Whoever reads says what is allowed; what the document says
// instead is recorded with its place and key path, and reading goes on. A setting that is absent or
// mistaken leaves its variable as it was.
// Section and Value point into the tree and to the Errors, which must outlive them.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "settings/choices.h"
#include "settings/errors.h"
#include "settings/values.h"
#include "settings/yaml_document.h"

namespace sockwatch {

inline constexpr std::string_view kLaterVersion = ", not yet supported by this version";

/// One value, or the absence of one.
class Value {
 public:
  using Names = std::span<const std::string_view>;

  /// `node` is null for an absent value. `place` is where its key stands: an empty value has no
  /// better one.
  Value(const YamlNode* node, Place place, std::string path, Errors& errors);

  bool present() const { return node_ != nullptr; }
  const YamlNode* node() const { return node_; }
  const std::string& path() const { return path_; }
  Errors& errors() const { return *errors_; }

  void flag(bool& out) const;
  void number(std::size_t& out, Range<std::size_t> range) const;
  /// False when it is there and mistaken.
  bool duration(Milliseconds& out, Range<Milliseconds> range) const;
  /// A share of one, written as a percentage; `percent` is the range of that.
  void share(double& out, Range<double> percent) const;
  /// `problem` answers what is wrong with a text and what is allowed, or "".
  void text(std::string& out, std::string (*problem)(std::string_view)) const;

  template <typename T, std::size_t N>
  void choice(T& out, const std::array<Named<T>, N>& choices) const {
    if (const auto index = one_of(names_of(choices))) out = choices[*index].value;
  }
  /// The index of the name that this is; nothing when it is absent or none of them.
  std::optional<std::size_t> one_of(Names names) const;

  /// The items of a list, all different; none when it is absent or mistaken.
  std::vector<Value> items(std::string_view allowed, std::size_t least = 0) const;

  /// Records "found <value><remark>; allowed: <allowed>".
  void mistake(std::string_view allowed, std::string_view remark = "") const;

 private:
  const std::string* scalar() const;

  const YamlNode* node_;
  Place place_;
  std::string path_;
  Errors* errors_;
};

/// The keys of one map. A key that nobody asked for is a mistake.
class Section {
 public:
  explicit Section(const Value& map);

  Value key(std::string_view name);

  /// A key that a later version will know: only an empty value, which changes nothing, is let by.
  void later_key(std::string_view name);

  void refuse_unknown_keys() const;

 private:
  struct Entry {
    const YamlNode* key;
    const YamlNode* value;
    bool asked_for;
  };

  Value take(std::string_view name);
  std::string path_of(std::string_view name) const;

  Value map_;
  std::vector<Entry> entries_;
  std::vector<std::string_view> known_;
};

/// Reads a map that may be absent or empty.
void read_section(const Value& map, const std::function<void(Section&)>& read);

}  // namespace sockwatch
