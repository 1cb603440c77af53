#include "probes/verdicts/verdicts.h"

#include <algorithm>
#include <array>
#include <optional>

#include "config/mail_domain.h"
#include "core/text.h"
#include "probes/header_fields.h"
#include "probes/hops/received.h"
#include "probes/mail_host.h"
#include "probes/verdicts/auth_results.h"
#include "probes/verdicts/spam_score.h"

namespace mailcanary {
namespace {

constexpr std::size_t max_fields = 100;
constexpr std::size_t max_ignored = 10;

// A field and where it stands: `above` is the number of Received lines above it, hence also the place of the line
// beneath it.
struct Field {
  std::size_t above = 0;
  enum class Kind { plain, arc, received_spf } kind = Kind::plain;
  AuthResults results;
};

struct Block {
  std::vector<ReceivedLine> lines;
  std::vector<Field> fields;
};

// "pass (mx.example: domain of …) client-ip=…" (RFC 7208 §9.1).
AuthResults received_spf(std::string_view value) {
  const auto word = value.substr(0, value.find_first_of(" \t(;"));
  AuthResults results;
  if (!word.empty() && word.size() < 20) results.results.push_back({"spf", lower(one_line(word)), {}, {}});
  return results;
}

Block read_block(std::string_view header_block) {
  Block block;
  std::vector<std::string_view> lines;
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    const bool plain = iequals(field->name, "Authentication-Results");
    const bool arc = iequals(field->name, "ARC-Authentication-Results");
    const bool spf = iequals(field->name, "Received-SPF");
    if (iequals(field->name, "Received") && lines.size() < max_fields) {
      lines.push_back(field->raw_value);
    } else if ((plain || arc || spf) && block.fields.size() < max_fields) {
      const std::string value = unfold(field->raw_value);
      const auto kind = plain ? Field::Kind::plain : arc ? Field::Kind::arc : Field::Kind::received_spf;
      block.fields.push_back({lines.size(), kind, spf ? received_spf(value) : parse_auth_results(value)});
    }
  }
  // The way of the message says which fields to believe; where there are none it need not be read.
  if (block.fields.empty()) return block;
  for (const std::string_view line : lines) block.lines.push_back(parse_received(unfold(line)));
  return block;
}

bool same_house(std::string_view a, std::string_view b) {
  const std::string house = house_of(a);
  return !house.empty() && house == house_of(b);
}

// Only a server of the same house can be at the other end of this line.
bool from_inside(const ReceivedLine& line, std::string_view authserv_id) {
  constexpr std::array<std::string_view, 6> handed_locally = {"lmtp", "local", "lhlo", "mapi", "pipe", "spam-scanned"};
  const bool local = std::any_of(handed_locally.begin(), handed_locally.end(),
                                 [&](std::string_view with) { return istarts_with(line.with, with); });
  if (local || line.from.empty()) return true;
  const auto ours = [&](const std::string& name) { return same_house(name, line.by) || is_within(name, authserv_id); };
  if (!line.address.empty()) return is_inner_address(line.address) || ours(line.reverse);
  // Servers with names that mean something only inside (iCloud) say no addresses either.
  const bool inner_names = house_of(line.from).empty() && house_of(line.by).empty() && plain_address(line.from).empty();
  return inner_names || iequals(line.from, "localhost") || ours(line.from);
}

// The line with which the message entered the house.
std::size_t border_of(const std::vector<ReceivedLine>& lines, std::string_view authserv_id) {
  std::size_t border = 0;
  while (border + 1 < lines.size() && from_inside(lines[border], authserv_id)) ++border;
  return border;
}

std::vector<bool> trusted_by_name(const Block& block, std::string_view authserv_id) {
  const std::size_t border = border_of(block.lines, authserv_id);
  std::vector<bool> trusted;
  for (const Field& field : block.fields) {
    const bool nameless = field.results.server.empty();
    const std::string by = field.above < block.lines.size() ? block.lines[field.above].by : std::string();
    const bool named = is_within(nameless ? std::string_view(by) : std::string_view(field.results.server), authserv_id);
    trusted.push_back(named && field.above <= border + (nameless ? 0 : 1));
  }
  return trusted;
}

std::vector<bool> trusted_by_place(const Block& block) {
  std::vector<bool> trusted(block.fields.size(), false);
  if (block.lines.empty()) {
    // Nothing shows how far the receiver's own fields reach: only the topmost, and those of the same server.
    for (std::size_t i = 0; i < trusted.size(); ++i)
      trusted[i] = i == 0 || (!block.fields[i].results.server.empty() &&
                              block.fields[i].results.server == block.fields[0].results.server);
    return trusted;
  }
  const std::size_t border = border_of(block.lines, {});
  std::vector<std::string> houses;
  for (std::size_t i = 0; i <= border; ++i) houses.push_back(house_of(block.lines[i].by));
  for (const Field& field : block.fields) {
    if (field.above > border || field.results.server.empty()) continue;
    houses.push_back(house_of(field.results.server));
    break;
  }
  for (std::size_t i = 0; i < trusted.size(); ++i) {
    const Field& field = block.fields[i];
    const std::string house = house_of(field.results.server);  // empty for "OpenDKIM" and for no name
    const bool known = house.empty() || std::find(houses.begin(), houses.end(), house) != houses.end();
    trusted[i] = field.above <= border && known;
  }
  return trusted;
}

bool states(const Field& field, std::string_view method) {
  const auto& results = field.results.results;
  return std::any_of(results.begin(), results.end(), [&](const AuthResult& r) { return r.method == method; });
}

// All that the topmost field with this method says of it, and the fields beside it of the same server.
std::vector<AuthResult> statements(const std::vector<Field>& fields, std::string_view method) {
  std::vector<AuthResult> all;
  const Field* first = nullptr;
  for (const Field& field : fields) {
    const bool beside = first == nullptr || (field.kind == first->kind && field.above == first->above &&
                                             field.results.server == first->results.server);
    if (!beside) continue;
    for (const AuthResult& result : field.results.results) {
      if (result.method != method) continue;
      first = &field;
      all.push_back(result);
    }
  }
  return all;
}

// One signature that passes is enough (RFC 6376 §4.2); else the one that says most.
std::string best_signature(const std::vector<AuthResult>& results) {
  constexpr std::array<std::string_view, 7> ranks = {"pass",      "fail",      "policy", "neutral",
                                                     "temperror", "permerror", "none"};
  const auto rank = [&](const AuthResult& result) {
    return std::find(ranks.begin(), ranks.end(), result.result) - ranks.begin();
  };
  const auto best = std::min_element(results.begin(), results.end(),
                                     [&](const AuthResult& a, const AuthResult& b) { return rank(a) < rank(b); });
  return best == results.end() ? "" : best->result;
}

// SPF may be checked for the HELO name too; the envelope sender is what counts (RFC 7208 §2.4).
std::string spf_of_sender(const std::vector<AuthResult>& results) {
  if (results.empty()) return "";
  const auto of_sender = std::find_if(results.begin(), results.end(), [](const AuthResult& result) {
    return result.property("smtp.mailfrom") != nullptr || result.property("smtp.mail") != nullptr ||
           result.property("smtp.helo") == nullptr;
  });
  return of_sender == results.end() ? results[0].result : of_sender->result;
}

}  // namespace

