// One POP3 mailbox from session to session. Each session logs in, lists what is new, reads it, deletes what is wanted
// deleted, and quits: new mail shows only after a new login, and only QUIT makes deletions true.
// Does not: decide when, keep a session, or delete anything whose signature does not verify in that same session.
// Threads: the loop's thread; one call at a time.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/message_reading.h"
#include "probes/pop3_listing.h"
#include "probes/pop3_session.h"

namespace mailcanary {

class Pop3Mailbox {
 public:
  Pop3Mailbox(EventLoop& loop, InboxOptions options);

  struct Fault {
    std::string text;  // safe one-line text
    enum class Whose { server, own, credentials } whose = Whose::server;
  };
  // One whole session. What was found stands in take_found() whether it came to its end or not.
  Task<std::optional<Fault>> visit();

  void want_removed(const std::vector<MessageRef>& messages);
  bool still_wanted(const std::vector<MessageRef>& messages) const;

  std::vector<Sighting> take_found() { return std::exchange(found_, {}); }
  std::vector<TrafficBounce> take_traffic() { return std::exchange(traffic_, {}); }
  bool has_found() const { return !found_.empty() || !traffic_.empty(); }
  bool backlog() const { return backlog_; }             // there is more to read: visit again at once
  std::optional<Now> looked() const { return looked_; }  // when the last complete look began
  std::optional<FolderCursor> cursor() const;
  MonoTime login_allowed_at() const { return login_allowed_at_; }

 private:
  Task<Result<void>> look(Pop3Session& session, Now began);
  Task<Result<void>> list(Pop3Session& session);
  Task<Result<void>> read(Pop3Session& session, std::vector<std::uint32_t> places, std::optional<Now> noticed);
  Result<void> give_up_on(std::uint32_t place, Error error);
  Task<Result<std::optional<Sighting>>> read_one(Pop3Session& session, std::uint32_t place, std::string top);
  Task<Result<std::vector<std::uint64_t>>> remove_wanted(Pop3Session& session);
  Fault login_fault(const ConnectFailure& failure) const;

  EventLoop& loop_;
  const Account account_;
  const ReadBy by_;
  Pop3Listing::Start start_;
  Pop3Listing listing_;
  std::optional<Pop3Capabilities> can_;
  std::vector<std::uint64_t> wanted_;  // to be deleted
  std::vector<Sighting> found_;
  std::vector<TrafficBounce> traffic_;
  bool backlog_ = false;
  std::optional<Now> looked_;
  MonoTime login_allowed_at_{};
  std::uint64_t stuck_at_ = 0;  // the message at which sessions ended, and how often
  int stuck_ = 0;
};

}  // namespace mailcanary
