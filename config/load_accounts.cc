// Providers and accounts.
#include <algorithm>

#include <fmt/format.h>

#include "config/endpoint.h"
#include "config/mail_domain.h"
#include "config/presets.h"
#include "config/secret_source.h"
#include "config/sections.h"
#include "config/suggest.h"
#include "core/files.h"
#include "core/text.h"

namespace mailcanary {
namespace {

bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > 254 || at > 64) return false;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
  });
  return plain && text.find('@') == at;
}

std::optional<Endpoint> read_endpoint(const MapReader& reader, std::string_view key) {
  const auto url = reader.text(key);
  if (!url) return std::nullopt;
  auto endpoint = parse_endpoint(*url);
  if (endpoint) return std::move(*endpoint);
  reader.report().error(reader.place_of(key), fmt::format("{}: {}", key, endpoint.error().message));
  return std::nullopt;
}

bool takes_mail(const Endpoint& endpoint) {
  return endpoint.protocol == Protocol::smtp || endpoint.protocol == Protocol::lmtp ||
         endpoint.protocol == Protocol::sendmail;
}

std::optional<Endpoint> read_smtp(const MapReader& reader) {
  auto endpoint = read_endpoint(reader, "smtp");
  if (!endpoint || takes_mail(*endpoint)) return endpoint;
  reader.report().error(reader.place_of("smtp"),
                        fmt::format("smtp: {} is a place to read from; write smtps://HOST:465", to_url(*endpoint)));
  return std::nullopt;
}

std::optional<Endpoint> read_inbox(const MapReader& reader) {
  std::string_view used;
  for (const std::string_view key : {"imap", "pop3", "inbox"}) {
    if (!reader.has(key)) continue;
    if (!used.empty())
      reader.report().error(reader.place_of(key), fmt::format("{} has {} and {}; keep one", reader.where(), used, key));
    if (used.empty()) used = key;
  }
  if (used.empty()) return std::nullopt;
  auto endpoint = read_endpoint(reader, used);
  if (!endpoint) return std::nullopt;
  if (takes_mail(*endpoint)) {
    reader.report().error(reader.place_of(used),
                          fmt::format("{}: {} is a place to send to; write imaps://HOST:993", used, to_url(*endpoint)));
    return std::nullopt;
  }
  const bool fits = used == "inbox" || endpoint->protocol == Protocol::maildir ||
                    (used == "imap") == (endpoint->protocol == Protocol::imap);
  if (!fits)
    reader.report().error(reader.place_of(used),
                          fmt::format("{}: {} is of another kind; write it as inbox:", used, to_url(*endpoint)));
  return endpoint;
}

const Preset* apply_preset(const MapReader& reader, Account& account) {
  const auto name = reader.text("preset");
  if (!name) return nullptr;
  const Preset* known = preset(*name);
  if (known == nullptr) {
    std::vector<std::string> names;
    for (const auto& row : presets()) names.emplace_back(row.name);
    reader.report().error(reader.place_of("preset"), fmt::format("no preset is named {}; {}", in_quotes(*name),
                                                                 suggest(*name, names, "remove it")));
    return nullptr;
  }
  account.preset = known->name;
  account.smtp = known->smtp;
  account.inbox = known->inbox;
  account.daily_limit = known->daily_limit;
  account.plus_addresses = known->plus_addresses;
  account.max_sessions = known->max_sessions;
  account.authserv_id = known->authserv_id;
  for (const auto& warning : known->warnings)
    reader.report().warning(reader.place_of("preset"), warning.from.empty()
                                                           ? warning.text
                                                           : fmt::format("from {}: {}", warning.from, warning.text));
  return known;
}

TlsOptions read_tls(const Loading& loading, const MapReader& reader) {
  TlsOptions tls;
  const auto section = reader.section("tls", Section::tls);
  if (!section) return tls;
  if (const auto ca = section->text("ca")) {
    tls.ca_file = (loading.folder / *ca).string();
    const auto readable = read_file(tls.ca_file);
    if (!readable)
      section->report().error(section->place_of("ca"),
                              fmt::format("ca: {}; correct the path", readable.error().message));
  }
  tls.insecure = section->flag("insecure").value_or(false);
  if (tls.insecure)
    section->report().warning(
        section->place_of("insecure"),
        fmt::format("{} trusts any server and may send its password in the clear; use tls: {{ca: FILE}} "
                    "instead where you can",
                    reader.where()));
  return tls;
}

// A password in the clear is for loopback and test beds.
void check_plain(const MapReader& reader, const Account& account, const std::optional<Endpoint>& endpoint) {
  if (!endpoint || endpoint->transport != Transport::plain || is_loopback(endpoint->host)) return;
  if (account.password.empty() || account.tls.insecure) return;
  if (endpoint->protocol == Protocol::lmtp) return;  // knows no login
  std::string_view key = "smtp";
  if (endpoint->protocol != Protocol::smtp) key = reader.has("inbox") ? "inbox" : reader.has("pop3") ? "pop3" : "imap";
  const std::string url = to_url(*endpoint);
  const std::string scheme = url.substr(0, url.find('+'));
  reader.report().error(
      reader.place_of(key),
      fmt::format("{}: {} would send the password unencrypted to another host; write {}s:// or {}://, or "
                  "tls: {{insecure: true}} in a test bed",
                  key, url, scheme, scheme));
}

void check_login(const MapReader& reader, const Account& account) {
  if (reader.has("password")) return;
  if (reader.has("user")) {
    reader.report().error(reader.place_of("user"),
                          fmt::format("{} has a user but no password; add password: {{file: PATH}}", reader.where()));
  } else if (account.inbox && account.inbox->transport != Transport::local) {
    reader.report().error(reader.place(),
                          fmt::format("{} has no password, so its mailbox cannot be read; add password: "
                                      "{{file: PATH}}",
                                      reader.where()));
  }
}

