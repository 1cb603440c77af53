// The signed words of a canary, in their exact written forms. See probes/canary_message.h for where they stand.
// Making one writes the ULID in upper and the MAC in lower case; checking accepts any case, since some systems
// change the case of addresses and of Message-IDs. Comparison takes constant time.
// Pure; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/secret.h"

namespace mailcanary {

constexpr std::size_t ulid_length = 26;
constexpr std::size_t token_mac_length = 26;  // 16 bytes in base 32
constexpr std::size_t verp_mac_length = 16;   // 10 bytes
constexpr std::size_t token_length = ulid_length + 1 + token_mac_length;
constexpr std::size_t verp_tag_length = ulid_length + verp_mac_length;

std::string make_token(const CanaryId& id, const Secret& key);     // "ULID.mac"
std::string make_verp_tag(const CanaryId& id, const Secret& key);  // "ULIDmac"
// Exactly a token (or a tag), nothing around it; nothing when it does not verify.
std::optional<CanaryId> check_token(std::string_view token, const Secret& key);
std::optional<CanaryId> check_verp_tag(std::string_view tag, const Secret& key);

// What X-Mailcanary vouches for. Addresses are compared without regard to case.
struct SignedHeader {
  CanaryId id;
  std::string route;  // as written in the header
  std::string from, to;
  std::string at;
};
std::string make_header_mac(const SignedHeader& header, const Secret& key);  // 32 bytes in base 32
std::optional<CanaryId> check_header_mac(const SignedHeader& header, std::string_view mac, const Secret& key);

}  // namespace mailcanary
