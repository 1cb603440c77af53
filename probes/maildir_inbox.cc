// When to look through a Maildir, and what to report. The looking itself is in maildir_scan.cc.
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>

#include "core/log.h"
#include "core/text.h"
#include "probes/inbox.h"
#include "probes/inbox_parting.h"
#include "probes/maildir_scan.h"

namespace mailcanary {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

constexpr Duration retry_pause = seconds(5);
// A clock that was set, or a file that was copied, shows itself beyond this.
constexpr Duration believable = seconds(2);

// A folder made a moment ago may still lack its parts.
constexpr Duration folder_settles = seconds(1);

// Tells of changes in folders through inotify. Without it (none left, a network file system) looks at intervals remain.
struct FolderWatch : std::enable_shared_from_this<FolderWatch> {
  explicit FolderWatch(EventLoop& event_loop)
      : loop(event_loop), wake(event_loop), fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), events(event_loop.executor()) {
    if (fd >= 0) events.assign(fd);
  }
  void listen() {
    if (fd < 0) return;
    events.async_read_some(asio::buffer(bytes), [weak = weak_from_this()](boost::system::error_code error, std::size_t got) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->take(got);
      self->listen();
    });
  }
  void take(std::size_t got) {
    inotify_event event{};
    for (std::size_t at = 0; at + sizeof event <= got; at += sizeof event + event.len) {
      std::memcpy(&event, bytes.data() + at, sizeof event);
      // Servers keep files of their own beside the folders; only a new folder is news there.
      const bool in_root = event.wd == root;
      if (in_root && !(event.mask & IN_ISDIR)) continue;
      std::optional<Now>& what = in_root ? folder_made : changed;
      if (!what) what = loop.now();
      wake.notify();
    }
  }
  // Again and again: a folder may have been made anew. One that is watched already is not watched twice.
  void watch(const std::string& maildir, const std::vector<std::string>& folders) {
    if (fd >= 0) root = ::inotify_add_watch(fd, maildir.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    for (const auto& folder : folders) {
      if (fd >= 0) ::inotify_add_watch(fd, folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    }
  }
  EventLoop& loop;
  Wakeup wake;
  int fd;
  asio::posix::stream_descriptor events;
  std::array<char, 16 * 1024> bytes{};
  int root = -1;                   // the watch on the Maildir itself
  std::optional<Now> changed;      // the first change since the last look
  std::optional<Now> folder_made;  // beside the inbox: the junk folder, as may be
};

MaildirOptions scan_options(const InboxOptions& options) {
  MaildirOptions made{options.account.inbox->path, options.account.junk_folder,
                      read_by(options), std::nullopt, {}};
  // The cursor is the time up to which files have been looked at.
  for (const auto& cursor : options.cursors) {
    if (cursor.folder == "INBOX") made.changed_since = WallTime(seconds(cursor.next_uid));
  }
  if (!made.changed_since) made.changed_since = options.since;
  for (const auto& message : options.handled) made.handled.insert(message_number(message));
  return made;
}

class MaildirInbox final : public Inbox {
 public:
  MaildirInbox(EventLoop& loop, InboxOptions options)
      : loop_(loop),
        account_(options.account),
        heartbeat_(options.heartbeat),
        started_at_(loop.now().wall),
        watch_(std::make_shared<FolderWatch>(loop)),
        parting_(loop),
        scan_(std::make_shared<MaildirScan>(with_start(scan_options(options)))) {
    watch_->listen();
  }

  Task<InboxReport> next() override;
  // Changes are told as they happen, whether canaries are on their way or not.
  void expect(Expected, Now) override {}
  void look_now() override {
    asked_ = true;
    watch_->wake.notify();
  }
  Task<Result<void>> remove(std::vector<MessageRef> messages) override;
  Task<void> close() override;

 private:
  // Without a cursor and without canaries on their way, reading starts with what comes from now on.
  MaildirOptions with_start(MaildirOptions options) const {
    if (!options.changed_since) options.changed_since = started_at_;
    return options;
  }
  Task<InboxReport> look();
  Sighting dated(MaildirScan::Found found, std::optional<Now> noticed) const;

  EventLoop& loop_;
  const Account account_;
  const Duration heartbeat_;
  const WallTime started_at_;
  const std::shared_ptr<FolderWatch> watch_;
  InboxParting parting_;
  const std::shared_ptr<MaildirScan> scan_;  // shared with the thread that scans, which may outlive us
  bool asked_ = true, scanning_ = false;
  std::optional<Now> looked_;
  MonoTime due_{};
};

// The system's word when it came at once, else the time of the file: this machine wrote both.
Sighting MaildirInbox::dated(MaildirScan::Found found, std::optional<Now> noticed) const {
  Sighting sighting = std::move(found.sighting);
  const auto made = ulid_time(sighting.id.str());
  const bool plausible = found.written <= sighting.seen_at + believable && (!made || found.written >= *made - believable);
  if (plausible) {
    const bool pushed = noticed && noticed->wall >= found.written && noticed->wall - found.written <= push_resolution;
    sighting.arrived_at = pushed ? noticed->wall : found.written;
    sighting.source = pushed ? ArrivalSource::push : ArrivalSource::internaldate;
    sighting.resolution = pushed ? noticed->wall - found.written : Duration(std::chrono::milliseconds(10));
    return sighting;
  }
  ArrivalEvidence evidence;
  evidence.seen = evidence.noticed.emplace(loop_.now());
  if (noticed) evidence.noticed = noticed;
  evidence.last_look = looked_;
  return with_arrival(std::move(sighting), evidence, std::nullopt);
}

Task<InboxReport> MaildirInbox::look() {
  const Now began = loop_.now();
  asked_ = false;
  watch_->watch(account_.inbox->path, scan_->folders());
  const auto noticed = std::exchange(watch_->changed, std::nullopt);
  auto outcome = std::make_shared<MaildirScan::Outcome>();
  std::function<void()> work = [scan = scan_, outcome, wall = began.wall] { *outcome = scan->scan(wall); };
  scanning_ = true;
  co_await run_in_thread(loop_, std::move(work));
  scanning_ = false;

  InboxReport report;
  for (auto& found : outcome->found) {
    found.sighting.seen_at = loop_.now().wall;
    report.sightings.push_back(dated(std::move(found), noticed));
  }
  report.traffic = std::move(outcome->traffic);
  due_ = loop_.now().mono + (outcome->failure ? retry_pause : heartbeat_);
  if (outcome->failure) {
    report.fault = cut(one_line("look at the Maildir: " + outcome->failure->message), 400);
    report.own_fault = true;
    log_warning("mailbox cannot be looked at account={} reason=\"{}\"", account_.name.str(), report.fault);
  } else if (outcome->complete) {
    looked_ = began;
    report.looked_at = began.wall;
    const auto second = std::chrono::floor<seconds>(began.wall).time_since_epoch().count();
    report.cursors = {{"INBOX", 1, static_cast<std::uint32_t>(std::clamp<std::int64_t>(second, 0, UINT32_MAX))}};
  } else {
    asked_ = true;
    report.fault = fmt::format("look at {}: still reading the messages that came before", account_.inbox->path);
    report.own_fault = true;
  }
  co_return report;
}

Task<InboxReport> MaildirInbox::next() {
  const auto running = parting_.begin_next();
  while (!parting_.closing()) {
    const MonoTime now = loop_.now().mono;
    if (const auto made = std::exchange(watch_->folder_made, std::nullopt)) {
      due_ = std::min(due_, made->mono + folder_settles);
    }
    if (!asked_ && !watch_->changed && now < due_) {
      co_await watch_->wake.wait_for(due_ - now);
      continue;
    }
    const bool tell = asked_ || now >= due_;
    auto report = co_await look();
    if (parting_.closing()) break;
    if (tell || !report.sightings.empty() || !report.traffic.empty() || !report.looked_at) co_return report;
  }
  auto nothing = co_await parting_.rest();
  co_return nothing;
}

Task<Result<void>> MaildirInbox::remove(std::vector<MessageRef> messages) {
  if (account_.bounces) {
    co_return Error{ErrorKind::refused, fmt::format("delete from {}: the account is only read", account_.address)};
  }
  if (scanning_) {
    co_return Error{ErrorKind::busy, fmt::format("delete from {}: it is being read", account_.inbox->path)};
  }
  auto result = std::make_shared<Result<void>>();
  std::function<void()> work = [scan = scan_, result, messages = std::move(messages)] { *result = scan->remove(messages); };
  scanning_ = true;
  co_await run_in_thread(loop_, std::move(work));
  scanning_ = false;
  co_return *result;
}

Task<void> MaildirInbox::close() {
  parting_.start();
  watch_->wake.notify();
  co_await parting_.next_has_ended();
}

}  // namespace

std::unique_ptr<Inbox> make_maildir_inbox(EventLoop& loop, InboxOptions options) {
  return std::make_unique<MaildirInbox>(loop, std::move(options));
}

}  // namespace mailcanary
