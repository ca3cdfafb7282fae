#include "harness/core/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

namespace iff {
namespace {

SourceMark From(const YAML::Mark& mark) { return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1}; }

// Ends the parser as soon as the document is too large: the parser itself bounds nothing but the stack.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlLimits& limits, YamlTree& tree) : limits_(limits), nodes_(tree.nodes) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Add(mark, anchor, YamlNode::Kind::kNull); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    if (target == anchors_.end()) throw YAML::ParserException(mark, "unknown alias");
    const uint32_t named = target->second;
    Add(mark, YAML::NullAnchor, YamlNode::Kind::kAlias).target = named;
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode& node = Add(mark, anchor, YamlNode::Kind::kScalar);
    node.quoted = tag == "!";
    node.text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  YamlNode& Add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (nodes_.size() >= limits_.values) {
      throw YAML::ParserException(mark, "more than " + std::to_string(limits_.values) + " values in one file");
    }
    const auto index = static_cast<uint32_t>(nodes_.size());
    if (!open_.empty()) nodes_[open_.back()].children.push_back(index);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = index;
    nodes_.push_back({.kind = kind, .mark = From(mark)});
    return nodes_.back();
  }
  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (open_.size() >= limits_.depth) {
      throw YAML::ParserException(mark, "nested deeper than " + std::to_string(limits_.depth));
    }
    Add(mark, anchor, kind);
    open_.push_back(static_cast<uint32_t>(nodes_.size() - 1));
  }

  const YamlLimits& limits_;
  std::vector<YamlNode>& nodes_;
  std::vector<uint32_t> open_ = {};
  std::map<YAML::anchor_t, uint32_t> anchors_ = {};
};

// The place of the first indicator beyond the limit, or nothing.
std::optional<SourceMark> TooManyIndicators(std::string_view text, size_t limit) {
  SourceMark mark;
  size_t count = 0;
  for (const char c : text) {
    count += c == '[' || c == ']' || c == '{' || c == '}' || c == ',' ? 1 : 0;
    if (count > limit) return mark;
    mark = c == '\n' ? SourceMark{mark.line + 1, 1} : SourceMark{mark.line, mark.column + 1};
  }
  return {};
}

}  // namespace

bool YamlTree::Read(std::string_view text, const YamlLimits& limits, YamlTree& tree, YamlProblem& problem) {
  if (const std::optional<SourceMark> mark = TooManyIndicators(text, limits.indicators)) {
    problem = {*mark, "more than " + std::to_string(limits.indicators) + " of the characters [ ] { } , in one file"};
    return false;
  }
  try {  // yaml-cpp throws; it goes no further than this
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder(limits, tree);
    parser.HandleNextDocument(builder);
    return true;
  } catch (const YAML::Exception& wrong) {
    problem = {From(wrong.mark), wrong.msg};
    return false;
  }
}

}  // namespace iff
