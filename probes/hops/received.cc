#include "probes/hops/received.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "probes/field_tokens.h"
#include "probes/header_fields.h"
#include "probes/headers.h"
#include "probes/mail_host.h"
#include "probes/hops/received_tls.h"

namespace mailcanary {
namespace {

using Kind = FieldToken::Kind;
constexpr std::size_t max_lines = 100;
constexpr std::size_t max_text = 255;  // of one word
constexpr std::size_t npos = std::string_view::npos;

std::string shown(std::string_view untrusted) { return cut(one_line(untrusted), max_text); }

// RFC 5321's clauses and "tls", which RFC 8314 registered.
enum class Clause { none, from, by, via, with, id, recipient, tls };
struct Keyword {
  std::string_view word;
  Clause clause;
};
constexpr std::array<Keyword, 7> keywords = {{{"from", Clause::from},
                                              {"by", Clause::by},
                                              {"via", Clause::via},
                                              {"with", Clause::with},
                                              {"id", Clause::id},
                                              {"for", Clause::recipient},
                                              {"tls", Clause::tls}}};

Clause clause_of(const FieldToken& token) {
  if (token.kind != Kind::word) return Clause::none;
  for (const auto& keyword : keywords)
    if (iequals(token.text, keyword.word)) return keyword.clause;
  return Clause::none;
}

// Words between blanks and commas.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(" \t,", at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string address_in(std::string_view word) {
  word = word.substr(0, 80);
  if (auto address = plain_address(word); !address.empty()) return address;
  // "user@192.0.2.1" of qmail, "root@host[192.0.2.1]", "[192.0.2.1]:25" and "192.0.2.1:25".
  if (const auto bracket = word.find('['); bracket != npos) return plain_address(word.substr(bracket));
  if (const auto at = word.rfind('@'); at != npos) return plain_address(word.substr(at + 1));
  return plain_address(word.substr(0, word.find(':')));
}

struct Peer {
  std::string helo, reverse, address;
};

// What stands in a comment behind "from": the name the peer gave, the name of its address, the address.
void read_peer(std::string_view comment, Peer& peer) {
  const auto words = words_of(comment);
  const bool forged = comment.find("may be forged") != npos;  // Sendmail: the name does not lead back to the address
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const bool greeting = iequals(word, "HELO") || iequals(word, "EHLO") || iequals(word, "LHLO");
    if (greeting && i + 1 < words.size()) {
      if (peer.helo.empty()) peer.helo = words[i + 1];
      ++i;
    } else if (istarts_with(word, "helo=") || istarts_with(word, "ehlo=")) {
      if (peer.helo.empty()) peer.helo = word.substr(5);
    } else if (auto address = address_in(word); !address.empty()) {
      if (peer.address.empty()) peer.address = std::move(address);
    } else if (i == 0 && peer.reverse.empty() && !forged) {
      // "IDENT:root@host" names a user before the host.
      std::string_view name = word.substr(word.rfind('@') == npos ? 0 : word.rfind('@') + 1);
      while (name.ends_with('.')) name.remove_suffix(1);
      const bool is_name = name.find('.') != npos || iequals(name, "localhost");
      if (is_name && name.find_first_of("=:/()[]") == npos) peer.reverse = name;
    }
  }
}

// GMX and others say so in a comment.
void read_with(std::string_view comment, ReceivedLine& line) {
  for (const std::string_view start : {"with ", "via "}) {
    if (line.with.empty() && istarts_with(comment, start)) line.with = shown(comment.substr(start.size()));
  }
}

std::string bare_address(std::string_view word) {
  if (word.starts_with('<')) word.remove_prefix(1);
  if (word.ends_with('>')) word.remove_suffix(1);
  return shown(word);
}

// "with AES128-SHA encrypted SMTP" of MessageLabs: the cipher is no part of the protocol.
void split_cipher(ReceivedLine& line) {
  constexpr std::string_view between = " encrypted ";
  const auto at = line.with.find(between);
  if (at == std::string::npos) return;
  if (line.tls_cipher.empty()) line.tls_cipher = line.with.substr(0, at);
  line.with.erase(0, at + between.size());
}

void add_word(ReceivedLine& line, Clause clause, const FieldToken& token) {
  const auto set = [](std::string& field, std::string value) {
    if (field.empty()) field = std::move(value);
  };
  switch (clause) {
    case Clause::from: set(line.from, shown(token.text)); break;
    case Clause::by: set(line.by, shown(token.text)); break;
    case Clause::with: line.with = shown(line.with.empty() ? std::string(token.text)
                                                           : line.with + " " + std::string(token.text)); break;
    case Clause::id: set(line.id, bare_address(token.text)); break;
    case Clause::recipient: set(line.recipient, bare_address(token.text)); break;
    case Clause::tls: set(line.tls_cipher, shown(token.text)); break;
    case Clause::via:
    case Clause::none: break;
  }
}

