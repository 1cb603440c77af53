#include "config/yaml_tree.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "core/text.h"

namespace mailcanary {
namespace {

constexpr int max_height = 24;  // the config's own depth is 6
constexpr std::size_t max_nodes = 1'000'000;

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Reads from memory without a copy.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf wants char*; a get area is never written
    setg(begin, begin, begin + text.size());
  }
};

// Ends the parse from inside a callback; yaml-cpp has no other way out.
struct Refused {
  Place place;
  std::string message;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Report& report) : report_(report) {}
  YamlPtr take_root() { return std::move(root_); }
  Place start() const { return start_; }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = place_of(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    // The place of a missing value is that of the next word in the file; its key is what the reader looks for.
    node.place = !open_.empty() && open_.back().key ? open_.back().key->place : place_of(mark);
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Refused{place_of(mark), "an alias refers to what encloses it; write the value out"};
    count_node(place_of(mark));
    attach(found->second, place_of(mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.place = place_of(mark);
    node.text = value;
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Key {
    std::string text;
    Place place;
    bool duplicate = false;
  };
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<Key> key;                        // a map's key that waits for its value
    std::unordered_map<std::string, int> seen_at;  // key to line
  };

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" || istarts_with(tag, "tag:yaml.org,2002:str")) return;
    if (tag == "tag:yaml.org,2002:map" || tag == "tag:yaml.org,2002:seq") return;
    report_.error(place_of(mark), fmt::format("the tag \"{}\" means nothing here; remove it", cut(one_line(tag), 40)));
  }

  void count_node(Place place) {
    if (++nodes_ > max_nodes) throw Refused{place, fmt::format("more than {} values; split the file", max_nodes)};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check_tag(mark, tag);
    if (static_cast<int>(open_.size()) >= max_height) throw too_deep(place_of(mark));
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key)
      throw Refused{place_of(mark), "a list or a map cannot be a key; write a plain word"};
    Open entry;
    entry.node.kind = kind;
    entry.node.place = place_of(mark);
    entry.anchor = anchor;
    open_.push_back(std::move(entry));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    finish(std::move(done.node), done.anchor);
  }

  void finish(YamlNode node, YAML::anchor_t anchor) {
    const Place place = node.place;
    count_node(place);
    auto shared = std::make_shared<const YamlNode>(std::move(node));
    if (anchor != 0) anchors_[anchor] = shared;
    attach(std::move(shared), place);
  }

  void attach(YamlPtr node, Place place) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    // Aliases can pile up height without nesting in the text.
    parent.node.height = std::max(parent.node.height, node->height + 1);
    if (parent.node.height > max_height) throw too_deep(place);
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      take_key(parent, *node, place);
    } else {
      if (!parent.key->duplicate)
        parent.node.entries.push_back({std::move(parent.key->text), parent.key->place, std::move(node)});
      parent.key.reset();
    }
  }

  void take_key(Open& parent, const YamlNode& node, Place place) {
    if (node.kind != YamlNode::Kind::scalar)
      throw Refused{place, "this key is no plain word; write a name before the colon"};
    const auto [found, added] = parent.seen_at.emplace(node.text, place.line);
    parent.key = Key{node.text, place, !added};
    if (!added)
      report_.error(place, fmt::format("\"{}\" stands twice here, first on line {}; remove one of the two",
                                       cut(one_line(node.text), 40), found->second));
  }

  static Refused too_deep(Place place) { return {place, "values are nested too deeply; no setting is that deep"}; }

  Report& report_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, YamlPtr> anchors_;
  std::size_t nodes_ = 0;
  YamlPtr root_;
  Place start_;
};

// Line and column of a byte, as an editor counts them.
Place place_at(std::string_view text, std::size_t offset) {
  Place place{1, 1};
  for (const char c : text.substr(0, offset)) {
    ++place.column;
    if (c == '\n') place = {place.line + 1, 1};
  }
  return place;
}

// YAML forbids tabs as indentation, and parsers complain of it in riddles. Zero: no line up to `last` has one.
int first_tab_line(std::string_view text, int last) {
  int line = 1;
  while (!text.empty() && line <= last) {
    if (text[std::min(text.find_first_not_of(' '), text.size() - 1)] == '\t') return line;
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    ++line;
  }
  return 0;
}

// yaml-cpp replaces broken bytes in silence and takes some control characters; both would surprise later.
bool check_bytes(Report& report, std::string_view text) {
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  });
  if (control != text.end()) {
    report.error(place_at(text, static_cast<std::size_t>(control - text.begin())),
                 "a control character stands here; remove it (is this a text file?)");
    return false;
  }
  std::size_t line_start = 0;
  while (line_start < text.size()) {
    const std::size_t end = std::min(text.find('\n', line_start), text.size());
    if (!valid_utf8(text.substr(line_start, end - line_start))) {
      report.error(place_at(text, line_start), "this line is not UTF-8; save the file as UTF-8");
      return false;
    }
    line_start = end + 1;
  }
  return true;
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [key](const YamlEntry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

const char* name_of(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::scalar: return "plain text";
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "a map";
  }
  return "nothing";
}

YamlPtr parse_yaml(Report& report, std::string_view text) {
  if (!check_bytes(report, text)) return nullptr;
  TreeBuilder builder(report);
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlPtr root = builder.take_root();
    TreeBuilder second(report);
    if (parser.HandleNextDocument(second) && second.take_root() != nullptr) {
      report.error(second.start(), "a second document begins here (after a line ---); keep one");
      return nullptr;
    }
    return root != nullptr ? root : std::make_shared<const YamlNode>();
  } catch (const Refused& refused) {
    report.error(refused.place, refused.message);
  } catch (const YAML::Exception& exception) {
    const bool placed = !exception.mark.is_null();
    if (const int line = placed ? first_tab_line(text, place_of(exception.mark).line) : 0; line > 0) {
      report.error({line, 1}, "a tab indents this line; indent with spaces");
      return nullptr;
    }
    report.error(
        placed ? place_of(exception.mark) : Place{},
        fmt::format("this is no valid YAML ({}); mend the line or the one above", cut(one_line(exception.msg), 120)));
  } catch (const std::exception& exception) {
    report.error({}, fmt::format("this is no valid YAML ({}); mend the file", cut(one_line(exception.what()), 120)));
  }
  return nullptr;
}

}  // namespace mailcanary
