// The station: the engine with its hands. It records, sends, reads mailboxes, delivers notices and publishes, in the
// order that the engine's turns demand. `run`, `tick`, `check` and `demo` are built on it.
// Threads: the loop's thread.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alerts/channel.h"
#include "alerts/status_site.h"
#include "config/config.h"
#include "core/event_loop.h"
#include "core/files.h"
#include "core/http_client.h"
#include "monitor/engine.h"
#include "monitor/heartbeat.h"
#include "monitor/ledger.h"
#include "monitor/page_history.h"
#include "monitor/published_site.h"
#include "monitor/traffic/sent_source.h"
#include "probes/inbox.h"
#include "probes/submission.h"

namespace mailcanary {

struct StationOptions {
  EngineRole role = EngineRole::decides;
  Duration submit_patience = std::chrono::seconds(60);
  std::optional<MonoTime> submit_by;  // for a single canary: when its submission must have ended, sooner than that
  Duration heartbeat = std::chrono::seconds(30);  // of mailbox looks
  Duration refresh = std::chrono::seconds(30);    // of the page, when nothing happens
  // For a process that lives long, so that what costs a sync or a command is shared by several canaries. Zero: at once.
  Duration record_within{};  // what may be lost in a crash without harm is written with something else, or then
  Duration forget_every{};   // of one mailbox: canaries that were found are deleted together
  std::function<void(const Canary&)> on_settled;  // for `demo`
};

class Station {
 public:
  // Opens the ledger and reads memory from it. Errors are the operator's to mend: ledger unreadable, channel unusable.
  static Result<std::unique_ptr<Station>> open(EventLoop& loop, const Config& config, StationOptions options);
  ~Station();

  // One turn of the engine as a recipe: decide, record, then send, forget, notify and publish.
  Task<void> take_turn(std::vector<std::size_t> due);
  Task<void> take_turn();  // with nothing due
  // Waits until an event asks for a turn, the engine wants one, or the time is over.
  Task<void> wait_for_event(Duration at_most);
  void ask_for_turn() { event_.notify(); }

  // For `run`: these go on until close().
  Task<void> read_mailbox(AccountName account);
  // Starts read_mailbox() of all, a few logins at a time; ends when all are started.
  Task<void> read_mailboxes();
  std::size_t unanswered() const;  // mailboxes of which nothing is known yet: neither looked at nor failed
  Task<void> deliver_notices(ChannelName channel);
  Task<void> keep_told(ChannelName channel);  // for services that forget: ends at once for all others
  // For `tick`: one complete look at the mailbox; every notice that is due tried once.
  Task<void> collect(AccountName account);
  // Waits until the readers have deleted what is safe in the ledger, or the time is over.
  Task<void> removals_done(Duration at_most);
  Task<void> forget_all();  // deletes from the mailboxes what is safe in the ledger
  Task<void> deliver_due(ChannelName channel, MonoTime deadline);
  Task<void> repeat(ChannelName channel);  // tells once how things stand, where the service forgets
  Vitals vitals() const;                   // for heartbeats
  std::string metrics_text() const;
  // Waits until no submission is under way.
  Task<void> submissions_done();
  int submissions() const { return submissions_; }
  const std::optional<CanaryId>& newest_sent() const { return newest_sent_; }

  // Reads how many mails were sent, of each account that says where from, when it is worth asking again.
  Task<void> count_sent();
  bool counts_sent() const { return !sending_.empty(); }
  Task<void> look_upstream();  // reads the providers' own status pages that are due, all at once
  Task<void> ask_anchors();    // once
  Task<void> watch_anchors();  // for `run`: at first, then when the engine wants to know; goes on until close()
  Task<void> take_orders();  // what people did by other commands, when there is something new
  // When that was done last; once it was, commits bring it along.
  const std::optional<MonoTime>& orders_looked_at() const { return orders_looked_at_; }
  Task<void> load_history();  // what the page shows of the past, from the ledger
  // What a start did not wait for, bit by bit; afterwards nothing. Canaries first: rules wait for them.
  Task<void> load_canaries();
  Task<void> load_hours();
  Task<void> adopt();      // what another process left unsettled in the ledger
  Task<void> retire();     // rollups and retention, until nothing is left to do
  Task<Result<void>> publish();  // renders the page; writes status.dir when configured

  std::vector<AccountName> mailboxes() const;  // accounts that routes need to read
  std::vector<ChannelName> channels() const;
  Task<void> close();  // farewell to servers, last commit

