// Every example of every page: configurations load, commands are run and print what is shown. How a page says what its
// test needs stands in tests/docs/README.md.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/docs/session.h"
#include "tests/docs/transcript.h"

using namespace mailcanary::docs;

namespace {

std::string place_of(const Page& page, const Block& block) { return page.name + ":" + std::to_string(block.at_line); }

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += "  " + line + "\n";
  return text;
}

bool wishes(const Block& block, const std::string& wish) {
  return std::find(block.wishes.begin(), block.wishes.end(), wish) != block.wishes.end();
}

bool wishes_for(const Page& page, const std::string& wish) {
  return std::any_of(page.blocks.begin(), page.blocks.end(), [&](const Block& block) { return wishes(block, wish); });
}

// What a part of a file is a part of: the last whole mailcanary.yaml above it, else the one on the first screen.
std::string first_whole_config() {
  for (const auto& block : read_page("README.md").blocks)
    if (block.language == "yaml" && is_whole(block.text())) return block.text();
  return {};
}

void follow(const Page& page) {
  Session session;
  if (wishes_for(page, "servers")) session.use_servers(common_bed());
  for (const auto& block : page.blocks) {
    CAPTURE(place_of(page, block));
    for (const auto& wish : block.wishes) {
      if (wish.starts_with("file ")) {
        session.write(wish.substr(5), block.text(), Session::Accounts::as_written);
      } else if (wish != "servers" && wish != "wrong") {
        session.grant(wish);
      }
    }
    if (block.language == "yaml" && !Session::file_name(block).empty())
      session.write(Session::file_name(block), block.text(),
                    wishes(block, "wrong") ? Session::Accounts::as_written : Session::Accounts::of_the_servers);
    if (block.language != "console") continue;
    for (const auto& exchange : exchanges_of(block.lines)) {
      const auto printed = session.run(exchange.command);
      INFO("$ " << exchange.command << "\nshown:\n" << joined(exchange.shown) << "printed:\n" << joined(printed));
      CHECK(compare(exchange.shown, printed) == Match::yes);
    }
  }
}

}  // namespace

TEST_CASE("every block is of a kind that is tested") {
  const std::set<std::string> tested = {"yaml", "console", "cron", "json", "sh"};
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      CAPTURE(place_of(page, block));
      // Pictures of how it works are the one thing that cannot be run.
      const bool picture = page.name == "docs/how-it-works.md" && block.language == "text";
      CHECK((picture || tested.contains(block.language)));
    }
  }
}

TEST_CASE("every configuration of every page loads, and every one that is shown to be wrong does not") {
  const std::string first = first_whole_config();
  REQUIRE_FALSE(first.empty());
  for (const auto& page : all_pages()) {
    std::string whole = first;
    for (const auto& block : page.blocks) {
      if (block.language != "yaml") continue;
      CAPTURE(place_of(page, block));
      const bool wrong = wishes(block, "wrong");
      const std::string text = is_whole(block.text()) ? block.text() : with_sections_of(whole, block.text());
      if (Session::file_name(block).ends_with("mailcanary.yaml") && is_whole(block.text())) whole = block.text();
      Session session;
      session.with_credentials();
      session.write("page.yaml", text);
      const auto printed = session.run("mailcanary config check -c page.yaml");
      INFO(joined(printed));
      CHECK(session.exit_code() == (wrong ? 2 : 0));
    }
  }
}

TEST_CASE("every command of every page prints what the page shows") {
  for (const auto& page : all_pages()) follow(page);
}

TEST_CASE("every line for cron is a command that does its turn") {
  // In a file for /etc/cron.d the user stands between the times and the command.
  std::vector<std::pair<std::string, int>> lines;
  for (const auto& page : all_pages())
    for (const auto& block : page.blocks)
      if (block.language == "cron")
        for (const auto& line : block.lines) lines.emplace_back(line, 5);
  for (const auto& line : split_lines(read_text(source_folder() / "packaging/mailcanary.cron")))
    if (line.starts_with("*")) lines.emplace_back(line, 6);
  CHECK(lines.size() >= 2);

  Session session;
  session.use_servers(common_bed());
  session.write("/etc/mailcanary/mailcanary.yaml", first_whole_config());
  for (const auto& [line, fields] : lines) {
    CAPTURE(line);
    std::size_t at = 0;
    for (int field = 0; field < fields; ++field) at = line.find_first_not_of(' ', line.find(' ', at));
    CHECK(joined(session.run(line.substr(at))).empty());
    CHECK(session.exit_code() == 0);
  }
}

TEST_CASE("scripts that pages name are there") {
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      if (block.language != "sh") continue;
      for (const auto& line : block.lines) {
        CAPTURE(place_of(page, block));
        const auto program = line.substr(0, line.find(' '));
        if (program.find('/') != std::string::npos) CHECK(std::filesystem::exists(source_folder() / program));
      }
    }
  }
}

TEST_CASE("JSON that pages show is JSON") {
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      if (block.language != "json") continue;
      CAPTURE(place_of(page, block));
      CHECK(nlohmann::json::accept(block.text()));
    }
  }
}

TEST_CASE("every link between pages leads somewhere") {
  for (const auto& page : all_pages()) {
    for (const auto& link : page.links()) {
      if (link.starts_with("https://")) continue;
      CAPTURE(page.name);
      CAPTURE(link);
      const auto hash = link.find('#');
      const auto file = link.substr(0, hash);
      const auto target = file.empty() ? source_folder() / page.name
                                       : (source_folder() / page.name).parent_path() / file;
      CHECK(std::filesystem::exists(target));
      if (hash == std::string::npos) continue;
      std::set<std::string> anchors;
      for (const auto& heading : read_page(std::filesystem::relative(target, source_folder()).string()).headings()) {
        std::string anchor;  // as GitHub makes it
        for (const char c : heading) {
          if (c == ' ') anchor += '-';
          if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') anchor += c;
          if (c >= 'A' && c <= 'Z') anchor += static_cast<char>(c - 'A' + 'a');
        }
        anchors.insert(anchor);
      }
      CHECK(anchors.contains(link.substr(hash + 1)));
    }
  }
}