// The provider of an account that names none: the preset's, or the domain of the address.
ProviderName implied_provider(const Account& account) {
  if (!account.preset.empty()) return ProviderName(account.preset);
  const std::string domain = domain_of(account.address);
  return ProviderName(domain.empty() ? account.name.str() : domain);
}

void take_provider(Loading& loading, const MapReader& top, const MapReader& reader, Account& account) {
  const auto named = reader.name("provider");
  if (reader.has("provider") && !named) return;
  account.provider = named ? ProviderName(*named) : implied_provider(account);
  if (named && top.has("providers")) {
    loading.providers.check(loading.report, {*named, reader.place_of("provider")});
    return;
  }
  if (loading.providers.has(account.provider.str())) return;
  loading.providers.add(account.provider.str());
  const Preset* known = named ? nullptr : preset(account.preset);
  loading.config.providers.push_back({account.provider, known != nullptr ? known->title : account.provider.str(), {}});
}

void load_account(Loading& loading, const MapReader& top, const YamlEntry& entry) {
  const MapReader reader(loading.report, entry.value, Section::account,
                         fmt::format("account {}", in_quotes(entry.key)));
  Account account;
  account.name = AccountName(entry.key);
  if (const auto address = reader.text("address")) {
    account.address = *address;
    if (!is_address(*address))
      loading.report.error(reader.place_of("address"), fmt::format("address: {} is no plain mail address; write it as "
                                                                   "local@domain in ASCII",
                                                                   in_quotes(*address)));
  }
  const Preset* known = apply_preset(reader, account);
  if (reader.has("smtp")) account.smtp = read_smtp(reader);
  if (reader.has("imap") || reader.has("pop3") || reader.has("inbox")) account.inbox = read_inbox(reader);
  for (auto* endpoint : {&account.smtp, &account.inbox}) {
    if (*endpoint && (*endpoint)->transport == Transport::local)
      (*endpoint)->path = (loading.folder / (*endpoint)->path).string();
  }
  if (known != nullptr && !known->smtp && !reader.has("smtp"))
    loading.report.error(reader.place_of("preset"), fmt::format("the servers of preset {} differ by region; add smtp: "
                                                                "smtps://email-smtp.REGION.amazonaws.com:465",
                                                                known->name));
  if (const auto secret = reader.value("password"))
    if (auto password = read_secret(loading.report, secret, "password of " + reader.where(), loading.folder))
      account.password = std::move(*password);
  if (const auto user = reader.text("user")) account.user = *user;
  if (account.user.empty() && reader.has("password")) account.user = account.address;
  account.tls = read_tls(loading, reader);
  account.daily_limit = static_cast<int>(reader.whole("daily_limit", 0, 10'000'000).value_or(account.daily_limit));
  account.plus_addresses = reader.flag("plus_addresses").value_or(account.plus_addresses);
  account.junk_folder = reader.text("junk_folder").value_or("");
  account.authserv_id = reader.text("authserv_id").value_or(account.authserv_id);
  account.max_sessions = static_cast<int>(reader.whole("max_sessions", 1, 100).value_or(account.max_sessions));
  account.max_messages_per_session =
      static_cast<int>(reader.whole("max_messages_per_session", 1, 100'000).value_or(account.max_messages_per_session));
  account.bounces = reader.flag("bounces").value_or(false);
  account.sent = read_sent(loading, reader, account);

  const bool gave_inbox = account.inbox || reader.has("imap") || reader.has("pop3") || reader.has("inbox");
  const bool gave_smtp = account.smtp || reader.has("smtp") || known != nullptr;
  if (!gave_smtp && !gave_inbox && !reader.has("preset") && reader.is_map())
    loading.report.error(
        reader.place(),
        fmt::format("{} can neither send nor receive; add smtp: and imap:, or a preset", reader.where()));
  check_login(reader, account);
  check_plain(reader, account, account.smtp);
  check_plain(reader, account, account.inbox);
  take_provider(loading, top, reader, account);
  loading.accounts.add(entry.key);
  // An unknown preset might have named both servers.
  const bool lost_preset = reader.has("preset") && known == nullptr;
  loading.marks.emplace(account.name, AccountMarks{entry.place, loading.config.accounts.size(),
                                                   gave_smtp || lost_preset, gave_inbox || lost_preset});
  loading.config.accounts.push_back(std::move(account));
}

}  // namespace

void load_providers(Loading& loading, const MapReader& top) {
  for (const auto& entry : top.named_entries("providers")) {
    const MapReader reader(loading.report, entry.value, Section::provider,
                           fmt::format("provider {}", in_quotes(entry.key)));
    Provider provider;
    provider.name = ProviderName(entry.key);
    provider.title = reader.text("name").value_or(entry.key);
    provider.upstream_status = reader.web_url("upstream_status").value_or("");
    loading.providers.add(entry.key);
    loading.config.providers.push_back(std::move(provider));
  }
}

void load_accounts(Loading& loading, const MapReader& top) {
  const auto entries = top.named_entries("accounts");
  if (entries.empty()) loading.accounts.give_up();
  if (entries.empty() && top.has("accounts") && !loading.report.full() && top.value("accounts")->entries.empty() &&
      top.value("accounts")->kind != YamlNode::Kind::list)
    loading.report.error(top.place_of("accounts"),
                         "accounts is empty; add at least two, each as NAME: {address: …, …}");
  for (const auto& entry : entries) {
    if (loading.report.full()) break;
    load_account(loading, top, entry);
  }
}

}  // namespace mailcanary
