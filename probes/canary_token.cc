#include "probes/canary_token.h"

#include <algorithm>

#include "core/crypto.h"
#include "core/text.h"

namespace mailcanary {
namespace {

std::string upper(std::string_view ascii) {
  std::string out(ascii);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

// The first bytes of one MAC serve both forms; RFC 2104 §5 allows the leftmost half (a tag has less, which is still
// out of reach of guessing: 80 bits, and every guess is a mail).
std::string token_mac(const CanaryId& id, const Secret& key, std::size_t bytes) {
  const std::string mac = hmac_sha256(key.reveal(), "mailcanary 1 " + upper(id.str()));
  return to_base32_lower(std::string_view(mac).substr(0, bytes));
}

std::optional<CanaryId> check(std::string_view ulid, std::string_view mac, std::size_t bytes, const Secret& key) {
  if (!ulid_time(ulid)) return std::nullopt;
  const CanaryId id(upper(ulid));
  if (!equal_in_constant_time(token_mac(id, key, bytes), lower(mac))) return std::nullopt;
  return id;
}

}  // namespace

std::string make_token(const CanaryId& id, const Secret& key) { return upper(id.str()) + "." + token_mac(id, key, 16); }

std::string make_verp_tag(const CanaryId& id, const Secret& key) { return upper(id.str()) + token_mac(id, key, 10); }

std::optional<CanaryId> check_token(std::string_view token, const Secret& key) {
  if (token.size() != token_length || token[ulid_length] != '.') return std::nullopt;
  return check(token.substr(0, ulid_length), token.substr(ulid_length + 1), 16, key);
}

std::optional<CanaryId> check_verp_tag(std::string_view tag, const Secret& key) {
  if (tag.size() != verp_tag_length) return std::nullopt;
  return check(tag.substr(0, ulid_length), tag.substr(ulid_length), 10, key);
}

std::string make_header_mac(const SignedHeader& header, const Secret& key) {
  // None of the parts can hold a line end (see compose), so the joined text has one reading only.
  const std::string text = "mailcanary header 1\n" + upper(header.id.str()) + "\n" + header.route + "\n" +
                           lower(header.from) + "\n" + lower(header.to) + "\n" + header.at;
  return to_base32_lower(hmac_sha256(key.reveal(), text));
}

std::optional<CanaryId> check_header_mac(const SignedHeader& header, std::string_view mac, const Secret& key) {
  if (!ulid_time(header.id.str())) return std::nullopt;
  if (!equal_in_constant_time(make_header_mac(header, key), lower(mac))) return std::nullopt;
  return CanaryId(upper(header.id.str()));
}

}  // namespace mailcanary