Judgement judge_verdicts(std::string_view header_block, std::string_view authserv_id) {
  const Block block = read_block(header_block);
  const auto trusted = authserv_id.empty() ? trusted_by_place(block) : trusted_by_name(block, authserv_id);
  Judgement judgement;
  std::vector<Field> fields;
  // The receiver's own word first, its copy for ARC next, the older Received-SPF last.
  for (const auto kind : {Field::Kind::plain, Field::Kind::arc, Field::Kind::received_spf}) {
    for (std::size_t i = 0; i < block.fields.size(); ++i)
      if (trusted[i] && block.fields[i].kind == kind) fields.push_back(block.fields[i]);
  }
  for (std::size_t i = 0; i < block.fields.size(); ++i) {
    const std::string& server = block.fields[i].results.server;
    auto& ignored = judgement.ignored;
    if (trusted[i] || server.empty() || ignored.size() == max_ignored) continue;
    if (std::find(ignored.begin(), ignored.end(), server) == ignored.end()) ignored.push_back(server);
  }
  for (const std::string_view method : {"dmarc", "dkim", "spf"}) {
    for (const Field& field : fields)
      if (judgement.server.empty() && states(field, method)) judgement.server = field.results.server;
  }
  const auto dmarc = statements(fields, "dmarc");
  judgement.verdicts.spf = spf_of_sender(statements(fields, "spf"));
  judgement.verdicts.dkim = best_signature(statements(fields, "dkim"));
  judgement.verdicts.dmarc = dmarc.empty() ? "" : dmarc[0].result;
  if (const auto spam = read_spam_score(header_block)) judgement.verdicts.spam = to_text(*spam);
  return judgement;
}

}  // namespace mailcanary
