#include <algorithm>
#include <map>
#include <utility>

#include "settings/reader.h"
#include "settings/words.h"

namespace sockwatch {
namespace {

std::string describe(const YamlNode& node) {
  const std::string empty = node.children.empty() ? "an empty " : "a ";
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return in_quotes(node.text);
    case YamlNode::Kind::list:
      return empty + "list";
    case YamlNode::Kind::map:
      return empty + "map";
  }
  return "";
}

std::string decimal(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

Value::Value(const YamlNode* node, Place place, std::string path, Errors& errors)
    : node_(node), place_(place), path_(std::move(path)), errors_(&errors) {
  if (present() && node->kind != YamlNode::Kind::null) place_ = node->place;
}

const std::string* Value::scalar() const {
  return node_->kind == YamlNode::Kind::scalar ? &node_->text : nullptr;
}

void Value::mistake(std::string_view allowed, std::string_view remark) const {
  errors_->add(
      place_, path_,
      "found " + describe(*node_) + std::string(remark) + "; allowed: " + std::string(allowed));
}

void Value::flag(bool& out) const {
  static constexpr std::array<Named<bool>, 2> kFlags = {{{"true", true}, {"false", false}}};
  choice(out, kFlags);
}

void Value::number(std::size_t& out, Range<std::size_t> range) const {
  if (!present()) return;
  const auto value = scalar() ? parse_whole_number(*scalar()) : std::nullopt;
  if (value && range.contains(*value)) {
    out = *value;
  } else {
    mistake("a whole number from " + std::to_string(range.least) + " to " +
            std::to_string(range.most));
  }
}

bool Value::duration(Milliseconds& out, Range<Milliseconds> range) const {
  if (!present()) return true;
  const auto value = scalar() ? parse_duration(*scalar()) : std::nullopt;
  if (value && range.contains(*value)) {
    out = *value;
    return true;
  }
  const bool bare = scalar() && parse_whole_number(*scalar());
  mistake(duration_text(range.least) + " to " + duration_text(range.most) +
              ", written as 5s, 500ms or 1m30s",
          bare ? " without a unit" : "");
  return false;
}

void Value::share(double& out, Range<double> percent) const {
  if (!present()) return;
  const auto value = scalar() ? parse_percent(*scalar()) : std::nullopt;
  if (value && percent.contains(*value)) {
    out = *value / 100;
  } else {
    mistake(decimal(percent.least) + "% to " + decimal(percent.most) + "%");
  }
}

void Value::text(std::string& out, std::string (*problem)(std::string_view)) const {
  if (!present()) return;
  if (!scalar()) return mistake("text");
  const std::string wrong = problem(*scalar());
  if (wrong.empty()) {
    out = *scalar();
  } else {
    errors_->add(place_, path_, "found " + in_quotes(*scalar()) + ": " + wrong);
  }
}

std::optional<std::size_t> Value::one_of(Names names) const {
  if (!present()) return std::nullopt;
  const std::string text = scalar() ? *scalar() : "";
  const auto name = std::find(names.begin(), names.end(), text);
  if (name != names.end()) return static_cast<std::size_t>(name - names.begin());
  mistake(alternatives(names));
  return std::nullopt;
}

std::vector<Value> Value::items(std::string_view allowed, std::size_t least) const {
  std::vector<Value> items;
  if (!present()) return items;
  if (node_->kind != YamlNode::Kind::list || node_->children.size() < least) {
    mistake(allowed);
    return items;
  }
  std::map<std::string_view, std::size_t> first;
  for (const YamlNode& node : node_->children) {
    const std::size_t index = items.size();
    items.emplace_back(&node, node.place, path_ + '[' + std::to_string(index) + ']', *errors_);
    if (node.kind != YamlNode::Kind::scalar) continue;
    const auto [earlier, is_new] = first.emplace(node.text, index);
    if (!is_new) items.back().mistake("each once", " again, as in " + items[earlier->second].path_);
  }
  return items;
}

}  // namespace sockwatch
