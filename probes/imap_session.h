// One IMAP session that is logged in: the commands the inbox needs, one at a time (RFC 3501, 2177, 4315, 6154).
// Keeps what servers say unasked: how many messages the folder holds and when it grew.
// Threads: the loop's thread; no call may overlap another.
// Does not: connect (see imap_connect.h), retry, or look into messages. Every wait has a deadline but wait(),
// which the caller bounds.
// Errors: `refused` when the server said NO or BAD: the session lives on. All others end the session: throw it away.
// Bounded: lines, literals, responses a command.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event_loop.h"
#include "core/line_session.h"
#include "core/result.h"
#include "probes/imap_parser.h"

namespace mailcanary {

// How long a server may take for an answer.
struct ImapPatience {
  Duration answer = std::chrono::seconds(30);
  Duration idle = std::chrono::seconds(10);    // for its word that IDLE has begun
  Duration fetch = std::chrono::seconds(60);
  Duration search = std::chrono::seconds(120);  // through the headers of a large mailbox that no index holds
};

class ImapSession {
 public:
  ImapSession(EventLoop& loop, std::unique_ptr<LineSession> lines, ImapPatience patience = {})
      : loop_(loop), lines_(std::move(lines)), patience_(patience) {}

  Task<Result<void>> ask_capabilities();
  bool can(std::string_view capability) const;  // upper case

  struct Folder {
    std::uint32_t uid_validity = 0;
    std::optional<std::uint32_t> uid_next;
    bool uids_last = true;  // false: no UIDVALIDITY was told, so nothing says whether an earlier session's UIDs still hold
  };
  enum class Access { read_write, read_only };
  // `name` as on the wire, not quoted.
  Task<Result<Folder>> select(std::string name, Access access);
  std::uint32_t exists() const { return exists_; }
  // EXISTS was read with a larger number than before: when (the last time), and how many more. Given once, and
  // cleared by select().
  struct Growth {
    Now at;
    std::uint32_t by = 0;
  };
  std::optional<Growth> take_growth() { return std::exchange(growth_, std::nullopt); }

  Task<Result<void>> noop();
  // Hands each FETCH response to `sink` as it comes, so that a long answer need not fit into memory.
  using FetchSink = std::function<void(ImapFetch&&)>;
  Task<Result<void>> fetch(std::string uid_set, std::string items, FetchSink sink);
  Task<Result<std::vector<std::uint32_t>>> search(std::string criteria);  // UIDs, ascending
  // The highest UID in the selected folder; nothing when it is empty.
  Task<Result<std::optional<std::uint32_t>>> highest_uid();
  // Marks as deleted, and with UIDPLUS expunges just these. Without UIDPLUS there is no way to expunge that spares
  // the messages other people marked, so the mark is all.
  Task<Result<void>> remove(std::string uid_set);
  using ListSink = std::function<void(const ImapListed&)>;
  Task<Result<void>> list(ListSink sink);  // all folders, with SPECIAL-USE attributes where the server has them
  Task<Result<ImapFolderStatus>> status(std::string name);

  // `timed_out`: the server offers IDLE and does not answer it (Courier without its file monitor).
  Task<Result<void>> start_idle();
  Task<Result<void>> stop_idle();
  bool idling() const { return !idle_tag_.empty(); }
  // Waits for the server to say something by itself (in IDLE or not) and reads it. A server may also end IDLE by
  // itself; then idling() is false.
  Task<Result<LineSession::Ready>> wait(Duration at_most, Wakeup* wake);

  Task<void> logout();

 private:
  using Sink = std::function<void(ImapResponse&&)>;
  Task<Result<void>> command(std::string text, Duration patience, Sink sink);
  Task<Result<std::string>> send(std::string text, MonoTime deadline);  // the tag
  Task<Result<void>> finish(std::string tag, MonoTime deadline, Sink sink);
  Task<Result<ImapResponse>> read(MonoTime deadline);
  void note(const ImapResponse& response);

  EventLoop& loop_;
  std::unique_ptr<LineSession> lines_;
  const ImapPatience patience_;
  unsigned last_tag_ = 0;
  std::string idle_tag_;
  std::vector<std::string> capabilities_;
  std::uint32_t exists_ = 0;
  std::optional<Growth> growth_;
  Folder selecting_;
  std::string farewell_;   // of BYE
  int responses_ = 0;      // since the last command was sent
  std::size_t bytes_ = 0;  // the same
};

}  // namespace mailcanary
