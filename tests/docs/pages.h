// The pages that users read, taken apart: fenced blocks, tables, links and the wishes a page has for its test.
// Threads: any. A page that cannot be read is a std::runtime_error: in a test there is no way on.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mailcanary::docs {

struct Block {
  std::string language;             // the word after the fence
  int at_line = 0;                  // of the fence, from 1
  std::vector<std::string> lines;
  std::vector<std::string> wishes;  // "X" of each "<!-- test: X -->" between the block before and this one
  std::string text() const;
};

struct Table {
  std::string heading;  // the nearest one above
  std::vector<std::vector<std::string>> rows;  // without the head
};

struct Page {
  std::string name;  // "docs/commands.md"
  std::string text;
  std::vector<Block> blocks;
  std::vector<Table> tables;

  // From the heading (without its #) to the next one of the same or a higher rank; empty when there is none.
  std::string section(const std::string& heading) const;
  std::vector<std::string> headings() const;
  // Targets of all Markdown links outside of blocks.
  std::vector<std::string> links() const;
};

std::filesystem::path source_folder();
std::string read_text(const std::filesystem::path& file);
Page read_page(const std::string& name);
// README.md, all of docs/, packaging/README.md.
const std::vector<Page>& all_pages();

// "`every`" is every; other text stays.
std::string without_ticks(const std::string& cell);
std::vector<std::string> split_lines(const std::string& text);
std::string replace_all(std::string text, const std::string& from, const std::string& to);

}  // namespace mailcanary::docs
