#include "probes/imap_names.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::size_t max_name = 1000;

// The next code point of `text`, which is shortened; U+FFFD for each byte that begins none.
char32_t next_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length > text.size() || !valid_utf8(text.substr(0, length))) {
    text.remove_prefix(1);
    return 0xfffd;
  }
  static constexpr std::array<unsigned char, 5> mask = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t point = first & mask[length];
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (byte(i) & 0x3fu);
  text.remove_prefix(length);
  return point;
}

void append_utf16(std::string& out, char32_t point) {
  const auto unit = [&](char32_t value) {
    out += static_cast<char>(value >> 8 & 0xff);
    out += static_cast<char>(value & 0xff);
  };
  if (point < 0x10000) return unit(point);
  unit(0xd800 + ((point - 0x10000) >> 10));
  unit(0xdc00 + ((point - 0x10000) & 0x3ff));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Lower case, the likeliest first. Servers without SPECIAL-USE, and mailboxes made by mail programs.
constexpr std::array<std::string_view, 14> usual_names = {
    "junk",      "spam", "junk e-mail", "junk email",   "junk mail", "bulk mail", "bulk", "junk-e-mail",
    "junk-mail", "spamverdacht", "unerw&apw-nschte werbung", "courrier ind&aok-sirable", "posta indesiderata", "correo no deseado"};

}  // namespace

std::optional<std::string> imap_quoted(std::string_view wire_name) {
  if (wire_name.empty() || wire_name.size() > max_name) return std::nullopt;
  std::string out = "\"";
  for (const char c : wire_name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) return std::nullopt;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string imap_folder_name(std::string_view utf8) {
  if (is_ascii(utf8)) return std::string(utf8);
  std::string out, shifted;
  const auto end_shift = [&] {
    if (shifted.empty()) return;
    std::string base64 = to_base64(shifted);
    base64.erase(std::min(base64.find('='), base64.size()));
    std::replace(base64.begin(), base64.end(), '/', ',');
    out += '&' + base64 + '-';
    shifted.clear();
  };
  while (!utf8.empty()) {
    const char32_t point = next_code_point(utf8);
    if (point >= 0x20 && point < 0x7f) {
      end_shift();
      out += static_cast<char>(point);
      if (point == '&') out += '-';
    } else {
      append_utf16(shifted, point);
    }
  }
  end_shift();
  return out;
}

std::string imap_set(const std::vector<std::uint32_t>& uids) {
  std::string out;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t last = i;
    while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(uids[i]);
    if (last > i) out += ':' + std::to_string(uids[last]);
    i = last + 1;
  }
  return out;
}

std::string imap_date(WallTime time) {
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{}-{}-{}", static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()));
}

void JunkChoice::consider(const ImapListed& folder) {
  int rank = -1;
  for (const std::string& attribute : folder.attributes) {
    if (iequals(attribute, "\\Noselect") || iequals(attribute, "\\NonExistent")) return;
    if (iequals(attribute, "\\Junk")) rank = 0;
  }
  if (!imap_quoted(folder.name)) return;
  if (rank < 0) {
    std::string name = lower(folder.name);
    if (!folder.delimiter.empty()) {
      const std::string below_inbox = "inbox" + lower(folder.delimiter);
      if (name.starts_with(below_inbox)) name.erase(0, below_inbox.size());
    }
    const auto usual = std::find(usual_names.begin(), usual_names.end(), name);
    if (usual == usual_names.end()) return;
    rank = 1 + static_cast<int>(usual - usual_names.begin());
  }
  if (rank_ >= 0 && rank >= rank_) return;
  rank_ = rank;
  best_ = folder.name;
}

}  // namespace mailcanary