void read_comment(ReceivedLine& line, Clause clause, std::string_view comment, Peer& peer) {
  if (clause == Clause::from) read_peer(comment, peer);
  if (clause == Clause::by && line.by_address.empty()) {
    const auto words = words_of(comment);
    for (const auto word : words) {
      const bool may_be_address = words.size() == 1 || word.starts_with('[');  // not "IceWarp 14.0.0.1"
      if (may_be_address && line.by_address.empty()) line.by_address = address_in(word);
    }
  }
  if (clause == Clause::none && istarts_with(comment, "qmail ")) line.with = "qmail";
  read_with(comment, line);
}

// Where the date stands: behind the last semicolon that has one behind it; with none, at the last weekday (some
// servers forget the semicolon).
struct Split {
  std::size_t clauses_end;
  std::optional<WallTime> at;
};

Split split_date(std::string_view value, const std::vector<FieldToken>& tokens) {
  constexpr int enough_tries = 4;
  int tries = 0;
  std::size_t last = npos;
  for (auto token = tokens.rbegin(); token != tokens.rend() && tries < enough_tries; ++token) {
    if (token->kind != Kind::special) continue;
    ++tries;
    if (last == npos) last = token->begin;
    if (const auto at = parse_mail_date(value.substr(token->end))) return {token->begin, at};
  }
  std::size_t weekday = npos;
  for (const std::string_view name : {"Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "}) {
    const auto found = value.rfind(name);
    if (found != npos && (weekday == npos || found > weekday)) weekday = found;
  }
  if (weekday != npos) {
    if (const auto at = parse_mail_date(value.substr(weekday))) return {weekday, at};
  }
  return {last == npos ? value.size() : last, std::nullopt};
}

void name_peer(ReceivedLine& line, const Peer& peer) {
  line.reverse = shown(peer.reverse);
  line.address = peer.address;
  const std::string literal = plain_address(line.from);
  if (line.address.empty()) line.address = literal;
  // qmail writes "unknown (HELO name)", Yahoo "127.0.0.1 (EHLO name) (address)".
  const bool no_name = iequals(line.from, "unknown") || (!literal.empty() && literal != line.address);
  if (no_name && !peer.helo.empty()) line.from = shown(peer.helo);
  if (line.from.empty() && !peer.helo.empty()) line.from = shown(peer.helo);
}

std::vector<ReceivedLine> lines_named(std::string_view header_block, std::string_view name) {
  std::vector<ReceivedLine> lines;
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    if (!iequals(field->name, name)) continue;
    lines.push_back(parse_received(unfold(field->raw_value)));
    if (lines.size() == max_lines) break;
  }
  return lines;
}

}  // namespace

ReceivedLine parse_received(std::string_view value) {
  ReceivedLine line;
  const auto tokens = field_tokens(value, ";");
  const Split split = split_date(value, tokens);
  line.at = split.at;
  Clause clause = Clause::none;
  bool open = true;  // words still belong to the clause's value
  Peer peer;
  for (const FieldToken& token : tokens) {
    if (token.kind == Kind::comment) read_tls(token.text, line);  // Yandex writes it behind the date
    if (token.begin >= split.clauses_end || token.kind == Kind::special) continue;
    if (token.kind == Kind::comment) {
      read_comment(line, clause, token.text, peer);
      if (clause == Clause::with && !line.with.empty()) open = false;
      continue;
    }
    const Clause next = clause_of(token);
    if (next != Clause::none) {
      // The first clause of a kind counts: "with ESMTP with STARTTLS".
      open = !(next == Clause::with && !line.with.empty());
      clause = next;
    } else if (open) {
      add_word(line, clause, token);
    }
  }
  split_cipher(line);
  name_peer(line, peer);
  // Oracle's server writes its own name behind "from" when it hands a message from one of its channels to another.
  if (line.by.empty() && !line.from.empty() && line.id.ends_with("@" + line.from)) std::swap(line.by, line.from);
  return line;
}

std::vector<ReceivedLine> received_lines(std::string_view header_block) {
  auto lines = lines_named(header_block, "Received");
  if (lines.empty()) lines = lines_named(header_block, "X-Received");
  return lines;
}

}  // namespace mailcanary
