#include "probes/alterations.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/text.h"
#include "core/units.h"
#include "probes/bounce/decode.h"
#include "probes/canary_token.h"
#include "probes/header_fields.h"

namespace mailcanary {
namespace {

constexpr std::string_view link_label = "Link:  ";
constexpr std::size_t most_tries = 8;  // places where the text may begin
constexpr std::size_t most_shown = 80;

// One line end for all, and no blanks before it; no empty lines at the end.
std::string canonical(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  std::size_t kept = 0;  // up to the end of the last line that holds something
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
    out.append(line).append("\n");
    if (!line.empty()) kept = out.size();
  }
  out.resize(kept);
  return out;
}

std::string seal_mac(const CanaryId& id, std::string_view canonical_text, const Secret& key) {
  const std::string mac = hmac_sha256(key.reveal(), fmt::format("mailcanary body 1\n{}\n{}", id.str(), canonical_text));
  return to_base32_lower(std::string_view(mac).substr(0, 16));
}

struct Seal {
  std::size_t size = 0, total = 0;
  std::string_view mac;
};

std::optional<std::size_t> take_size(std::string_view& rest) {
  constexpr std::size_t believable = 100'000'000;
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
  if (error != std::errc() || end == rest.data() + rest.size() || *end != '.' || size > believable) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  return size;
}

std::optional<Seal> read_seal(std::string_view text) {
  const auto size = take_size(text);
  const auto total = size ? take_size(text) : std::nullopt;
  if (!total || *size == 0 || *total < *size) return std::nullopt;
  return Seal{*size, *total, text};
}

std::string shown(std::string_view text) { return cut(one_line(text.substr(0, 4 * most_shown)), most_shown); }

std::string bytes(std::size_t count) { return fmt::format("{} {}", count, count == 1 ? "byte" : "bytes"); }

// The body with our own link in the place of what stands there now, and where that led.
struct Relinked {
  std::string body;
  std::string host;
};
std::optional<Relinked> with_our_link(std::string_view body, const CanaryId& id) {
  const auto at = body.find(fmt::format("\n{}", link_label));
  if (at == std::string_view::npos) return std::nullopt;
  const auto end = std::min(body.find('\n', at + 1), body.size());
  const std::string_view line = body.substr(at + 1, end - at - 1);
  const std::string ours = link_line(id);
  const auto scheme = line.find("://");
  if (line == ours || scheme == std::string_view::npos) return std::nullopt;
  const auto host = line.substr(scheme + 3);
  return Relinked{fmt::format("{}{}{}", body.substr(0, at + 1), ours, body.substr(end)),
                  std::string(host.substr(0, host.find_first_of("/?#:<> ")))};
}

class BodyReader {
 public:
  BodyReader(const CanaryId& id, const Seal& seal, const Secret& key) : id_(id), seal_(seal), key_(key) {}

  // Where the sealed text begins in the body.
  std::optional<std::size_t> find(std::string_view body) const {
    constexpr std::string_view first_line = "Hello,\n";
    auto at = body.find(first_line);
    for (std::size_t tries = 0; at != std::string_view::npos && tries < most_tries; ++tries) {
      if (body.size() - at < seal_.size) break;
      if (equal_in_constant_time(seal_mac(id_, body.substr(at, seal_.size), key_), seal_.mac)) return at;
      at = body.find(first_line, at + 1);
    }
    return std::nullopt;
  }

