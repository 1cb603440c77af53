#include "probes/pop3_mailbox.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/log.h"
#include "core/text.h"
#include "probes/account_endpoint.h"

namespace mailcanary {
namespace {

constexpr Duration connect_patience = std::chrono::seconds(30);
// Of the first look, when canaries may be among what is there already.
constexpr std::size_t look_back = 2000;
// One session reads no more than this, so that a report stays small and is stored before the next.
constexpr std::size_t enough = 500;
// Up to here asking for single messages costs less than the whole listing.
constexpr std::uint32_t small_growth = 200;
constexpr std::size_t batch = 50;
constexpr int bounce_lines = 1000;
// A canary's text has less than half of these.
constexpr int text_lines = 40;
// A message that ends so many sessions in a row is passed over: it must not keep us from all that follow.
constexpr int stuck_limit = 3;
constexpr std::size_t max_wanted = 100'000;

// The last line the server said.
std::string_view last_line(std::string_view said) {
  said = trim(said);
  const auto start = said.find_last_of("\r\n");
  return start == std::string_view::npos ? said : said.substr(start + 1);
}

}  // namespace

Pop3Mailbox::Pop3Mailbox(EventLoop& loop, InboxOptions options)
    : loop_(loop), account_(options.account), by_(read_by(options)) {
  for (const auto& cursor : options.cursors) {
    if (cursor.folder == "INBOX") start_.cursor = cursor;
  }
  for (const auto& message : options.handled) start_.handled.push_back(message_number(message));
  // With the first look: a server may not let us log in again soon, and a program that runs once has no second look.
  wanted_ = start_.handled;
  // Of a mailbox of bounces that is new to us, only what comes from now on is counted.
  const bool from_the_end = !options.since || (by_.counts() && !start_.cursor);
  start_.look_back = from_the_end ? 0 : look_back;
}

std::optional<FolderCursor> Pop3Mailbox::cursor() const {
  if (!listing_.known()) return std::nullopt;
  return listing_.cursor();
}

void Pop3Mailbox::want_removed(const std::vector<MessageRef>& messages) {
  for (const auto& message : messages) {
    const auto number = message_number(message);
    if (listing_.known() && !listing_.place_of(number)) continue;  // gone already
    const bool known = std::find(wanted_.begin(), wanted_.end(), number) != wanted_.end();
    if (!known && wanted_.size() < max_wanted) wanted_.push_back(number);
  }
}

bool Pop3Mailbox::still_wanted(const std::vector<MessageRef>& messages) const {
  return std::any_of(messages.begin(), messages.end(), [this](const MessageRef& message) {
    return std::find(wanted_.begin(), wanted_.end(), message_number(message)) != wanted_.end();
  });
}

// RFC 2449 §8.1 and RFC 3206: what is in brackets tells a wrong password from a mailbox that cannot be had now.
Pop3Mailbox::Fault Pop3Mailbox::login_fault(const ConnectFailure& failure) const {
  const std::string_view reply = last_line(failure.server_reply.raw());
  const std::string said = reply.empty() ? "" : ": " + cut(one_line(reply), 200);
  if (failure.step != ConnectStep::login || failure.timed_out || !istarts_with(reply, "-ERR")) {
    return {failure.message + said, failure.own_fault ? Fault::Whose::own : Fault::Whose::server};
  }
  const std::string_view words = trim(reply.substr(4));
  const std::string& host = account_.inbox->host;
  if (istarts_with(words, "[SYS/")) return {fmt::format("log in to {}{}", host, said), Fault::Whose::server};
  if (istarts_with(words, "[IN-USE]") || istarts_with(words, "[LOGIN-DELAY]")) {
    return {fmt::format("log in to {}: not now{}", host, said), Fault::Whose::own};
  }
  return {fmt::format("log in to {}: credentials refused{}", host, said), Fault::Whose::credentials};
}

Task<std::optional<Pop3Mailbox::Fault>> Pop3Mailbox::visit() {
  const Now began = loop_.now();
  LineEndpoint endpoint = line_endpoint(account_, *account_.inbox);
  auto opened = co_await LineSession::open(loop_, std::move(endpoint), began.mono + connect_patience);
  if (!opened.session) co_return login_fault(opened.failure.value_or(ConnectFailure{}));
  Pop3Session session(loop_, std::move(opened.session));

  Result<void> done;
  if (can_) {
    session.know(*can_);
  } else {
    auto can = co_await session.ask_capabilities();
    if (can) can_ = *can;
    if (!can) done = can.error();
  }
  if (can_) login_allowed_at_ = began.mono + can_->login_delay;
  if (done) done = co_await look(session, began);
  if (done) co_return std::nullopt;
  can_.reset();  // it may be another server next time
  const bool ours = done.error().kind == ErrorKind::refused;  // it works, but not in a way that we can read
  co_return Fault{cut(one_line(fmt::format("look at {} on {}: {}", account_.address, account_.inbox->host,
                                           done.error().message)), 400),
                  ours ? Fault::Whose::own : Fault::Whose::server};
}

Task<Result<void>> Pop3Mailbox::look(Pop3Session& session, Now began) {
  auto listed = co_await list(session);
  if (!listed) co_return listed;
  const Now noticed = loop_.now();
  auto places = listing_.unseen(enough + 1);
  backlog_ = places.size() > enough;
  if (backlog_) places.pop_back();
  auto seen = co_await read(session, std::move(places), noticed);
  if (!seen) co_return seen;
  auto removing = co_await remove_wanted(session);
  if (!removing) co_return removing.error();
  auto parted = co_await session.quit();
  // Without deletions there is nothing that QUIT could fail to do.
  if (!parted && !removing->empty()) co_return parted;
  listing_.removed(*removing);
  std::erase_if(wanted_, [&](std::uint64_t number) { return !listing_.place_of(number); });
  if (!backlog_) looked_ = began;
  co_return Result<void>{};
}

// Mail comes at the end of the list as a rule: when the last message known still stands where it did, only what follows
// it is new.
Task<Result<void>> Pop3Mailbox::list(Pop3Session& session) {
  auto count = co_await session.count();
  if (!count) co_return count.error();
  const std::uint32_t known = listing_.size();
  if (listing_.known() && known > 0 && *count >= known && *count - known <= small_growth) {
    auto tail = co_await session.numbers(known, *count);
    if (!tail) co_return tail.error();
    if (tail->front() == listing_.last_number()) {
      tail->erase(tail->begin());
      listing_.append(*tail);
      co_return Result<void>{};
    }
  }
  auto all = co_await session.all_numbers(*count);
  if (!all) co_return all.error();
  if (listing_.known()) {
    listing_.replace(*all);
  } else {
    listing_.begin(*all, start_);
  }
  co_return Result<void>{};
}

Task<Result<std::optional<Sighting>>> Pop3Mailbox::read_one(Pop3Session& session, std::uint32_t place,
                                                            std::string top) {
  const std::string_view header = std::string_view(top).substr(0, body_begin(top));
  const std::string_view body = std::string_view(top).substr(header.size());
  const bool all = std::count(body.begin(), body.end(), '\n') < text_lines;
  const HeaderWord word = read_header_word(by_, header);
  std::string whole;
  if (word.fetch_whole) {
    std::vector<std::uint32_t> one{place};
    auto texts = co_await session.tops(std::move(one), bounce_lines);
    if (texts.failure) co_return *texts.failure;
    whole = texts.read.front().value_or("");
  }
  const ArrivedBody arrived{body, all ? ArrivedBody::Extent::whole : ArrivedBody::Extent::beginning};
  Reading reading;
  if (word.ours_or_bounce()) reading = read_message(by_, word, header, whole, std::nullopt, loop_.now().wall, arrived);
  if (reading.traffic) traffic_.push_back(std::move(*reading.traffic));
  if (reading.sighting) reading.sighting->message = message_ref("INBOX", listing_.number_at(place));
  co_return std::move(reading.sighting);
}

Task<Result<void>> Pop3Mailbox::read(Pop3Session& session, std::vector<std::uint32_t> places,
                                     std::optional<Now> noticed) {
  for (std::size_t at = 0; at < places.size(); at += batch) {
    const std::size_t end = std::min(places.size(), at + batch);
    std::vector<std::uint32_t> some(places.begin() + static_cast<std::ptrdiff_t>(at),
                                    places.begin() + static_cast<std::ptrdiff_t>(end));
    auto headers = co_await session.tops(std::move(some), text_lines);
    for (std::size_t i = 0; i < headers.read.size(); ++i) {
      const std::uint32_t place = places[at + i];
      std::string header = headers.read[i].value_or("");
      // While headers are still owed (a failure among them) no other question can be asked.
      if (headers.failure && read_header_word(by_, header).fetch_whole) break;
      auto sighting = co_await read_one(session, place, std::move(header));
      if (!sighting) co_return give_up_on(place, sighting.error());
      listing_.looked_at(place, *sighting ? Pop3Listing::Whose::ours : Pop3Listing::Whose::foreign);
      if (!*sighting) continue;
      ArrivalEvidence evidence;
      evidence.seen = loop_.now();
      evidence.last_look = looked_;
      evidence.noticed = noticed;
      found_.push_back(with_arrival(std::move(**sighting), evidence, std::nullopt));
    }
    if (headers.failure) co_return give_up_on(places[at + headers.read.size()], *headers.failure);
  }
  co_return Result<void>{};
}

Result<void> Pop3Mailbox::give_up_on(std::uint32_t place, Error error) {
  const std::uint64_t number = listing_.number_at(place);
  stuck_ = number == stuck_at_ ? stuck_ + 1 : 1;
  stuck_at_ = number;
  if (stuck_ >= stuck_limit && error.kind == ErrorKind::protocol) {
    log_warning("a message that cannot be read is passed over account={} place={} reason=\"{}\"", account_.name.str(),
                place, error.message);
    listing_.looked_at(place, Pop3Listing::Whose::foreign);
    stuck_ = 0;
  }
  return error;
}

// The numbers of the messages marked for deletion. The listing names them, the signature is looked at once more: a server
// may use a unique-id twice.
Task<Result<std::vector<std::uint64_t>>> Pop3Mailbox::remove_wanted(Pop3Session& session) {
  std::vector<std::uint64_t> marked;
  if (account_.bounces) co_return marked;
  const std::vector<std::uint64_t> wanted = wanted_;
  for (const std::uint64_t number : wanted) {
    const auto place = listing_.place_of(number);
    if (!place) continue;
    std::vector<std::uint32_t> one{*place};
    auto header = co_await session.tops(std::move(one), text_lines);
    if (header.failure) co_return *header.failure;
    auto ours = co_await read_one(session, *place, header.read.front().value_or(""));
    if (!ours) co_return ours.error();
    if (!*ours) {
      std::erase(wanted_, number);
      continue;
    }
    auto removed = co_await session.remove(*place);
    if (!removed && removed.error().kind != ErrorKind::refused) co_return removed.error();
    if (removed) marked.push_back(number);
  }
  co_return marked;
}

}  // namespace mailcanary
