// What one message in a mailbox is to us: a canary, a bounce or a delay notice of one, or somebody else's. The same for
// every kind of mailbox.
// Does not: fetch anything, or tell when it arrived but by the evidence given.
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/secret.h"
#include "probes/alterations.h"
#include "probes/imap_arrival.h"
#include "probes/inbox.h"

namespace mailcanary {

// The header block decides whether the rest of the message must be fetched too.
struct HeaderWord {
  std::optional<Proof> proof;  // it is a canary, unless the whole message turns out to be a bounce
  bool fetch_whole = false;    // it may be a bounce
  bool ours_or_bounce() const { return proof || fetch_whole; }
};

struct ReadBy {
  Secret key;
  std::string authserv_id;  // whose verdicts count (verdicts/verdicts.h)
  std::optional<WallTime> count_from;  // a mailbox of real bounces: those that came since then are counted
  bool counts() const { return count_from.has_value(); }
};
ReadBy read_by(const InboxOptions& options);

HeaderWord read_header_word(const ReadBy& by, std::string_view header_block);

// Where the body begins in a message, after the empty line; its size when there is none.
std::size_t body_begin(std::string_view message);

// `word` of the same header block. `whole` may be cut short; empty when it was not fetched. `stored_at`: the mailbox's
// word of when it came. `body`: of what may be a canary, to tell what the way changed. Of a sighting the arrival is not yet
// set, nor is `message`.
struct Reading {
  std::optional<Sighting> sighting;      // ours
  std::optional<TrafficBounce> traffic;  // a real bounce that is to be counted; never one of a canary
};
Reading read_message(const ReadBy& by, const HeaderWord& word, std::string_view header_block, std::string_view whole,
                     std::optional<WallTime> stored_at, WallTime seen_at, const ArrivedBody& body = {});
// `evidence` without `made` and `received`, which the sighting knows itself. `skew`: the server's clock minus ours, as
// far as known.
Sighting with_arrival(Sighting sighting, ArrivalEvidence evidence, std::optional<Duration> skew);

// A text that names a message for its lifetime (UIDL, the name of a Maildir's file) as the two numbers of a MessageRef:
// the first 64 bits of its SHA-256.
std::uint64_t message_number(std::string_view lasting_name);
MessageRef message_ref(std::string folder, std::uint64_t number);
std::uint64_t message_number(const MessageRef& ref);

}  // namespace mailcanary
