// A mailbox as the inbox sees it: INBOX and the Junk folder over one session, where reading stands in each, and what
// was found and is not reported yet. INBOX is the folder that stays selected; Junk is asked about by STATUS and
// opened only when something came into it.
// Threads: the loop's thread; no call may overlap another.
// Does not: connect, wait, or decide when to look (imap_inbox.cc does). Outlives its sessions.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/event_loop.h"
#include "probes/imap_reader.h"
#include "probes/imap_session.h"
#include "probes/inbox.h"

namespace mailcanary {

class ImapMailbox {
 public:
  ImapMailbox(EventLoop& loop, InboxOptions options);

  void attach(std::unique_ptr<ImapSession> session);
  void detach();
  ImapSession* session() const { return session_.get(); }  // null: not connected

  // Both need a session. After an error, also `refused`, the session is of no more use.
  // INBOX: selects it when it is not, and reads what is new. `news`: what the server said (nothing: asks).
  Task<Result<void>> look_inbox(FolderReader::News news);
  // Finds the Junk folder when there is none yet, and reads what is new in it.
  Task<Result<void>> look_junk();

  bool inbox_selected() const { return session_ && selected_ == Selected::inbox; }
  std::optional<Now> inbox_looked() const { return inbox_.looked; }
  std::optional<Now> junk_looked() const { return junk_looked_; }
  void inbox_was_empty_at(Now began) { inbox_.looked = began; }  // a NOOP brought no news
  // More than one look takes was found: look again at once.
  bool inbox_backlog() const { return inbox_backlog_; }
  bool junk_backlog() const { return junk_backlog_; }

  std::vector<Sighting> take_found() { return std::exchange(found_, {}); }
  std::vector<TrafficBounce> take_traffic() { return std::exchange(traffic_, {}); }
  bool has_found() const { return !found_.empty() || !traffic_.empty(); }
  std::vector<FolderCursor> cursors() const;
  // All that was in both folders at this time has been examined; nothing before the first complete look, and while
  // there is a backlog.
  std::optional<WallTime> complete_until() const;
  // Why the Junk folder cannot be looked at; empty: it can, or there is none.
  const std::string& junk_fault() const { return junk_fault_; }

  // Deletes what is waiting to be deleted, these messages too. After an error that is not `refused` the session is
  // of no more use.
  void want_removed(const std::vector<MessageRef>& messages);
  Task<Result<void>> remove_wanted();

 private:
  Task<Result<void>> open_inbox();
  Task<Result<void>> open_junk(Now began);
  Task<Result<void>> find_junk();
  Task<Result<void>> remove_some(std::vector<MessageRef> same_folder);
  Result<void> keep(FolderRead read);
  std::optional<WallTime> look_back_to() const;
  FolderPlace place_from_cursor(FolderPlace::Role role, const std::string& name) const;

  EventLoop& loop_;
  const InboxOptions options_;
  const std::string wanted_junk_;  // named by the operator, as on the wire
  FolderReader reader_;
  std::unique_ptr<ImapSession> session_;
  enum class Selected { none, inbox, other } selected_ = Selected::none;
  FolderPlace inbox_, junk_;       // junk_.name is empty when there is no such folder
  bool inbox_uids_last_ = true;
  bool inbox_backlog_ = false, junk_backlog_ = false;
  std::optional<Now> junk_looked_;  // also when there is no such folder
  std::optional<MonoTime> junk_searched_;
  std::string junk_fault_;
  std::optional<WallTime> first_look_;
  std::vector<Sighting> found_;
  std::vector<TrafficBounce> traffic_;
  std::vector<MessageRef> to_remove_;
  // Folder, UIDVALIDITY and UID of what this session has verified.
  std::set<std::tuple<std::string, std::uint32_t, std::uint32_t>> proven_;
};

}  // namespace mailcanary
