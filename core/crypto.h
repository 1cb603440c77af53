// HMAC, digests, random bytes and the text forms of bytes; OpenSSL does the work.
// Pure but for what is random; any thread. Failure of the random source aborts: no id or key may be predictable.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcanary {

std::string hmac_sha256(std::string_view key, std::string_view message);  // 32 bytes, RFC 2104 and FIPS 180-4
std::string sha256(std::string_view message);                             // 32 bytes
bool equal_in_constant_time(std::string_view a, std::string_view b);      // lengths may leak, contents not
std::string random_bytes(std::size_t count);
double random_share();                         // uniform in [0, 1), for spreading retries
std::uint64_t fnv1a64(std::string_view text);  // a stable hash for spreading (not for security)

std::string to_base64(std::string_view bytes);                       // RFC 4648 §4, padded
std::optional<std::string> from_base64(std::string_view text);       // strict; nothing when malformed
std::string to_base32_lower(std::string_view bytes);                 // RFC 4648 §6 alphabet in lower case, no padding
std::string to_hex(std::string_view bytes);

}  // namespace mailcanary