  Engine& engine() { return *engine_; }
  Ledger& ledger() { return *ledger_; }
  // Waits until the page has something new to say, or the time is over.
  Task<void> wait_for_news(Duration at_most);
  const PublishedSite& site() const { return *site_; }  // what was published last, ready to be served
  void on_published(std::function<void()> call) { on_published_ = std::move(call); }
  WallTime last_turn() const { return last_turn_; }
  bool page_is_stale(WallTime now) const;

 private:
  struct Mailbox {
    std::unique_ptr<Inbox> inbox;
    std::unique_ptr<Wakeup> recorded;   // its sightings are in the ledger
    std::vector<MessageRef> forget;     // may be deleted now
    std::optional<MonoTime> forgot_at;  // when some were deleted last
    std::optional<Expected> told;       // last expect()
    std::optional<MonoTime> started_at;  // of its reader
    bool answered = false;               // looked at, or failed, once
    std::optional<WallTime> read_at;     // when that was last
  };
  struct Sending {
    std::unique_ptr<SentSource> source;
    std::optional<MonoTime> asked_at;
  };
  struct Outlet {
    std::unique_ptr<ChannelAdapter> adapter;
    std::unique_ptr<Wakeup> wake;
    std::optional<WallTime> try_at;  // when the next notice that waits is due
    Duration pace{};
    std::optional<MonoTime> paced_until;
    bool delivering = false;
    std::string repeat_fault;  // of the last repeat(); empty: it was heard
  };
  Station(EventLoop& loop, const Config& config, StationOptions options);
  Result<void> watch_mailbox(const Account& account, LedgerStore& store, const EngineMemory& memory, WallTime now);
  Result<void> watch_traffic(LedgerStore& store, const EngineMemory& memory, WallTime now);
  void look_back_for_bounces(const AccountName& account, const EngineMemory& memory, WallTime now, InboxOptions& inbox);
  enum class Recorded { yes, held, no };
  Task<Recorded> record(Batch batch);
  Task<void> send(Canary canary);
  Task<std::vector<TrafficBounce>> not_yet_counted(AccountName account, std::vector<TrafficBounce> bounces);
  enum class Brought { canaries, nothing };  // of this ledger
  Task<Brought> take_report(AccountName account, InboxReport report);
  bool forget_is_due(const Mailbox& mailbox) const;
  Task<void> forget(AccountName account);
  std::optional<std::filesystem::file_time_type> ledger_stamp() const;
  enum class Tried { one, nothing_due };
  Task<Tried> try_notice(ChannelName channel);

  EventLoop& loop_;
  const Config& config_;
  StationOptions options_;
  HttpClient http_;
  std::unique_ptr<MailSender> mail_;
  Wakeup event_, submitted_, answered_, page_news_, delivered_, anchors_wanted_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Engine> engine_;
  std::map<AccountName, std::unique_ptr<Submitter>> submitters_;
  std::map<AccountName, Mailbox> mailboxes_;
  std::map<AccountName, Sending> sending_;
  std::map<ChannelName, Outlet> outlets_;
  Batch unrecorded_;
  std::optional<MonoTime> held_since_;  // when the oldest of `unrecorded_` came
  std::optional<MonoTime> failed_at_;   // when the ledger last refused it
  std::vector<AccountMessage> to_forget_;  // to be deleted once `unrecorded_` is in the ledger
  int submissions_ = 0, removals_ = 0, deliveries_ = 0;  // under way
  bool closing_ = false;  // an inbox that is closed answers at once, again and again
  std::optional<CanaryId> newest_sent_;
  std::shared_ptr<const PublishedSite> site_ = std::make_shared<const PublishedSite>();
  std::function<void()> on_published_;
  bool news_ = true;
  std::int64_t orders_seen_ = 0;
  std::optional<MonoTime> orders_looked_at_;
  bool taking_orders_ = false;
  std::optional<std::filesystem::file_time_type> ledger_seen_;  // as its file was when it was last looked into
  WallTime published_at_, last_turn_;
  std::optional<TimeSpan> hours_later_;  // sums of hours that are still to be read
  std::optional<WallTime> wake_at_;  // as the last turn said
  std::shared_ptr<PageHistory> history_ = std::make_shared<PageHistory>();
};

// Held by the one process that decides and reads the mailboxes: `run`, `tick`, or a lone `check`.
// ErrorKind::busy when another one holds it; the message names it and says that it goes on undisturbed.
Result<FileLock> hold_ledger(const Config& config);

}  // namespace mailcanary
