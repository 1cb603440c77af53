#include "probes/bounce/prose.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "core/text.h"
#include "probes/bounce/addresses.h"
#include "probes/bounce/fields.h"
#include "probes/bounce/prose_words.h"

namespace mailcanary::bounce {
namespace {

constexpr std::size_t max_recipients = 1000;
constexpr std::size_t max_said = 4096;
constexpr std::size_t max_line = 4096;

enum class Place { head, introduced, somewhere };

// How an address at the head of a line is written. The recipients of one report are written alike.
struct Style {
  char bracket = 0;
  bool indented = false;
  bool operator==(const Style&) const = default;
};

struct Candidate {
  std::string address;
  Place place = Place::somewhere;
  Style style;
  int weight = 0;  // how much the line looks like one that names a recipient
};

// What may stand before an address at the head of a line: ornaments, a reply code, an enhanced status.
bool is_head(std::string_view before) {
  return before.find_first_not_of(" \t<\"'(*>-[:0123456789.#`·•") == std::string_view::npos && before.size() < 40;
}

// A description "a@b <c@d>" speaks of c@d.
const FoundAddress& meant(const std::vector<FoundAddress>& found, std::string_view line) {
  if (found.size() < 2) return found[0];
  const std::string_view between = line.substr(found[0].end, found[1].begin - found[0].end);
  return trim(between) == "<" && between.size() > 1 ? found[1] : found[0];
}

int weight_of(std::string_view after, char bracket) {
  int weight = 0;
  if (bracket == '<') weight += 2;
  while (!after.empty() && std::string_view(">\"')] \t").find(after[0]) != std::string_view::npos)
    after.remove_prefix(1);
  if (after.starts_with(':')) weight += 3;
  if (after.empty()) weight += 2;
  return weight;
}

void append_candidates(std::vector<Candidate>& candidates, std::string_view line, std::string_view previous) {
  const auto found = addresses_in(line);
  if (found.empty()) return;
  const std::string small = lower(line);
  const std::string_view words(small);
  if (is_head(line.substr(0, found[0].begin))) {
    const FoundAddress& address = meant(found, line);
    const char before = found[0].begin > 0 ? line[found[0].begin - 1] : ' ';
    const char bracket = std::string_view("<\"'").find(before) != std::string_view::npos ? before : '\0';
    const bool indented = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    candidates.push_back(
        {address.address, Place::head, {bracket, indented}, weight_of(line.substr(address.end), bracket)});
    return;
  }
  std::size_t from = 0;
  const bool help = offers_help(words);
  for (const auto& address : found) {
    std::string_view before = words.substr(from, address.begin - from);
    std::string joined;
    if (trim(before).size() < 2 && from == 0) before = joined = lower(previous) + " ";
    from = address.end;
    if (introduces_recipient(before)) {
      candidates.push_back({address.address, Place::introduced, {}, 0});
    } else if (!help) {
      candidates.push_back({address.address, Place::somewhere, {}, 0});
    }
  }
}

std::vector<Candidate> candidates_in(std::string_view report) {
  std::vector<Candidate> candidates;
  std::string_view previous;
  while (!report.empty() && candidates.size() < 4 * max_recipients) {
    const std::string_view line = take_line(report).substr(0, max_line);
    append_candidates(candidates, line, previous);
    if (!trim(line).empty()) previous = trim(line);
  }
  return candidates;
}

std::vector<std::string> distinct(const std::vector<Candidate>& candidates, auto wanted) {
  std::vector<std::string> addresses;
  std::unordered_map<std::string_view, bool> seen;
  for (const auto& candidate : candidates) {
    if (addresses.size() >= max_recipients) break;
    if (wanted(candidate) && seen.emplace(candidate.address, true).second) addresses.push_back(candidate.address);
  }
  return addresses;
}

std::vector<std::string> choose(std::vector<Candidate> candidates) {
  // Roles are named for help; only when nobody else is named may one be the recipient.
  if (std::any_of(candidates.begin(), candidates.end(),
                  [](const auto& c) { return !is_role_address(c.address) && c.place != Place::somewhere; })) {
    std::erase_if(candidates, [](const auto& c) { return is_role_address(c.address); });
  }
  const Candidate* best = nullptr;
  for (const auto& candidate : candidates) {
    if (candidate.place == Place::head && (best == nullptr || candidate.weight > best->weight)) best = &candidate;
  }
  if (best != nullptr) {
    const Style style = best->style;
    return distinct(candidates, [&](const auto& c) { return c.place == Place::head && c.style == style; });
  }
  auto addresses = distinct(candidates, [](const auto& c) { return c.place == Place::introduced; });
  if (addresses.empty()) addresses = distinct(candidates, [](const auto& c) { return c.place == Place::somewhere; });
  if (addresses.size() > 1 &&
      std::none_of(candidates.begin(), candidates.end(), [](const auto& c) { return c.place == Place::introduced; })) {
    addresses.resize(1);
  }
  return addresses;
}

bool says_nothing(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace

ProseParts part_prose(std::string_view text) {
  text = text.substr(0, max_prose);
  std::string_view rest = text;
  while (!rest.empty()) {
    const char* begin = rest.data();
    const std::string_view line = take_line(rest);
    if (!opens_original(line)) continue;
    const auto length = static_cast<std::size_t>(begin - text.data());
    const bool is_field = !field_of_line(line).name.empty() && !line.ends_with(':');
    std::string_view original = is_field ? text.substr(length) : rest;
    original.remove_prefix(std::min(original.find_first_not_of('\n'), original.size()));
    return {text.substr(0, length), original};
  }
  return {text, {}};
}

std::vector<ProseRecipient> recipients_in(std::string_view report, const Strangers& strangers) {
  std::vector<Candidate> candidates = candidates_in(report);
  std::erase_if(candidates, [&](const auto& c) {
    return std::find(strangers.begin(), strangers.end(), c.address) != strangers.end();
  });
  return said_of(report, choose(std::move(candidates)));
}

std::vector<ProseRecipient> recipients_at_heads(std::string_view report) {
  std::vector<Candidate> candidates = candidates_in(report);
  std::erase_if(candidates, [](const auto& c) { return c.place != Place::head; });
  return said_of(report, choose(std::move(candidates)));
}

std::vector<ProseRecipient> said_of(std::string_view report, const std::vector<std::string>& addresses) {
  std::vector<ProseRecipient> recipients;
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < addresses.size() && i < max_recipients; ++i) {
    recipients.push_back({addresses[i], {}});
    index.emplace(addresses[i], i);
  }
  std::optional<std::size_t> current;
  while (!report.empty()) {
    const std::string_view line = take_line(report).substr(0, max_line);
    std::size_t skip = 0;
    for (const auto& found : addresses_in(line)) {
      const auto at = index.find(found.address);
      if (at == index.end()) continue;
      current = at->second;
      const std::string_view before = line.substr(0, found.begin);
      if (is_head(before) && before.find_first_of("0123456789") == std::string_view::npos) skip = found.end;
      break;
    }
    if (!current) continue;
    std::string& says = recipients[*current].says;
    if (says.size() + line.size() < max_said) says.append(line.substr(skip)).append("\n");
  }
  // Addresses listed one below the other share what is said below the last.
  for (std::size_t i = recipients.size(); i-- > 1;) {
    if (says_nothing(recipients[i - 1].says)) recipients[i - 1].says = recipients[i].says;
  }
  return recipients;
}

}  // namespace mailcanary::bounce
