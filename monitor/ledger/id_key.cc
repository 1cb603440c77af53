#include "monitor/ledger/id_key.h"

#include <array>
#include <cstdint>

namespace mailcanary {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32
constexpr std::size_t ulid_length = 26;
constexpr std::size_t byte_length = 16;

constexpr std::array<std::int8_t, 256> make_digits() {
  std::array<std::int8_t, 256> digits{};
  for (auto& digit : digits) digit = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    const char letter = alphabet[i];
    digits[static_cast<unsigned char>(letter)] = static_cast<std::int8_t>(i);
    if (letter >= 'A') digits[static_cast<unsigned char>(letter - 'A' + 'a')] = static_cast<std::int8_t>(i);
  }
  return digits;
}
constexpr auto digits = make_digits();

}  // namespace

IdKey key_of(const CanaryId& id) {
  const std::string& text = id.str();
  const IdKey as_text{text, false};
  if (text.size() != ulid_length || text[0] > '7') return as_text;
  IdKey key{{}, true};
  key.bytes.reserve(byte_length);
  // 26 letters of 5 bits are 130 bits: the two spare ones are at the front.
  std::uint32_t bits = 0;
  int held = -2;
  for (const char letter : text) {
    const int digit = digits[static_cast<unsigned char>(letter)];
    if (digit < 0) return as_text;
    bits = (bits << 5 | static_cast<std::uint32_t>(digit)) & 0xfff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      key.bytes += static_cast<char>(bits >> held & 0xff);
    }
  }
  return key;
}

CanaryId canary_id(const IdKey& key) {
  if (!key.is_ulid || key.bytes.size() != byte_length) return CanaryId(key.bytes);
  std::string text;
  text.reserve(ulid_length);
  std::uint32_t bits = 0;
  int held = 2;
  for (const char byte : key.bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(byte)) & 0xffff;
    for (held += 8; held >= 5; held -= 5) text += alphabet[bits >> (held - 5) & 31];
  }
  return CanaryId(std::move(text));
}

}  // namespace mailcanary
