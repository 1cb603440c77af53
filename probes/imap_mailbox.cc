#include "probes/imap_mailbox.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/log.h"
#include "core/text.h"
#include "probes/imap_names.h"

namespace mailcanary {
namespace {

constexpr const char* inbox_name = "INBOX";
// A Junk folder may be made by the first message that goes there.
constexpr Duration junk_search_every = std::chrono::minutes(5);
constexpr std::size_t most_to_remove = 10000;
constexpr std::size_t uids_a_removal = 200;

bool refused(const Result<void>& result) { return !result && result.error().kind == ErrorKind::refused; }

std::tuple<std::string, std::uint32_t, std::uint32_t> key_of(const MessageRef& message) {
  return {message.folder, message.uid_validity, message.uid};
}

}  // namespace

ImapMailbox::ImapMailbox(EventLoop& loop, InboxOptions options)
    : loop_(loop),
      options_(std::move(options)),
      wanted_junk_(imap_folder_name(options_.account.junk_folder)),
      reader_(loop, read_by(options_)),
      inbox_(place_from_cursor(FolderPlace::Role::inbox, inbox_name)) {
  junk_.role = FolderPlace::Role::junk;
}

FolderPlace ImapMailbox::place_from_cursor(FolderPlace::Role role, const std::string& name) const {
  FolderPlace place;
  place.role = role;
  place.name = name;
  for (const FolderCursor& cursor : options_.cursors) {
    if (cursor.folder != name) continue;
    place.uid_validity = cursor.uid_validity;
    place.next_uid = cursor.next_uid;
  }
  return place;
}

void ImapMailbox::attach(std::unique_ptr<ImapSession> session) {
  session_ = std::move(session);
  selected_ = Selected::none;
  junk_searched_.reset();
}

// What this session has proven to be ours keeps its UID; after a new login the server may have been restored from a
// copy, and the same UIDs mean other people's mail.
void ImapMailbox::detach() {
  proven_.clear();
  session_.reset();
  selected_ = Selected::none;
}

// How far back canaries may be waiting in a folder of which no place is known.
std::optional<WallTime> ImapMailbox::look_back_to() const { return options_.since ? options_.since : first_look_; }

Result<void> ImapMailbox::keep(FolderRead read) {
  for (const Sighting& sighting : read.sightings) proven_.insert(key_of(sighting.message));
  std::move(read.sightings.begin(), read.sightings.end(), std::back_inserter(found_));
  std::move(read.traffic.begin(), read.traffic.end(), std::back_inserter(traffic_));
  if (read.failure) return *read.failure;
  return {};
}

Task<Result<void>> ImapMailbox::open_inbox() {
  const Now began = loop_.now();
  selected_ = Selected::none;
  std::string name = inbox_name;
  const auto access =
      options_.account.bounces ? ImapSession::Access::read_only : ImapSession::Access::read_write;
  auto folder = co_await session_->select(std::move(name), access);
  if (!folder) co_return folder.error();
  selected_ = Selected::inbox;
  inbox_uids_last_ = folder->uids_last;
  auto read = co_await reader_.read_opened(*session_, inbox_, *folder, began, look_back_to());
  inbox_backlog_ = !read.complete;
  co_return keep(std::move(read));
}

Task<Result<void>> ImapMailbox::look_inbox(FolderReader::News news) {
  if (selected_ != Selected::inbox) {
    auto opened = co_await open_inbox();
    co_return opened;
  }
  auto read = co_await reader_.read_grown(*session_, inbox_, news);
  inbox_backlog_ = !read.complete;
  co_return keep(std::move(read));
}

Task<Result<void>> ImapMailbox::find_junk() {
  JunkChoice choice;
  bool wanted_is_there = false;
  ImapSession::ListSink each = [&](const ImapListed& folder) {
    choice.consider(folder);
    if (folder.name == wanted_junk_) wanted_is_there = true;
  };
  auto listed = co_await session_->list(std::move(each));
  if (!listed && !refused(listed)) co_return listed;
  std::string name = wanted_junk_.empty() ? choice.best() : wanted_is_there || !listed ? wanted_junk_ : "";
  if (!wanted_junk_.empty() && name.empty() && !junk_searched_) {
    log_warning("junk folder is not in the mailbox account={} folder={}", options_.account.name.str(),
                cut(one_line(wanted_junk_), 100));
  }
  junk_searched_ = loop_.now().mono;
  if (name != junk_.name) {
    junk_ = place_from_cursor(FolderPlace::Role::junk, name);
    junk_fault_.clear();
  }
  co_return Result<void>{};
}

// Leaves the Junk folder selected; the caller goes back.
Task<Result<void>> ImapMailbox::open_junk(Now began) {
  selected_ = Selected::other;
  std::string name = junk_.name;
  auto folder = co_await session_->select(std::move(name), ImapSession::Access::read_only);
  if (!folder) co_return folder.error();
  auto read = co_await reader_.read_opened(*session_, junk_, *folder, began, look_back_to());
  junk_backlog_ = !read.complete;
  co_return keep(std::move(read));
}

Task<Result<void>> ImapMailbox::look_junk() {
  const Now began = loop_.now();
  junk_backlog_ = false;
  const bool search = !junk_searched_ || (junk_.name.empty() && began.mono - *junk_searched_ >= junk_search_every);
  if (search) {
    auto found = co_await find_junk();
    if (!found) co_return found;
  }
  junk_looked_ = began;
  if (junk_.name.empty()) {
    if (!first_look_) first_look_ = complete_until();
    co_return Result<void>{};
  }

  std::string name = junk_.name;
  auto status = co_await session_->status(std::move(name));
  Result<void> looked;
  if (!status) {
    looked = status.error();
  } else if (status->uid_validity == junk_.uid_validity && status->uid_next == junk_.next_uid) {
    junk_.looked = began;
  } else {
    looked = co_await open_junk(began);
    if (looked) looked = co_await open_inbox();
  }
  if (refused(looked)) {
    // It may have been renamed or deleted: search for it next time before calling it a fault for good.
    junk_fault_ = fmt::format("look at folder {}: {}", cut(one_line(junk_.name), 100), looked.error().message);
    junk_searched_.reset();
    co_return Result<void>{};
  }
  if (looked) junk_fault_.clear();
  if (!first_look_) first_look_ = complete_until();
  co_return looked;
}

std::vector<FolderCursor> ImapMailbox::cursors() const {
  std::vector<FolderCursor> all;
  for (const FolderPlace* place : {&inbox_, &junk_}) {
    if (place->uid_validity != 0) all.push_back(place->cursor());
  }
  return all;
}

std::optional<WallTime> ImapMailbox::complete_until() const {
  if (!inbox_.looked || !junk_looked_ || inbox_backlog_ || junk_backlog_) return std::nullopt;
  if (junk_.name.empty()) return std::min(inbox_.looked->wall, junk_looked_->wall);
  if (!junk_.looked) return std::nullopt;
  return std::min(inbox_.looked->wall, junk_.looked->wall);
}

void ImapMailbox::want_removed(const std::vector<MessageRef>& messages) {
  to_remove_.insert(to_remove_.end(), messages.begin(), messages.end());
  if (to_remove_.size() > most_to_remove) {
    to_remove_.erase(to_remove_.begin(), to_remove_.end() - most_to_remove);
  }
}

Task<Result<void>> ImapMailbox::remove_some(std::vector<MessageRef> same_folder) {
  const MessageRef first = same_folder.front();
  std::uint32_t uid_validity = inbox_.uid_validity;
  bool uids_last = inbox_uids_last_;
  if (first.folder != inbox_name) {
    selected_ = Selected::other;
    std::string name = first.folder;
    auto folder = co_await session_->select(std::move(name), ImapSession::Access::read_write);
    if (!folder) co_return folder.error();
    uid_validity = folder->uid_validity;
    uids_last = folder->uids_last;
  } else if (selected_ != Selected::inbox) {
    auto opened = co_await open_inbox();
    if (!opened) co_return opened;
    uid_validity = inbox_.uid_validity;
    uids_last = inbox_uids_last_;
  }
  // The UID names another message now, or none.
  if (uid_validity != first.uid_validity) co_return Result<void>{};
  std::vector<std::uint32_t> uids, doubtful;
  for (const MessageRef& message : same_folder) {
    (proven_.contains(key_of(message)) ? uids : doubtful).push_back(message.uid);
  }
  // Where UIDs do not last even a proof is of no use: it may be of a canary that is not recorded yet.
  if (!uids_last) doubtful.clear();
  if (!doubtful.empty()) {
    FolderPlace place;
    place.name = first.folder;
    place.uid_validity = uid_validity;
    place.role = first.folder == inbox_name ? FolderPlace::Role::inbox : FolderPlace::Role::junk;
    std::sort(doubtful.begin(), doubtful.end());
    std::string set = imap_set(doubtful);
    const auto proven = co_await reader_.proven(*session_, std::move(place), std::move(set));
    if (!proven) co_return proven.error();
    for (const std::uint32_t uid : *proven) {
      uids.push_back(uid);
      proven_.insert({first.folder, uid_validity, uid});
    }
  }
  if (uids.empty()) co_return Result<void>{};
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  std::string set = imap_set(uids);
  auto removed = co_await session_->remove(std::move(set));
  if (removed) {
    for (const std::uint32_t uid : uids) proven_.erase({first.folder, uid_validity, uid});
  }
  co_return removed;
}

Task<Result<void>> ImapMailbox::remove_wanted() {
  Result<void> result;
  std::vector<MessageRef> kept;
  std::vector<MessageRef> waiting = std::exchange(to_remove_, {});
  while (!waiting.empty()) {
    const MessageRef first = waiting.front();
    const auto same = [&](const MessageRef& other) {
      return other.folder == first.folder && other.uid_validity == first.uid_validity;
    };
    const auto rest = std::stable_partition(waiting.begin(), waiting.end(), same);
    const auto count = std::min<std::ptrdiff_t>(rest - waiting.begin(), uids_a_removal);
    std::vector<MessageRef> some(waiting.begin(), waiting.begin() + count);
    waiting.erase(waiting.begin(), waiting.begin() + count);
    std::vector<MessageRef> sent = some;
    auto removed = co_await remove_some(std::move(sent));
    if (removed) continue;
    result = removed.error();
    kept.insert(kept.end(), some.begin(), some.end());
    if (!refused(removed)) break;
  }
  kept.insert(kept.end(), waiting.begin(), waiting.end());
  want_removed(kept);
  co_return result;
}

}  // namespace mailcanary
