// The tables of the pages are complete: each compared with what the program has.
#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/channel_kinds.h"
#include "config/config.h"
#include "config/endpoint.h"
#include "config/fields.h"
#include "config/presets.h"
#include "tests/catch.h"
#include "tests/docs/session.h"

using namespace mailcanary;
using namespace mailcanary::docs;

namespace {

using Names = std::vector<std::string>;

// The first column of all tables below the heading.
Names first_column(const Page& page, const std::string& heading) {
  Names names;
  for (const auto& table : page.tables) {
    if (table.heading != heading) continue;
    for (const auto& row : table.rows) names.push_back(without_ticks(row.front()));
  }
  return names;
}

Names sorted(Names names) {
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Names> rows_of(const Page& page, const std::string& heading) {
  for (const auto& table : page.tables)
    if (table.heading == heading) return table.rows;
  return {};
}

std::string output_of(const std::string& command) {
  Session session;
  std::string text;
  for (const auto& line : session.run(command)) text += line + "\n";
  return text;
}

// Commands by name, from the program's own help.
Names commands_of_help() {
  Names names;
  bool listed = false;
  for (const auto& line : split_lines(output_of("mailcanary --help"))) {
    if (listed && !line.starts_with("  ")) break;
    if (listed) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line == "Subcommands:") listed = true;
  }
  return names;
}

// "--json", "-n": whatever stands in the text as an option.
std::set<std::string> options_in(const std::string& text) {
  static const std::regex option(R"((^|[\s`,|(])(--[a-z][a-z-]*|-[a-z])(?=[\s`,|.)]|$))");
  std::set<std::string> options;
  for (std::sregex_iterator at(text.begin(), text.end(), option), end; at != end; ++at) options.insert((*at)[2]);
  return options;
}

std::string server_cell(const std::optional<Endpoint>& endpoint) {
  return endpoint ? "`" + to_url(*endpoint) + "`" : "-";
}

}  // namespace

TEST_CASE("docs/configuration.md has every key of the file, and no other") {
  const Page page = read_page("docs/configuration.md");
  const std::map<std::string, Section> sections = {
      {"The whole file", Section::top}, {"Secrets", Section::secret}, {"Providers", Section::provider},
      {"Accounts", Section::account},   {"Sent mails", Section::sent}, {"TLS", Section::tls},        {"Routes", Section::route},
      {"Meshes", Section::mesh},        {"Rules", Section::rule},     {"Notify", Section::notify},
      {"Escalation", Section::escalate}, {"Maintenance", Section::maintenance}, {"Status page", Section::status}, {"What is promised", Section::slo}, {"Retention", Section::retention},
  };
  for (const auto& [heading, section] : sections) {
    CAPTURE(heading);
    Names keys;
    for (const auto& field : fields_of(section)) keys.emplace_back(field.key);
    CHECK(first_column(page, heading) == keys);
  }
}

TEST_CASE("docs/configuration.md says of each measure what the program says of it") {
  std::vector<Names> rows;
  for (const auto& measure : measure_table())
    rows.push_back({fmt::format("`{}`", measure.name), measure.unit, measure.says});
  CHECK(rows_of(read_page("docs/configuration.md"), "Measures") == rows);
}

TEST_CASE("docs/configuration.md has every preset as it is") {
  std::vector<Names> rows;
  for (const auto& preset : presets())
    rows.push_back({fmt::format("`{}`", preset.name), server_cell(preset.smtp), server_cell(preset.inbox),
                    preset.daily_limit == 0 ? "-" : std::to_string(preset.daily_limit),
                    std::to_string(preset.max_sessions)});
  CHECK(rows_of(read_page("docs/configuration.md"), "Presets") == rows);
}

TEST_CASE("the rules that docs/configuration.md calls the default ones are those that apply") {
  const std::string heading = "The default rules";
  const Page page = read_page("docs/configuration.md");
  const std::string section = page.section(heading);
  std::string rules;
  for (const auto& block : page.blocks)
    if (block.language == "yaml" && section.find(block.text()) != std::string::npos) rules += block.text();
  REQUIRE(rules.starts_with("rules:"));

  std::string plain;
  for (const auto& block : read_page("README.md").blocks)
    if (block.language == "yaml") plain += block.text();
  const auto shown = [](const std::string& yaml) {
    Session session;
    session.write("mailcanary.yaml", yaml);
    return session.run("mailcanary config show");
  };
  CHECK(shown(plain) == shown(with_sections_of(plain, rules)));
}

TEST_CASE("docs/channels.md has every kind of channel with every setting") {
  const Page page = read_page("docs/channels.md");
  Names kinds;
  for (const auto& kind : channel_kinds()) {
    CAPTURE(kind.name);
    kinds.emplace_back(kind.name);
    Names settings;
    for (const auto& setting : kind.settings) settings.emplace_back(setting.name);
    CHECK(first_column(page, kind.name) == settings);
  }
  CHECK(sorted(first_column(page, "Channels: where notices go")) == sorted(kinds));
}

