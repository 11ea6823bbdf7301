#include "settings/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>
#include <utility>

#include "settings/document_bytes.h"
#include "support/text.h"

namespace sockwatch {
namespace {

Place place_of(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& why) {
  throw YAML::ParserException(mark, why);
}

bool is_open_bracket(const YAML::Exception& error) {
  return error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW ||
         error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
}

bool is_open_quote(const YAML::Exception& error) {
  return error.msg == YAML::ErrorMsg::EOF_IN_SCALAR || error.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
}

/// Builds the tree from the parser's events, as long as they stay within the limits.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(started_, true)) refuse(mark, "a second document; allowed: one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node(YamlNode::Kind::null, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode scalar = node(YamlNode::Kind::scalar, mark, tag, anchor);
    scalar.text = value;
    add(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, node(YamlNode::Kind::list, mark, tag, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, node(YamlNode::Kind::map, mark, tag, anchor));
  }
  void OnMapEnd() override { close(); }

  YamlNode take_root() { return std::move(root_); }

  /// A bracket that is never closed is better found at its start than where the parser gave up.
  Place place_of_error(const YAML::Exception& error) const {
    return is_open_bracket(error) && !open_.empty() ? open_.back().place : place_of(error.mark);
  }

 private:
  YamlNode node(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor) {
    if (++nodes_ > kMaxYamlNodes) {
      refuse(mark, "more than " + std::to_string(kMaxYamlNodes) + " keys and values");
    }
    refuse_anchor(mark, anchor);
    const bool untagged = tag.empty() || tag == "?" || tag == "!";
    if (!untagged) refuse(mark, "tags are not allowed");
    return {kind, place_of(mark), "", {}};
  }

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors and aliases are not allowed");
  }

  void open(const YAML::Mark& mark, YamlNode collection) {
    if (open_.size() == kMaxYamlDepth) {
      refuse(mark, "nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
    }
    open_.push_back(std::move(collection));
  }

  void close() {
    YamlNode complete = std::move(open_.back());
    open_.pop_back();
    add(std::move(complete));
  }

  void add(YamlNode complete) {
    if (open_.empty()) {
      root_ = std::move(complete);
    } else {
      open_.back().children.push_back(std::move(complete));
    }
  }

  bool started_ = false;
  std::size_t nodes_ = 0;
  YamlNode root_;
  std::vector<YamlNode> open_;  // the lists and maps around the next event, outermost first
};

/// yaml-cpp forgives a quote that the end of the text leaves open, but not one that spans the end
/// of the document.
std::string with_explicit_end(std::string_view text) {
  const bool whole_lines = text.empty() || text.ends_with('\n');
  return std::string(text) + (whole_lines ? "...\n" : "\n...\n");
}

std::string reason(const YAML::Exception& error) {
  constexpr std::size_t kLongest = 200;
  if (is_open_bracket(error)) return "YAML: a bracket is never closed";
  if (is_open_quote(error)) return "YAML: a quote is never closed";
  return "YAML: " + printable(error.msg, kLongest);
}

}  // namespace

std::optional<YamlNode> parse_yaml(std::string_view text, Errors& errors) {
  if (!check_document_bytes(text, errors)) return std::nullopt;
  TreeBuilder builder;
  try {
    std::istringstream stream(with_explicit_end(text));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const YAML::Exception& error) {
    errors.add(builder.place_of_error(error), "", reason(error));
  } catch (const std::exception& error) {
    errors.add({}, "", std::string("YAML: ") + error.what());
  }
  return std::nullopt;
}

}  // namespace sockwatch
