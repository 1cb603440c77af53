// Knowing a canary again: the second half of probes/canary_message.h.
#include <string>

#include "core/text.h"
#include "probes/canary_message.h"
#include "probes/canary_token.h"
#include "probes/header_fields.h"

namespace mailcanary {
namespace {

bool word_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// "Name <a@b>" or "a@b".
std::string_view bare_address(std::string_view field) {
  const auto open = field.rfind('<');
  if (open == std::string_view::npos) return trim(field);
  return trim(field.substr(open + 1, field.find('>', open) - open - 1));
}

// The fields of interest of one header block, the first of each name.
struct Fields {
  std::optional<std::string> canary, message_id, subject, from, to, content_type, auto_submitted;
  bool in_thread = false;
};

Fields gather(std::string_view header_block) {
  Fields fields;
  const struct {
    std::string_view name;
    std::optional<std::string>* value;
  } wanted[] = {{"X-Mailcanary", &fields.canary},
                {"Message-ID", &fields.message_id},
                {"Subject", &fields.subject},
                {"From", &fields.from},
                {"To", &fields.to},
                {"Content-Type", &fields.content_type},
                {"Auto-Submitted", &fields.auto_submitted}};
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    for (const auto& want : wanted) {
      if (!*want.value && iequals(field->name, want.name)) *want.value = unfold(field->raw_value);
    }
    if (iequals(field->name, "In-Reply-To") || iequals(field->name, "References")) fields.in_thread = true;
  }
  return fields;
}

// Answers repeat the words of what they answer, some even its header; a canary answers nothing.
bool is_answer(const Fields& fields) {
  return fields.in_thread || (fields.auto_submitted && istarts_with(*fields.auto_submitted, "auto-replied")) ||
         (fields.content_type && istarts_with(*fields.content_type, "multipart/report"));
}

std::optional<CanaryId> id_in_header(const Fields& fields, const Secret& key) {
  if (!fields.canary || header_parameter(*fields.canary, "v") != "1") return std::nullopt;
  const SignedHeader claimed{
      CanaryId(std::string(header_parameter(*fields.canary, "id"))), std::string(header_parameter(*fields.canary, "route")),
      std::string(bare_address(fields.from.value_or(""))), std::string(bare_address(fields.to.value_or(""))),
      std::string(header_parameter(*fields.canary, "at"))};
  return check_header_mac(claimed, header_parameter(*fields.canary, "mac"), key);
}

std::optional<CanaryId> id_in_message_id(const Fields& fields, const Secret& key) {
  if (!fields.message_id || fields.message_id->size() < token_length + 2) return std::nullopt;
  const std::string_view value = *fields.message_id;
  if (value[0] != '<' || value[1 + token_length] != '@') return std::nullopt;
  return check_token(value.substr(1, token_length), key);
}

std::optional<CanaryId> id_in_subject(const Fields& fields, const Secret& key) {
  constexpr std::string_view start = "Mailcanary ";
  if (!fields.subject || !istarts_with(*fields.subject, start)) return std::nullopt;
  return check_token(std::string_view(*fields.subject).substr(start.size()), key);
}

}  // namespace

std::optional<CanaryId> verify_token(std::string_view text, const Secret& key) {
  // A hostile text can be full of tokens; each costs a MAC, so only so many are tried.
  constexpr int max_tries = 64;
  int tries = 0;
  for (auto dot = text.find('.'); dot != std::string_view::npos && tries < max_tries; dot = text.find('.', dot + 1)) {
    if (dot < ulid_length || text.size() - dot - 1 < token_mac_length) continue;
    const auto begin = dot - ulid_length;
    const auto end = begin + token_length;
    if ((begin > 0 && word_char(text[begin - 1])) || (end < text.size() && word_char(text[end]))) continue;
    if (!ulid_time(text.substr(begin, ulid_length))) continue;
    ++tries;
    if (auto id = check_token(text.substr(begin, token_length), key)) return id;
  }
  return std::nullopt;
}

std::optional<CanaryId> verify_verp(std::string_view address, const Secret& key) {
  const auto bare = bare_address(address);
  const auto local = bare.substr(0, bare.rfind('@'));
  const auto plus = local.rfind('+');
  if (plus == std::string_view::npos) return std::nullopt;
  return check_verp_tag(local.substr(plus + 1), key);
}

std::optional<Proof> recognise_canary(std::string_view header_block, const Secret& key) {
  const Fields fields = gather(header_block);
  if (is_answer(fields)) return std::nullopt;
  if (auto id = id_in_header(fields, key)) return Proof{*id, ProofPlace::header};
  if (auto id = id_in_message_id(fields, key)) return Proof{*id, ProofPlace::message_id};
  if (auto id = id_in_subject(fields, key)) return Proof{*id, ProofPlace::subject};
  return std::nullopt;
}

std::optional<std::string> header_field(std::string_view header_block, std::string_view name) {
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    if (iequals(field->name, name)) return unfold(field->raw_value);
  }
  return std::nullopt;
}

}  // namespace mailcanary
