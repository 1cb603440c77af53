#include "probes/imap_reader.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "core/log.h"
#include "core/text.h"
#include "probes/imap_names.h"

namespace mailcanary {
namespace {

constexpr std::uint32_t last_uid = std::numeric_limits<std::uint32_t>::max() - 1;  // so that there is a next one
// Up to here reading the headers costs less than a search.
constexpr std::uint32_t plain_gap = 200;
constexpr std::size_t uids_a_fetch = 100;
// The answer to a search is one line; so many UIDs fit into it whatever the server finds.
constexpr std::uint32_t first_slice = 5000, max_slice = 20000;
// One call reads no more than this, so that a report stays small and is stored before the next.
constexpr std::size_t enough_sightings = 500;
constexpr int enough_slices = 50;
constexpr std::size_t max_batch = 1000;
// Messages that the server refuses to hand out: so many at first, one by one, and no other, and it is out of order.
// After so many looks the refused are passed over all the same, or one damaged message could end the reading of a quiet
// mailbox.
constexpr std::size_t most_refused = 20;
constexpr int enough_refusals = 10;

// A canary's text has about 700 bytes, and what gateways add to it as many as a rule. Those of a text of other people
// are all that its reading costs more.
constexpr std::size_t enough_text = 2048;
constexpr const char* header_items = "(UID INTERNALDATE BODY.PEEK[HEADER]<0.16384> BODY.PEEK[TEXT]<0.2048>)";
constexpr const char* message_items = "(UID BODY.PEEK[]<0.65536>)";

// What may be of use among many messages. SUBJECT and FROM are for canaries whose header was stripped and for
// bounces that are no multipart/report.
constexpr const char* canary_search = "OR HEADER X-Mailcanary \"\" SUBJECT \"Mailcanary\"";
constexpr const char* bounce_search = "OR HEADER Content-Type \"report\" FROM \"mailer-daemon\"";

// What came a little before the last complete look is read again: clocks differ.
constexpr Duration overlap = std::chrono::hours(1);

// SINCE compares days of the server's zone; a day more makes every zone right.
std::string all_since(WallTime since) { return fmt::format("SINCE {}", imap_date(since - std::chrono::hours(24))); }

std::string since_search(WallTime since) {
  return fmt::format("{} OR {} {}", all_since(since), canary_search, bounce_search);
}

}  // namespace

// Messages to look at, by UID: all in a range, or those a search finds there.
struct FolderReader::Plan {
  std::uint32_t last = 0;
  std::string criteria;  // empty: all
  News news;
};

// One FETCH: what it brought, and what is to be fetched whole.
struct FolderReader::Batch {
  const FolderPlace& place;
  News news;
  std::vector<Sighting> sightings;
  std::vector<TrafficBounce> traffic;
  std::vector<std::pair<ImapFetch, HeaderWord>> reports;  // with their headers
  std::set<std::uint32_t> uids;
};

// Empty: all are read.
std::string FolderReader::gap_search() const {
  return by_.counts() ? "" : fmt::format("OR {} {}", canary_search, bounce_search);
}

std::optional<Sighting> FolderReader::sighting(Batch& batch, const ImapFetch& message, HeaderWord word,
                                               std::string_view whole) {
  const Now seen = loop_.now();
  const std::string_view text = message.text ? std::string_view(*message.text) : std::string_view();
  using Extent = ArrivedBody::Extent;
  const Extent extent = !message.text ? Extent::nothing : text.size() < enough_text ? Extent::whole : Extent::beginning;
  auto reading = read_message(by_, word, *message.header, whole, message.internal_date, seen.wall, {text, extent});
  if (reading.traffic) batch.traffic.push_back(std::move(*reading.traffic));
  auto& found = reading.sighting;
  if (!found) return std::nullopt;
  found->message = MessageRef{batch.place.name, batch.place.uid_validity, message.uid.value_or(0)};
  found->in_junk = batch.place.role == FolderPlace::Role::junk;
  ArrivalEvidence evidence;
  evidence.seen = seen;
  evidence.last_look = batch.place.looked;
  if (batch.news.growth) evidence.noticed = batch.news.growth->at;
  evidence.word = batch.news.word;
  evidence.internal_date = message.internal_date;
  return with_arrival(std::move(*found), evidence, skew_.value());
}

void FolderReader::look_at(Batch& batch, ImapFetch message) {
  // Flags of other messages come unasked; "n:*" brings the last message even when it is older than n.
  if (!message.uid || !message.header || *message.uid < batch.place.next_uid || *message.uid > last_uid) return;
  if (batch.uids.size() >= max_batch || !batch.uids.insert(*message.uid).second) return;

  const HeaderWord word = read_header_word(by_, *message.header);
  if (word.fetch_whole) {
    batch.reports.push_back({std::move(message), word});
    return;
  }
  auto found = sighting(batch, message, word, {});
  if (!found) return;
  const bool watched = found->source == ArrivalSource::push || found->source == ArrivalSource::poll;
  if (watched && message.internal_date && found->resolution <= push_resolution) {
    skew_.observe(*message.internal_date, found->arrived_at, found->resolution);
  }
  batch.sightings.push_back(std::move(*found));
}

// A server may refuse to hand out one message, a damaged one, and with it all of a set. Then one goes after the other,
// and those that are refused alone are passed over, if the server hands out others: one that refuses all of them is out
// of order, and what it refuses now may be a canary.
Task<Result<void>> FolderReader::examine(ImapSession& session, FolderPlace& place, std::string set, News news,
                                         FolderRead& out) {
  std::string all = set;
  const auto read = co_await examine_set(session, place, std::move(all), news, out);
  if (read) place.refusals = 0;
  if (read || read.error().kind != ErrorKind::refused) co_return read;
  std::string which = "UID " + set;
  const auto uids = co_await session.search(std::move(which));
  if (!uids) co_return read;
  const std::uint32_t next_before = place.next_uid;
  std::vector<std::uint32_t> refused;
  std::uint32_t end = next_before;
  for (const std::uint32_t uid : *uids) {
    if (uid < next_before || uid > last_uid) continue;
    std::string one = std::to_string(uid);
    const auto alone = co_await examine_set(session, place, std::move(one), news, out);
    if (!alone && alone.error().kind != ErrorKind::refused) co_return alone;
    if (!alone) refused.push_back(uid);
    end = uid + 1;
    if (refused.size() >= most_refused && place.next_uid == next_before) break;
  }
  if (refused.empty()) co_return Result<void>{};
  const bool others_read = place.next_uid != next_before;
  if (!others_read && ++place.refusals < enough_refusals) co_return read;
  place.refusals = 0;
  log_warning("messages that the server does not hand out are passed over: folder={} uids={} reason=\"{}\"",
              cut(one_line(place.name), 100), cut(imap_set(refused), 200), read.error().message);
  place.next_uid = std::max(place.next_uid, end);
  co_return Result<void>{};
}

Task<Result<std::vector<std::uint32_t>>> FolderReader::proven(ImapSession& session, FolderPlace place,
                                                              std::string set) {
  place.next_uid = 1;
  FolderRead out;
  const auto read = co_await examine(session, place, std::move(set), {}, out);
  if (!read) co_return read.error();
  std::vector<std::uint32_t> uids;
  for (const Sighting& sighting : out.sightings) uids.push_back(sighting.message.uid);
  co_return uids;
}

Task<Result<void>> FolderReader::examine_set(ImapSession& session, FolderPlace& place, std::string set, News news,
                                             FolderRead& out) {
  Batch batch{place, news, {}, {}, {}, {}};
  std::string items = header_items;
  ImapSession::FetchSink each = [this, &batch](ImapFetch&& message) { look_at(batch, std::move(message)); };
  auto fetched = co_await session.fetch(std::move(set), std::move(items), std::move(each));
  if (!fetched) co_return fetched;

  const auto by_uid = [](const auto& one, const auto& other) { return *one.first.uid < *other.first.uid; };
  std::sort(batch.reports.begin(), batch.reports.end(), by_uid);
  std::uint32_t end = batch.uids.empty() ? 0 : *batch.uids.rbegin() + 1;
  // One at a time: a flood of bounces must not stand in memory whole.
  for (const auto& [report, word] : batch.reports) {
    std::string uid = std::to_string(*report.uid);
    items = message_items;
    std::optional<std::string> text;
    each = [&text, wanted = report.uid](ImapFetch&& message) {
      if (message.uid == wanted && message.message) text = std::move(message.message);
    };
    fetched = co_await session.fetch(std::move(uid), std::move(items), std::move(each));
    const bool refused = !fetched && fetched.error().kind == ErrorKind::refused;
    if (refused) {
      log_warning("a bounce that the server does not hand out is passed over: folder={} uid={} reason=\"{}\"",
                  cut(one_line(place.name), 100), *report.uid, fetched.error().message);
    } else if (!fetched) {
      end = *report.uid;
      break;
    }
    if (refused || !text) continue;  // or gone meanwhile
    auto found = sighting(batch, report, word, *text);
    if (found) batch.sightings.push_back(std::move(*found));
  }
  // What was found before a failure stands; from there on all is read again.
  std::erase_if(batch.sightings, [end](const Sighting& found) { return found.message.uid >= end; });
  std::move(batch.sightings.begin(), batch.sightings.end(), std::back_inserter(out.sightings));
  std::move(batch.traffic.begin(), batch.traffic.end(), std::back_inserter(out.traffic));
  place.next_uid = std::max(place.next_uid, end);
  if (!fetched && fetched.error().kind != ErrorKind::refused) co_return fetched;
  co_return Result<void>{};
}

Task<Result<std::vector<std::uint32_t>>> FolderReader::candidates(ImapSession& session, std::uint32_t first,
                                                                  std::uint32_t last, std::string criteria) {
  std::string text = fmt::format("UID {}:{} {}", first, last, criteria);
  auto found = co_await session.search(std::move(text));
  if (found) {
    // A server that answers beyond the question is not to lead us there.
    std::erase_if(*found, [&](std::uint32_t uid) { return uid < first || uid > last; });
  }
  co_return found;
}

Task<void> FolderReader::read_plan(ImapSession& session, FolderPlace& place, Plan plan, FolderRead& out) {
  std::uint64_t slice = plan.criteria.empty() ? plain_gap : first_slice;
  place.next_uid = std::max(place.next_uid, 1u);
  for (int slices = 0; place.next_uid <= plan.last; ++slices) {
    if (slices >= enough_slices || out.sightings.size() + out.traffic.size() >= enough_sightings) co_return;
    const std::uint32_t first = place.next_uid;
    const auto last = static_cast<std::uint32_t>(std::min<std::uint64_t>(plan.last, first + slice - 1));
    if (plan.criteria.empty()) {
      std::string range = fmt::format("{}:{}", first, last);
      auto read = co_await examine(session, place, std::move(range), plan.news, out);
      if (!read) out.failure = read.error();
    } else {
      std::string criteria = plan.criteria;
      auto found = co_await candidates(session, first, last, std::move(criteria));
      if (!found && found.error().kind == ErrorKind::refused) {  // a server that cannot search by header
        plan.criteria.clear();
        slice = plain_gap;
        continue;
      }
      if (!found) out.failure = found.error();
      for (std::size_t at = 0; !out.failure && at < found->size(); at += uids_a_fetch) {
        const auto begin = found->begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = std::min(uids_a_fetch, found->size() - at);
        std::string set = imap_set(std::vector<std::uint32_t>(begin, begin + static_cast<std::ptrdiff_t>(count)));
        auto read = co_await examine(session, place, std::move(set), plan.news, out);
        if (!read) out.failure = read.error();
      }
      if (found && found->empty()) slice *= 4;
      if (session.exists() > max_slice) slice = std::min<std::uint64_t>(slice, max_slice);
    }
    if (out.failure) co_return;
    place.next_uid = last + 1;
  }
  out.complete = true;
}

Task<FolderRead> FolderReader::read_opened(ImapSession& session, FolderPlace& place, ImapSession::Folder folder,
                                           Now began, std::optional<WallTime> since) {
  FolderRead out;
  Plan plan;
  if (folder.uid_next) {
    plan.last = std::min(std::max(*folder.uid_next, 1u) - 1, last_uid);
  } else {
    auto highest = co_await session.highest_uid();
    if (!highest) out.failure = highest.error();
    if (!highest) co_return out;
    plan.last = std::min(highest->value_or(0), last_uid);
  }
  // A UIDNEXT that fell means that one of the two answers was false (RFC 3501 §2.3.1.1): start over.
  const bool astray = place.next_uid > plan.last + 1;
  if (place.uid_validity != folder.uid_validity || place.next_uid == 0 || astray) {
    // Of a mailbox that is new to us, only what comes from now on is counted.
    if (by_.counts() && place.uid_validity == 0 && place.role == FolderPlace::Role::inbox) since.reset();
    if (by_.counts() && since && place.looked) since = std::max(*since, place.looked->wall - overlap);
    const bool look_back = since.has_value();
    place.uid_validity = folder.uid_validity;
    place.next_uid = look_back ? 1 : plan.last + 1;
    place.looked.reset();
    if (look_back) plan.criteria = by_.counts() ? all_since(*since) : since_search(*since);
  } else if (plan.last >= place.next_uid && plan.last - place.next_uid >= plain_gap) {
    plan.criteria = gap_search();
  }
  co_await read_plan(session, place, std::move(plan), out);
  if (out.complete) place.looked = began;
  co_return out;
}

Task<FolderRead> FolderReader::read_grown(ImapSession& session, FolderPlace& place, News news) {
  FolderRead out;
  const Now began = loop_.now();
  if (news.growth && news.growth->by <= plain_gap) {
    std::string set = fmt::format("{}:*", std::max(place.next_uid, 1u));
    auto read = co_await examine(session, place, std::move(set), news, out);
    if (!read) out.failure = read.error();
    out.complete = !out.failure;
  } else {
    auto highest = co_await session.highest_uid();
    if (!highest) out.failure = highest.error();
    if (!highest) co_return out;
    Plan plan;
    plan.news = news;
    plan.last = std::min(highest->value_or(0), last_uid);
    if (plan.last >= place.next_uid && plan.last - place.next_uid >= plain_gap) plan.criteria = gap_search();
    co_await read_plan(session, place, std::move(plan), out);
  }
  if (out.complete) place.looked = began;
  co_return out;
}

}  // namespace mailcanary
