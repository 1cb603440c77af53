// The examples are documentation that is tested: each loads without an error, shows itself, and loads again from that.
#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/channel_kinds.h"
#include "config/fields.h"
#include "tests/config/config_folder.h"
#include "tests/places.h"

using namespace mailcanary;
namespace fs = std::filesystem;

namespace {

const char* const secrets[] = {"SHOP_PASSWORD",      "OFFICE_PASSWORD",     "PAGER_SECRET",
                               "GMAIL_APP_PASSWORD", "ICLOUD_APP_PASSWORD", "FASTMAIL_APP_PASSWORD"};

std::vector<fs::path> examples() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(testbed::source_folder() / "config/examples"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The example with its files in a folder of the test's own.
std::string moved(std::string yaml, const ConfigFolder& folder) {
  const std::string place = "/etc/mailcanary/";
  for (auto at = yaml.find(place); at != std::string::npos; at = yaml.find(place))
    yaml.replace(at, place.size(), folder / "");
  return yaml;
}

Loaded load_example(const fs::path& file, const ConfigFolder& folder) {
  for (const char* name : {"secret", "watch.password", "shop.password", "ses.password", "seed.password",
                           "bounces.password", "frankfurt", "helsinki", "ca.pem"})
    folder.put(name, "not really a secret\n");
  folder.put("slack.url", "https://hooks.slack.example/services/T/B/X\n");
  const auto yaml = read_file(file);
  REQUIRE(yaml);
  return folder.load(moved(*yaml, folder));
}

std::string errors_of(const Loaded& loaded) {
  std::string errors;
  for (const auto& diagnostic : loaded.diagnostics)
    if (diagnostic.severity == Diagnostic::Severity::error) errors += to_text(diagnostic, "mc.yaml") + "\n";
  return errors;
}

class ExampleSecrets {
 public:
  ExampleSecrets() {
    for (const char* name : secrets) setenv(name, "not really a secret", 1);
  }
  ~ExampleSecrets() {
    for (const char* name : secrets) unsetenv(name);
  }
};

}  // namespace

TEST_CASE("every example loads, and what config show prints of it loads to the same") {
  const ExampleSecrets environment;
  const auto files = examples();
  CHECK(files.size() >= 6);
  for (const auto& file : files) {
    INFO(file.filename().string());
    const ConfigFolder folder;
    const WithEnvironment credentials("CREDENTIALS_DIRECTORY", (folder / "").string());
    const Loaded loaded = load_example(file, folder);
    CHECK(errors_of(loaded).empty());
    CHECK_FALSE(loaded.config.routes.empty());
    const std::string shown = show_config(loaded.config);
    CHECK(shown.find("not really") == std::string::npos);
    CHECK(shown.find("hooks.slack") == std::string::npos);

    // A mask is no web address: where one stands, an address is put back.
    std::string again_yaml = shown;
    const std::string masked_url = "webhook: \"****************\"";
    for (auto at = again_yaml.find(masked_url); at != std::string::npos; at = again_yaml.find(masked_url))
      again_yaml.replace(at, masked_url.size(), "webhook: https://x.example");
    const Loaded again = folder.load(again_yaml);
    CHECK(errors_of(again).empty());
    CHECK(show_config(again.config) == shown);
  }
}

TEST_CASE("config show prints the whole effective config with secrets masked") {
  const ExampleSecrets environment;
  const ConfigFolder folder;
  const Loaded loaded = load_example(testbed::source_folder() / "config/examples/reseller.yaml", folder);
  const auto golden = testbed::source_folder() / "tests/config/golden/reseller-shown.yaml";
  const std::string shown = show_config(loaded.config);
  if (std::getenv("MAILCANARY_RENEW_GOLDEN") != nullptr) {
    fs::create_directories(golden.parent_path());
    REQUIRE(write_file_atomically(golden, shown, FileMode::world_readable));
  }
  const auto expected = read_file(golden);
  REQUIRE(expected);
  CHECK(shown == *expected);
}

TEST_CASE("config show keeps to itself what in an address is a secret, and the operator's token") {
  const ConfigFolder folder;
  const WithEnvironment token("MC_TEST", "0123456789abcdef-token");
  const Loaded loaded = folder.load(
      "vantage: here\naccounts:\n  a: {address: a@x.example, smtp: smtp+plain://localhost, inbox: maildir:/m}\nroutes: [{from: a, to: a}]\n"
      "channels:\n  hook: {webhook: {url: \"https://h.example:8443/T0PSECRET?token=T0PSECRET\"}}\n  bare: {webhook: {url: \"https://h.example/\"}}\n"
      "notify: [{to: [hook, bare]}]\nstatus: {listen: \"127.0.0.1:8025\", operator_token: {env: MC_TEST}}\n");
  REQUIRE(loaded.ok());
  CHECK(loaded.config.status.operator_token.reveal() == "0123456789abcdef-token");
  CHECK(loaded.config.vantage_from == Config::VantageFrom::file);
  const std::string shown = show_config(loaded.config);
  CAPTURE(shown);
  CHECK(shown.find("T0PSECRET") == std::string::npos);
  CHECK(shown.find("0123456789abcdef") == std::string::npos);
  CHECK(shown.find("url: https://h.example:8443/****************\n") != std::string::npos);
  CHECK(shown.find("url: https://h.example/\n") != std::string::npos);
  CHECK(shown.find("operator_token: \"****************\"\n") != std::string::npos);
}

TEST_CASE("config show marks an account whose servers are not verified") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const Loaded loaded = folder.load(
      "accounts:\n  a: {address: a@x.example, smtp: smtp+plain://10.0.0.1, imap: imap+plain://10.0.0.1, password: "
      "{env: MC_TEST}, "
      "tls: {insecure: true}}\nroutes: [{from: a, to: a}]\n");
  REQUIRE(loaded.ok());
  CHECK(show_config(loaded.config).find("insecure: true  # SERVERS ARE NOT VERIFIED") != std::string::npos);
}

