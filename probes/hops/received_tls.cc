#include "probes/hops/received_tls.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "probes/hops/received.h"

namespace mailcanary {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// "TLSv1.3", "TLS1_2", "TLS1.2" and "TLSv1" as "TLSv1.3", "TLSv1.2", "TLSv1.2" and "TLSv1".
std::string version_in(std::string_view word) {
  if (!istarts_with(word, "tls")) return {};
  word.remove_prefix(3);
  if (istarts_with(word, "v")) word.remove_prefix(1);
  if (word.empty() || word[0] != '1') return {};
  if (word.size() == 1) return "TLSv1";
  const bool minor = word.size() == 3 && (word[1] == '.' || word[1] == '_') && word[2] >= '0' && word[2] <= '9';
  return minor ? std::string("TLSv1.") + word[2] : std::string();
}

// OpenSSL's and IANA's names of ciphers: capitals, digits, dashes, and the algorithm.
bool is_cipher(std::string_view word) {
  constexpr std::array<std::string_view, 6> algorithms = {"AES", "CHACHA", "RC4", "DES", "CAMELLIA", "ARIA"};
  const bool letters = word.size() >= 6 && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  return letters && std::any_of(algorithms.begin(), algorithms.end(),
                                [word](std::string_view name) { return word.find(name) != npos; });
}

}  // namespace

void read_tls(std::string_view comment, ReceivedLine& line) {
  constexpr std::size_t longest_word = 80;
  for (std::size_t at = 0; at < comment.size();) {
    const auto end = std::min(comment.find_first_of(" \t,:;=()", at), comment.size());
    const auto word = comment.substr(at, end - at);
    at = end + 1;
    if (word.size() > longest_word) continue;
    if (line.tls_version.empty()) line.tls_version = version_in(word);
    if (line.tls_cipher.empty() && is_cipher(word)) line.tls_cipher = word;
  }
}

}  // namespace mailcanary
