#include "core/ids.h"

#include <algorithm>
#include <cstdint>

#include "core/crypto.h"

namespace mailcanary {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t ulid_length = 26;
constexpr std::size_t time_length = 10;
constexpr std::size_t random_length = 10;  // bytes

// -1 for a letter outside the alphabet (I, L, O and U among them: we accept only what the standard writes).
int digit(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const auto at = alphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string make_ulid(WallTime now) { return ulid_of(now, random_bytes(random_length)); }

std::string ulid_of(WallTime now, std::string_view ten_bytes) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  auto millis = static_cast<std::uint64_t>(std::clamp<long long>(since_epoch, 0, (1LL << 48) - 1));

  std::string ulid(ulid_length, '0');
  for (std::size_t i = time_length; i-- > 0; millis >>= 5) ulid[i] = alphabet[millis & 31];

  // 80 random bits are exactly sixteen letters of five bits.
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t at = time_length;
  for (const char byte : ten_bytes.substr(0, random_length)) {
    bits = (bits << 8 | static_cast<unsigned char>(byte)) & 0xfff;
    for (held += 8; held >= 5; held -= 5) ulid[at++] = alphabet[(bits >> (held - 5)) & 31];
  }
  return ulid;
}

std::optional<WallTime> ulid_time(std::string_view ulid) {
  if (ulid.size() != ulid_length) return std::nullopt;
  if (!std::all_of(ulid.begin(), ulid.end(), [](char c) { return digit(c) >= 0; })) return std::nullopt;
  if (ulid[0] > '7') return std::nullopt;  // would need more than 128 bits
  std::int64_t millis = 0;
  for (const char c : ulid.substr(0, time_length)) millis = millis << 5 | digit(c);
  return WallTime(std::chrono::milliseconds(millis));
}

}  // namespace mailcanary
