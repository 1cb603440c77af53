// Reading the mailbox where canaries arrive. One Inbox per mailbox, shared by all routes that end there (and by the
// bounces of routes that start there). Pull model: the caller awaits next() again and again.
// Threads: the loop's thread.
// Does not: touch any message whose signature does not verify, write to the ledger, or judge.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "probes/bounce_notice.h"
#include "probes/canary.h"
#include "probes/canary_message.h"
#include "probes/traffic_bounce.h"

namespace mailcanary {

// Where reading stands in one folder; kept in the ledger so that nothing is read twice and nothing is skipped.
struct FolderCursor {
  std::string folder;
  std::uint32_t uid_validity = 0;
  std::uint32_t next_uid = 0;  // the lowest UID not yet looked at
};

// A verified message, named so that it can be deleted later.
struct MessageRef {
  std::string folder;
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
};

struct Sighting {
  CanaryId id;
  ProofPlace place = ProofPlace::header;
  MessageRef message;
  enum class Kind { canary, bounce, delay_notice } kind = Kind::canary;
  bool in_junk = false;
  // Arrival: the best of push, poll, INTERNALDATE, last Received; the source and its resolution say which.
  WallTime arrived_at;
  ArrivalSource source = ArrivalSource::poll;
  Duration resolution{};
  std::optional<Duration> clock_skew;
  WallTime seen_at;  // when our reader had it in hand
  std::vector<Hop> hops;
  Verdicts verdicts;
  std::optional<BounceReport> bounce;  // for bounce and delay_notice
  std::vector<std::string> changes{};  // of a canary: what the way altered, in words
};

struct InboxReport {
  // A look that came to its end: every message that was in the folders at `looked_at` has been examined.
  // Absent: the mailbox could not be looked at, and `fault` says why.
  std::optional<WallTime> looked_at;
  std::string fault;  // safe one-line text: "log in to imap.example: credentials refused"
  bool own_fault = false;  // credentials refused, own network: not the provider's failure
  std::vector<Sighting> sightings;
  std::vector<TrafficBounce> traffic;  // of a mailbox of real bounces; a message may be told of more than once
  std::vector<FolderCursor> cursors;  // store these in the same transaction as what was found
};

// Canaries that are pending, as one mailbox sees them.
struct Expected {
  int arriving = 0;   // on their way to it
  int returning = 0;  // sent from its account: a bounce of them would come to it
  bool operator==(const Expected&) const = default;
};

class Inbox {
 public:
  virtual ~Inbox() = default;
  // Returns when something was seen, when a look was completed with nothing in it (at least every `heartbeat`), or
  // when looking failed (then again after a backoff of its own: call next() at once).
  virtual Task<InboxReport> next() = 0;
  // While young canaries arrive here, looks are quick (about every 100 ms); while bounces may come, a server that does
  // not push is asked about every second; with none of both, IDLE waits. May be called at any time; wakes a waiting next().
  virtual void expect(Expected expected, Now now) = 0;
  // Asks for a complete look, and a report of it, as soon as it can be done: a canary's time is over, and only a look
  // tells whether it is there. May be called at any time; wakes a waiting next().
  virtual void look_now() = 0;
  // Deletes these messages for good (by UID, UIDPLUS where offered). Call it only after their sightings are safe in
  // the ledger. What cannot be deleted now is tried again by a later call. Not while next() is under way.
  virtual Task<Result<void>> remove(std::vector<MessageRef> messages) = 0;
  virtual Task<void> close() = 0;
};

struct InboxOptions {
  Account account;
  Secret signing_key;
  std::vector<FolderCursor> cursors;  // from the ledger; none: start at the mailbox's present end …
  std::optional<WallTime> since;      // … but look back for canaries since then when the cursor is of no use
  // Of an account with `bounces`: what came before is not counted. Reading starts with the present end, whatever `since`.
  std::optional<WallTime> count_from;
  std::vector<MessageRef> handled;    // seen, recorded, and not yet deleted: not to be reported again
  Duration heartbeat = std::chrono::seconds(30);
  Duration quick_look = std::chrono::milliseconds(100);
  Duration junk_look = std::chrono::seconds(5);  // while canaries are outstanding; every heartbeat otherwise
};
std::unique_ptr<Inbox> make_imap_inbox(EventLoop& loop, InboxOptions options);
std::unique_ptr<Inbox> make_pop3_inbox(EventLoop& loop, InboxOptions options);
std::unique_ptr<Inbox> make_maildir_inbox(EventLoop& loop, InboxOptions options);
// The inbox for the account's protocol, from the table in inbox.cc; invalid_input when there is none for it.
Result<std::unique_ptr<Inbox>> make_inbox(EventLoop& loop, InboxOptions options);

}  // namespace mailcanary