TEST_CASE("the schema is JSON Schema 2020-12 and knows every key, every kind of channel and every measure") {
  const auto schema = nlohmann::json::parse(config_schema());
  CHECK(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema.at("additionalProperties") == false);
  for (const auto& field : fields_of(Section::top)) CHECK(schema.at("properties").contains(field.key));
  const auto& defs = schema.at("$defs");
  for (const Section section :
       {Section::provider, Section::account, Section::tls, Section::route, Section::mesh, Section::rule,
        Section::channel, Section::notify, Section::escalate, Section::status, Section::retention}) {
    const auto& def = defs.at(name_of(section));
    CHECK(def.at("additionalProperties") == false);
    for (const auto& field : fields_of(section))
      CHECK(def.at("properties").at(field.key).at("description") == field.says);
  }
  for (const auto& kind : channel_kinds()) {
    const auto& settings = defs.at("channel").at("properties").at(kind.name);
    for (const auto& info : kind.settings) CHECK(settings.at("properties").contains(info.name));
  }
  for (const auto& row : measure_table()) {
    const auto& names = defs.at("measure").at("enum");
    CHECK(std::find(names.begin(), names.end(), row.name) != names.end());
  }
}

TEST_CASE("every reference inside the schema leads somewhere") {
  const auto schema = nlohmann::json::parse(config_schema());
  const auto flat = schema.flatten();
  int references = 0;
  for (const auto& [pointer, value] : flat.items()) {
    if (pointer.size() < 5 || pointer.substr(pointer.size() - 5) != "/$ref") continue;
    ++references;
    CAPTURE(pointer);
    CHECK(schema.contains(nlohmann::json::json_pointer(value.get<std::string>().substr(1))));
  }
  CHECK(references > 40);
}
