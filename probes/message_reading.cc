#include "probes/message_reading.h"

#include <algorithm>

#include "core/crypto.h"
#include "probes/headers.h"

namespace mailcanary {
namespace {

std::optional<Sighting::Kind> kind_of(const BounceReport& report) {
  switch (report.kind) {
    case BounceReport::Kind::failed: return Sighting::Kind::bounce;
    case BounceReport::Kind::delayed: return Sighting::Kind::delay_notice;
    default: return std::nullopt;  // good news that the sighting of the canary itself tells better
  }
}

}  // namespace

ReadBy read_by(const InboxOptions& options) {
  ReadBy by{options.signing_key, options.account.authserv_id, std::nullopt};
  // Servers that keep whole seconds keep those that have begun.
  if (options.account.bounces && options.count_from) by.count_from = std::chrono::floor<std::chrono::seconds>(*options.count_from);
  return by;
}

HeaderWord read_header_word(const ReadBy& by, std::string_view header_block) {
  HeaderWord word{recognise_canary(header_block, by.key)};
  // A subject can be quoted by a bounce; the other places cannot.
  const bool sure = word.proof && word.proof->place != ProofPlace::subject;
  word.fetch_whole = !sure && (by.counts() || may_be_bounce(header_block));
  return word;
}

std::size_t body_begin(std::string_view message) {
  const auto unix_end = message.find("\n\n"), wire_end = message.find("\r\n\r\n");
  return std::min({message.size(), unix_end == std::string_view::npos ? message.size() : unix_end + 2,
                   wire_end == std::string_view::npos ? message.size() : wire_end + 4});
}

Reading read_message(const ReadBy& by, const HeaderWord& word, std::string_view header_block, std::string_view whole,
                     std::optional<WallTime> stored_at, WallTime seen_at, const ArrivedBody& body) {
  Reading reading;
  const BounceMail mail = whole.empty() ? BounceMail{} : read_bounce_mail(whole);
  auto notice = whole.empty() ? std::nullopt : read_bounce(whole, mail, by.key);
  const auto kind = notice ? kind_of(notice->report) : std::nullopt;
  Sighting found;
  if (kind) {
    found.id = notice->canary;
    found.place = notice->place;
    found.kind = *kind;
    found.bounce = std::move(notice->report);
  } else if (word.proof) {
    found.id = word.proof->id;
    found.place = word.proof->place;
    found.changes = find_changes(*word.proof, header_block, body, by.key);
  } else {
    if (notice || !by.counts()) return reading;
    reading.traffic = read_traffic_bounce(header_block, mail, stored_at, seen_at);
    if (reading.traffic && reading.traffic->arrived_at < std::max(*by.count_from, seen_at - oldest_counted)) reading.traffic.reset();
    return reading;
  }
  found.seen_at = seen_at;
  found.hops = read_hops(header_block, {ulid_time(found.id.str()), seen_at, {}});
  found.verdicts = read_verdicts(header_block, by.authserv_id);
  reading.sighting = std::move(found);
  return reading;
}

Sighting with_arrival(Sighting sighting, ArrivalEvidence evidence, std::optional<Duration> skew) {
  evidence.made = ulid_time(sighting.id.str());
  if (!sighting.hops.empty()) evidence.received = sighting.hops.back().at;
  const Arrival arrival = judge_arrival(evidence, skew);
  sighting.arrived_at = arrival.at;
  sighting.source = arrival.source;
  sighting.resolution = arrival.resolution;
  sighting.clock_skew = arrival.clock_skew;
  return sighting;
}

std::uint64_t message_number(std::string_view lasting_name) {
  const std::string digest = sha256(lasting_name);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
  return number;
}

MessageRef message_ref(std::string folder, std::uint64_t number) {
  return {std::move(folder), static_cast<std::uint32_t>(number >> 32), static_cast<std::uint32_t>(number)};
}

std::uint64_t message_number(const MessageRef& ref) { return std::uint64_t{ref.uid_validity} << 32 | ref.uid; }

}  // namespace mailcanary
