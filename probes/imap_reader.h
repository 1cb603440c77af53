// Reads on in one folder of a mailbox, from where reading stood to the end, and finds the canaries and the bounces
// of canaries in it. Few new messages are read (their headers only); many are narrowed by the server's own search
// first, so that 100,000 messages of other people cost a search and no more. In a mailbox of real bounces every new
// message is read, and the first look starts at the end.
// Threads: the loop's thread.
// Does not: select folders, change anything in the mailbox (BODY.PEEK only), or wait for news.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "probes/imap_arrival.h"
#include "probes/imap_session.h"
#include "probes/inbox.h"
#include "probes/message_reading.h"

namespace mailcanary {

struct FolderPlace {
  enum class Role { inbox, junk } role = Role::inbox;
  std::string name;                // as on the wire
  std::uint32_t uid_validity = 0;  // 0: no place yet
  std::uint32_t next_uid = 0;
  std::optional<Now> looked;       // when the last look that came to its end began
  int refusals = 0;                // looks in a row at which the server handed out none of the messages asked for
  FolderCursor cursor() const { return {name, uid_validity, next_uid}; }
};

struct FolderRead {
  std::vector<Sighting> sightings;
  std::vector<TrafficBounce> traffic;
  bool complete = false;         // false without failure: so much was found that the rest is for the next call
  std::optional<Error> failure;  // `refused`: the session lives on. What was found before it stands
};

class FolderReader {
 public:
  FolderReader(EventLoop& loop, ReadBy by) : loop_(loop), by_(std::move(by)) {}

  // The folder was just selected (the command was sent at `began`). Goes on from the place; when that means nothing
  // in this folder (another UIDVALIDITY, or none yet) looks back for canaries `since` then, or starts at the end.
  Task<FolderRead> read_opened(ImapSession& session, FolderPlace& place, ImapSession::Folder folder, Now began,
                               std::optional<WallTime> since);
  // The selected folder has grown.
  struct News {
    std::optional<ImapSession::Growth> growth;  // as the server said; absent: look how far it goes
    ArrivalEvidence::Word word = ArrivalEvidence::Word::answer;
  };
  Task<FolderRead> read_grown(ImapSession& session, FolderPlace& place, News news);
  // Which of these messages of the selected folder prove to be canaries, or bounces of them. Errors: those of a FETCH.
  Task<Result<std::vector<std::uint32_t>>> proven(ImapSession& session, FolderPlace place, std::string set);

 private:
  struct Batch;
  struct Plan;
  Task<void> read_plan(ImapSession& session, FolderPlace& place, Plan plan, FolderRead& out);
  Task<Result<std::vector<std::uint32_t>>> candidates(ImapSession& session, std::uint32_t first, std::uint32_t last,
                                                      std::string criteria);
  Task<Result<void>> examine(ImapSession& session, FolderPlace& place, std::string set, News news, FolderRead& out);
  Task<Result<void>> examine_set(ImapSession& session, FolderPlace& place, std::string set, News news, FolderRead& out);
  void look_at(Batch& batch, ImapFetch message);
  std::optional<Sighting> sighting(Batch& batch, const ImapFetch& message, HeaderWord word, std::string_view whole);
  std::string gap_search() const;

  EventLoop& loop_;
  ReadBy by_;
  SkewEstimate skew_;
};

}  // namespace mailcanary