 private:
  const CanaryId& id_;
  const Seal& seal_;
  const Secret& key_;
};

void compare_body(const CanaryId& id, const Seal& seal, const ArrivedBody& arrived, std::string_view encoding,
                  bool parts, const Secret& key, std::vector<std::string>& changes) {
  const bool whole = arrived.extent == ArrivedBody::Extent::whole;
  std::string body = canonical(encoding.empty() ? std::string(arrived.text)
                                                : bounce::undo_encoding(arrived.text, std::string(encoding)));
  const BodyReader reader(id, seal, key);
  auto at = reader.find(body);
  if (!at) {
    auto relinked = with_our_link(body, id);
    if (relinked) at = reader.find(relinked->body);
    if (at) {
      changes.push_back(fmt::format("links rewritten (1 of 1, to {})", shown(relinked->host)));
      body = std::move(relinked->body);
    }
  }
  if (!at) {
    if (whole && !parts && body.size() < seal.size) {
      changes.push_back(fmt::format("the text was cut ({} of {})", body.size(), bytes(seal.size)));
    } else if (whole || body.size() >= 2 * seal.size) {
      changes.push_back("the text was changed");
    }
    return;
  }
  // Between the parts of a message stands more than what was added.
  if (parts) return;
  if (*at > 0) changes.push_back(fmt::format("{} were put in front of the text", bytes(*at)));
  if (!whole) return;
  const std::size_t length = body.size() - *at;
  if (length > seal.total) changes.push_back(fmt::format("a footer of {} was added", bytes(length - seal.total)));
  if (length < seal.total) changes.push_back(fmt::format("{} are missing at the end", bytes(seal.total - length)));
}

void compare_subject(const CanaryId& id, const std::optional<std::string>& subject, const Secret& key,
                     std::vector<std::string>& changes) {
  const std::string ours = "Mailcanary " + make_token(id, key);
  if (subject == ours) return;
  if (!subject) return changes.push_back("Subject was removed");
  const std::string_view now = *subject;
  if (now.ends_with(ours)) {
    changes.push_back(fmt::format("Subject was changed (\"{}\" put in front)", shown(now.substr(0, now.size() - ours.size()))));
  } else if (now.starts_with(ours)) {
    changes.push_back(fmt::format("Subject was changed (\"{}\" put behind)", shown(now.substr(ours.size()))));
  } else {
    changes.push_back(fmt::format("Subject was changed (\"{}\")", shown(now)));
  }
}

struct Fields {
  std::optional<std::string> ours, subject, message_id, type, encoding;
};

Fields gather(std::string_view header_block) {
  Fields fields;
  const struct {
    std::string_view name;
    std::optional<std::string>* value;
  } wanted[] = {{"X-Mailcanary", &fields.ours},
                {"Subject", &fields.subject},
                {"Message-ID", &fields.message_id},
                {"Content-Type", &fields.type},
                {"Content-Transfer-Encoding", &fields.encoding}};
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    for (const auto& want : wanted) {
      if (!*want.value && iequals(field->name, want.name)) *want.value = unfold(field->raw_value);
    }
  }
  return fields;
}

}  // namespace

std::string link_line(const CanaryId& id) { return fmt::format("{}https://mailcanary.invalid/{}", link_label, id.str()); }

std::string make_seal(const CanaryId& id, std::string_view text, std::string_view body, const Secret& key) {
  const std::string sealed = canonical(text);
  const std::size_t total = body.size() == text.size() ? sealed.size() : canonical(body).size();
  return fmt::format("{}.{}.{}", sealed.size(), total, seal_mac(id, sealed, key));
}

std::vector<std::string> find_changes(const Proof& proof, std::string_view header_block, const ArrivedBody& body,
                                      const Secret& key) {
  std::vector<std::string> changes;
  const Fields fields = gather(header_block);
  compare_subject(proof.id, fields.subject, key, changes);
  const std::string message_id = "<" + make_token(proof.id, key) + "@";
  if (!fields.message_id || !fields.message_id->starts_with(message_id)) changes.push_back("Message-ID was changed");
  if (!fields.ours) {
    changes.push_back("X-Mailcanary was removed");
    return changes;
  }
  if (proof.place != ProofPlace::header) changes.push_back("From or To was changed");

  const std::string type = fields.type ? bounce::parse_content_type(*fields.type).name : "";
  const bool parts = type.starts_with("multipart/");
  if (type != "text/plain") changes.push_back(fmt::format("the message was made {}", type.empty() ? "untyped" : shown(type)));
  const std::string encoding = lower(trim(fields.encoding.value_or("")));
  const bool encoded = encoding == "base64" || encoding == "quoted-printable";
  if (encoded) changes.push_back(fmt::format("the text was encoded anew ({})", encoding));
  const auto seal = read_seal(header_parameter(*fields.ours, "body"));
  if (!seal || body.extent == ArrivedBody::Extent::nothing) return changes;
  compare_body(proof.id, *seal, body, encoded ? encoding : "", parts, key, changes);
  return changes;
}

}  // namespace mailcanary
