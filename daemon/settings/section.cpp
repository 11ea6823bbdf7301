#include <algorithm>
#include <map>

#include "settings/reader.h"
#include "settings/words.h"
#include "support/text.h"

namespace sockwatch {
namespace {

bool is_empty(const YamlNode& node) {
  return node.text.empty() && node.children.empty();
}

}  // namespace

Section::Section(const Value& map) : map_(map) {
  const YamlNode* node = map.node();
  if (!map.present() || node->kind == YamlNode::Kind::null) return;
  if (node->kind != YamlNode::Kind::map) {
    map.mistake("keys with values");
    return;
  }
  std::map<std::string_view, Place> first;
  for (std::size_t i = 0; i + 1 < node->children.size(); i += 2) {
    const YamlNode& key = node->children[i];
    const auto [earlier, is_new] = first.emplace(key.text, key.place);
    if (is_new) {
      entries_.push_back({&key, &node->children[i + 1], false});
    } else {
      map.errors().add(key.place, path_of(key.text),
                       "found again, first at " + std::to_string(earlier->second.line) + ':' +
                           std::to_string(earlier->second.column) + "; allowed: each key once");
    }
  }
}

std::string Section::path_of(std::string_view name) const {
  const std::string shown = name.empty() ? "\"\"" : printable(name);
  return map_.path().empty() ? shown : map_.path() + '.' + shown;
}

Value Section::take(std::string_view name) {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [name](const Entry& e) { return e.key->text == name; });
  if (entry == entries_.end()) return Value(nullptr, {}, path_of(name), map_.errors());
  entry->asked_for = true;
  return Value(entry->value, entry->key->place, path_of(name), map_.errors());
}

Value Section::key(std::string_view name) {
  known_.push_back(name);
  return take(name);
}

void Section::later_key(std::string_view name) {
  const Value value = take(name);
  if (value.present() && !is_empty(*value.node())) value.mistake("leave it out", kLaterVersion);
}

void Section::refuse_unknown_keys() const {
  for (const Entry& entry : entries_) {
    if (entry.asked_for) continue;
    map_.errors().add(entry.key->place, path_of(entry.key->text),
                      "unknown key" + suggestion(entry.key->text, known_));
  }
}

void read_section(const Value& map, const std::function<void(Section&)>& read) {
  Section section(map);
  read(section);
  section.refuse_unknown_keys();
}

}  // namespace sockwatch
