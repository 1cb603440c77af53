#include "monitor/practice/imap_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"
#include "monitor/practice/imap_fetch.h"
#include "monitor/practice/imap_search.h"

namespace mailcanary::practice {
namespace {
constexpr std::size_t output_limit = 256 * 1024;
constexpr std::string_view all_flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
}  // namespace

ImapView::ImapView(std::shared_ptr<MailFolder> folder, std::shared_ptr<LineStream> stream, Access access)
    : folder_(std::move(folder)), stream_(std::move(stream)), access_(access) {
  for (const StoredMail& mail : folder_->messages()) uids_.push_back(mail.uid);
  const bool writable = access_ == Access::read_write;
  say(fmt::format("* FLAGS ({})", all_flags));
  say(fmt::format("* OK [PERMANENTFLAGS ({})] kept flags", writable ? all_flags : ""));
  say(fmt::format("* {} EXISTS", uids_.size()));
  say("* 0 RECENT");
  say(fmt::format("* OK [UIDVALIDITY {}] for this run", folder_->uid_validity()));
  say(fmt::format("* OK [UIDNEXT {}] comes next", folder_->uid_next()));
}

void ImapView::say(std::string_view line) { stream_->write(fmt::format("{}\r\n", line)); }

Task<std::string> ImapView::obey(std::string command, ImapTokens arguments, Numbers numbers) {
  std::string reply = "BAD this command is not known here";
  if (command == "fetch")
    reply = co_await fetch(std::move(arguments), numbers);
  else if (command == "search")
    reply = search(arguments, numbers);
  else if (command == "store")
    reply = store(arguments, numbers);
  else if (command == "expunge" || command == "close")
    reply = expunge(arguments, numbers);
  // Sequence numbers must not shift under a client that is using them.
  if (numbers == Numbers::uid || command == "expunge")
    announce_changes();
  else if (command != "close")
    announce_new();
  co_return reply;
}

void ImapView::announce_changes() {
  for (std::size_t number = uids_.size(); number > 0; --number) {
    if (folder_->find(uids_[number - 1])) continue;
    uids_.erase(uids_.begin() + static_cast<std::ptrdiff_t>(number) - 1);
    say(fmt::format("* {} EXPUNGE", number));
  }
  announce_new();
}

void ImapView::announce_new() {
  const std::uint32_t known = last_uid();
  const auto& messages = folder_->messages();
  const auto fresh =
      std::find_if(messages.rbegin(), messages.rend(), [known](const auto& mail) { return mail.uid <= known; });
  if (fresh == messages.rbegin()) return;
  for (auto mail = fresh.base(); mail != messages.end(); ++mail) uids_.push_back(mail->uid);
  say(fmt::format("* {} EXISTS", uids_.size()));
}

void ImapView::start_announcing() {
  announce_changes();
  watcher_ = folder_->watch([this] { announce_changes(); });
}

std::uint32_t ImapView::number_of(std::uint32_t uid) const {
  const auto place = std::lower_bound(uids_.begin(), uids_.end(), uid);
  return static_cast<std::uint32_t>(place - uids_.begin()) + 1;
}

// The UIDs a command is about, without those that are gone. Nothing when the set is malformed.
std::optional<std::vector<std::uint32_t>> ImapView::chosen(const ImapTokens& arguments, Numbers numbers) const {
  const auto set = arguments.empty() ? std::nullopt : ImapSet::parse(arguments.front().value);
  if (!set) return std::nullopt;
  std::vector<std::uint32_t> uids;
  const auto count = static_cast<std::uint32_t>(uids_.size());
  for (std::uint32_t number = 1; number <= count; ++number) {
    const std::uint32_t uid = uids_[number - 1];
    const bool named = numbers == Numbers::uid ? set->contains(uid, last_uid()) : set->contains(number, count);
    if (named && folder_->find(uid)) uids.push_back(uid);
  }
  return uids;
}

Task<std::string> ImapView::fetch(ImapTokens arguments, Numbers numbers) {
  const auto uids = chosen(arguments, numbers);
  if (!arguments.empty()) arguments.erase(arguments.begin());
  auto items = parse_fetch_items(arguments);
  if (!uids || !items) co_return "BAD this cannot be fetched here";
  const auto asks_for = [&](FetchItem::Kind kind) {
    return std::any_of(items->begin(), items->end(), [kind](const FetchItem& item) { return item.kind == kind; });
  };
  if (numbers == Numbers::uid && !asks_for(FetchItem::Kind::uid)) {
    FetchItem uid;
    uid.label = "UID";
    items->insert(items->begin(), uid);
  }
  const bool marks = access_ == Access::read_write &&
                     std::any_of(items->begin(), items->end(), [](const auto& item) { return item.marks_seen; });
  for (const std::uint32_t uid : *uids) {
    const StoredMail* mail = folder_->find(uid);
    if (!mail) continue;
    const bool newly_seen = marks && !mail->has(MailFlag::seen);
    if (newly_seen) folder_->set_flags(uid, mail->flags | static_cast<unsigned>(MailFlag::seen));
    std::string answer = render_fetch(*mail, *items);
    if (newly_seen && !asks_for(FetchItem::Kind::flags)) answer += fmt::format(" FLAGS {}", render_flags(mail->flags));
    say(fmt::format("* {} FETCH ({})", number_of(uid), answer));
    const bool listens = co_await stream_->wait_written(output_limit);
    if (!listens) break;
  }
  co_return "OK fetched";
}

std::string ImapView::search(const ImapTokens& arguments, Numbers numbers) {
  const auto test = parse_search(arguments);
  if (!test) return "BAD this cannot be searched for here";
  std::string found = "* SEARCH";
  const auto count = static_cast<std::uint32_t>(uids_.size());
  for (std::uint32_t number = 1; number <= count; ++number) {
    const StoredMail* mail = folder_->find(uids_[number - 1]);
    if (!mail || !(*test)(SearchSubject{*mail, number, count, last_uid()})) continue;
    found += fmt::format(" {}", numbers == Numbers::uid ? mail->uid : number);
  }
  say(found);
  return "OK searched";
}

std::string ImapView::store(const ImapTokens& arguments, Numbers numbers) {
  const auto uids = chosen(arguments, numbers);
  if (!uids || arguments.size() < 3) return "BAD which messages, which flags?";
  if (access_ == Access::read_only) return "NO the folder is open for reading only";
  const std::string how = lower(arguments[1].value);
  unsigned named = 0;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    if (arguments[i].kind != ImapToken::Kind::atom) continue;
    const auto flag = flag_from(arguments[i].value);
    if (!flag) return "NO only system flags can be stored here";
    named |= *flag;
  }
  const std::string_view what = std::string_view(how).substr(0, how.find(".silent"));
  if (what != "flags" && what != "+flags" && what != "-flags") return "BAD only FLAGS can be stored";
  for (const std::uint32_t uid : *uids) {
    const unsigned before = folder_->find(uid)->flags;
    const unsigned after = what == "flags" ? named : what == "+flags" ? before | named : before & ~named;
    folder_->set_flags(uid, after);
    if (what.size() == how.size())
      say(fmt::format("* {} FETCH (UID {} FLAGS {})", number_of(uid), uid, render_flags(after)));
  }
  return "OK stored";
}

// Removes what is marked \Deleted; with UIDs only those (RFC 4315 §2.1).
std::string ImapView::expunge(const ImapTokens& arguments, Numbers numbers) {
  if (access_ == Access::read_only) return arguments.empty() ? "OK nothing removed" : "NO open for reading only";
  const auto set = arguments.empty() ? std::nullopt : ImapSet::parse(arguments.front().value);
  if (numbers == Numbers::uid && !set) return "BAD which UIDs?";
  for (const StoredMail& mail : std::vector(folder_->messages())) {
    if (mail.has(MailFlag::deleted) && (!set || set->contains(mail.uid, last_uid()))) folder_->remove(mail.uid);
  }
  return "OK removed";
}

}  // namespace mailcanary::practice
