#include "tests/docs/pages.h"
#include "tests/places.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace mailcanary::docs {
namespace {

const std::string fence = "```";
const std::string wish_begin = "<!-- test: ";
const std::string wish_end = " -->";

std::size_t rank_of(const std::string& line) {
  const auto end = line.find_first_not_of('#');
  return end != std::string::npos && end > 0 && line[end] == ' ' ? end : 0;
}

std::string trim(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// "| a | b \| c |": a bar behind a backslash belongs to the cell.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      cells.push_back(trim(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return cells;
}

bool is_rule(const std::string& line) { return line.find_first_not_of("|-: ") == std::string::npos; }

class Reader {
 public:
  explicit Reader(Page& page) : page_(page) {}

  void read() {
    int number = 0;
    for (const auto& line : split_lines(page_.text)) take(line, ++number);
    if (in_block_) throw std::runtime_error(page_.name + ": a block does not end");
  }

 private:
  void take(const std::string& line, int number) {
    if (in_block_) {
      in_block_ = line != fence;
      if (in_block_) page_.blocks.back().lines.push_back(line);
    } else if (line.starts_with(fence)) {
      in_block_ = true;
      page_.blocks.push_back({line.substr(fence.size()), number, {}, std::exchange(wishes_, {})});
    } else if (line.starts_with(wish_begin)) {
      wishes_.push_back(line.substr(wish_begin.size(), line.size() - wish_begin.size() - wish_end.size()));
    } else {
      take_prose(line);
    }
  }

  void take_prose(const std::string& line) {
    if (const auto rank = rank_of(line); rank > 0) heading_ = line.substr(rank + 1);
    if (!line.starts_with('|')) {
      in_table_ = false;
    } else if (!in_table_) {
      in_table_ = true;
      page_.tables.push_back({heading_, {}});
    } else if (!is_rule(line)) {
      page_.tables.back().rows.push_back(cells_of(line));
    }
  }

  Page& page_;
  bool in_block_ = false, in_table_ = false;
  std::string heading_;
  std::vector<std::string> wishes_;
};

// The prose alone; lines are kept.
std::vector<std::string> prose_of(const Page& page) {
  std::vector<std::string> prose;
  bool in_block = false;
  for (const auto& line : split_lines(page.text)) {
    if (line.starts_with(fence)) in_block = !in_block;
    prose.push_back(in_block || line.starts_with(fence) ? "" : line);
  }
  return prose;
}

}  // namespace

std::string Block::text() const {
  std::string joined;
  for (const auto& line : lines) joined += line + "\n";
  return joined;
}

std::string Page::section(const std::string& heading) const {
  std::string found;
  std::size_t rank = 0;
  for (const auto& line : split_lines(text)) {
    const auto here = rank_of(line);
    if (rank > 0 && here > 0 && here <= rank) break;
    if (rank == 0 && here > 0 && line.substr(here + 1) == heading) rank = here;
    if (rank > 0) found += line + "\n";
  }
  return found;
}

std::vector<std::string> Page::headings() const {
  std::vector<std::string> found;
  for (const auto& line : prose_of(*this))
    if (const auto rank = rank_of(line); rank > 0) found.push_back(line.substr(rank + 1));
  return found;
}

std::vector<std::string> Page::links() const {
  static const std::regex link(R"(\]\(([^)]+)\))");
  std::vector<std::string> found;
  for (const auto& line : prose_of(*this))
    for (std::sregex_iterator at(line.begin(), line.end(), link), end; at != end; ++at) found.push_back((*at)[1]);
  return found;
}

std::filesystem::path source_folder() { return testbed::source_folder(); }

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Page read_page(const std::string& name) {
  Page page;
  page.name = name;
  page.text = read_text(source_folder() / name);
  Reader(page).read();
  return page;
}

const std::vector<Page>& all_pages() {
  static const std::vector<Page> pages = [] {
    std::vector<std::string> names{"README.md", "packaging/README.md"};
    for (const auto& entry : std::filesystem::directory_iterator(source_folder() / "docs"))
      if (entry.path().extension() == ".md") names.push_back("docs/" + entry.path().filename().string());
    std::sort(names.begin(), names.end());
    std::vector<Page> read;
    for (const auto& name : names) read.push_back(read_page(name));
    return read;
  }();
  return pages;
}

std::string without_ticks(const std::string& cell) { return replace_all(cell, "`", ""); }

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace mailcanary::docs