TEST_CASE("docs/commands.md has every command with every option") {
  const Page page = read_page("docs/commands.md");
  const Names commands = commands_of_help();
  CHECK(commands.size() >= 10);
  CHECK(first_column(page, "Commands") == commands);
  for (const auto& command : commands) {
    CAPTURE(command);
    const std::string section = page.section(command);
    CHECK_FALSE(section.empty());
    auto options = options_in(output_of("mailcanary " + command + " --help"));
    options.erase("-h");
    options.erase("--help");
    Names documented = first_column(page, command);
    std::set<std::string> in_table;
    for (const auto& cell : documented)
      for (const auto& option : options_in(cell)) in_table.insert(option);
    CHECK(in_table == options);
  }
}

TEST_CASE("README.md names every command") {
  const std::string text = read_page("README.md").section("Commands");
  for (const auto& command : commands_of_help()) {
    CAPTURE(command);
    CHECK(std::regex_search(text, std::regex("`" + command + "[` ]")));
  }
}

TEST_CASE("docs/monitoring.md has every fate, and every metric that run shows") {
  const Page page = read_page("docs/monitoring.md");
  std::string plain;
  for (const auto& block : read_page("README.md").blocks)
    if (block.language == "yaml") plain += block.text();
  Session session;
  session.use_servers(common_bed());
  session.write("mailcanary.yaml", plain + "status: {listen: \"127.0.0.1:8025\"}\n");
  session.grant("run -c mailcanary.yaml");
  session.grant("until mailcanary status -c mailcanary.yaml | grep -q '^ok .*shop-watch'");

  static const std::regex metric("# HELP ([a-z_]+) .*");
  Names metrics;
  for (const auto& line : session.run("curl -s http://127.0.0.1:8025/metrics"))
    if (std::smatch found; std::regex_match(line, found, metric)) metrics.push_back(found[1]);
  CHECK(metrics.size() > 10);
  CHECK(sorted(first_column(page, "Prometheus")) == sorted(metrics));

  const auto printed = session.run("mailcanary audit --json -c mailcanary.yaml");
  REQUIRE(printed.size() == 1);
  Names fates;
  const auto books = nlohmann::json::parse(printed.front());
  for (const auto& [fate, count] : books.at("fates").items()) fates.push_back(fate);
  CHECK(sorted(first_column(page, "What each fate means")) == sorted(fates));
}

TEST_CASE("what packaging/ has a monitoring system wait for is longer than a route's mail may take, and shorter than its time-out") {
  const auto folder = source_folder() / "packaging";
  const auto number = [](const std::string& text, const char* pattern) {
    std::smatch found;
    REQUIRE(std::regex_search(text, found, std::regex(pattern)));
    return std::stoi(found[1]);
  };
  const auto late_after = std::chrono::duration_cast<std::chrono::seconds>(Route{}.late_after).count();
  const std::string nagios = read_text(folder / "nagios.cfg"), icinga = read_text(folder / "icinga2.conf");
  CHECK(number(nagios, "--wait ([0-9]+)s") > late_after);
  CHECK(number(nagios, "--wait ([0-9]+)s") < number(nagios, "service_check_timeout=([0-9]+)"));
  CHECK(number(icinga, "mailcanary_wait = \"([0-9]+)s") > late_after);
  CHECK(number(icinga, "mailcanary_wait = \"([0-9]+)s") < number(icinga, "timeout = ([0-9]+)s"));
}

TEST_CASE("what packaging/ names is there: commands, options and metrics") {
  const auto folder = source_folder() / "packaging";
  const Names commands = commands_of_help();
  static const std::regex call(R"(bin/mailcanary(?: |", ")([a-z]+))"), metric(R"((mailcanary|process)_[a-z_]+)");
  int calls = 0;
  for (const char* name : {"mailcanary.service.in", "nagios.cfg", "icinga2.conf"}) {
    CAPTURE(name);
    const auto text = replace_all(read_text(folder / name), "@CMAKE_INSTALL_FULL_BINDIR@", "/usr/local/bin");
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
      const std::string command = (*at)[1];
      CAPTURE(command);
      CHECK(std::find(commands.begin(), commands.end(), command) != commands.end());
      const auto known = options_in(output_of("mailcanary " + command + " --help"));
      for (const auto& option : options_in(replace_all(text, "\"", " "))) CHECK(known.contains(option));
      ++calls;
    }
  }
  CHECK(calls == 3);

  const auto documented = first_column(read_page("docs/monitoring.md"), "Prometheus");
  for (const char* file : {"prometheus.rules.yaml", "grafana.json"}) {
    const auto text = read_text(folder / file);
    int metrics = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), metric), end; at != end; ++at, ++metrics) {
      std::string name = replace_all(at->str(), "_bucket", "");
      // The parts of a histogram that means are made of.
      for (const char* part : {"_sum", "_count"})
        if (name.starts_with("mailcanary_stage_seconds") && name.ends_with(part)) name = "mailcanary_stage_seconds";
      CAPTURE(file, name);
      CHECK(std::find(documented.begin(), documented.end(), name) != documented.end());
    }
    CHECK(metrics >= 6);
  }
  CHECK_FALSE(nlohmann::json::parse(read_text(folder / "grafana.json"), nullptr, false).is_discarded());
}
