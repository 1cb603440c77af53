#include "probes/imap_session.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"
#include "probes/imap_names.h"

namespace mailcanary {
namespace {

// We ask for at most 64 KiB at a time. A server that sends more is read past, to a limit.
constexpr std::size_t max_line = 256 * 1024;
constexpr std::size_t max_kept_literal = 128 * 1024;
constexpr std::size_t max_kept_response = 512 * 1024;
constexpr std::uint64_t max_skipped_literal = 64u << 20;
// What one command, or one IDLE, may bring. Somebody may delete 100,000 messages while we listen.
constexpr int max_responses = 250000;
constexpr std::size_t max_bytes = 64u << 20;
// A server that talks faster than we read would never give the event loop back.
constexpr int responses_a_turn = 500;

const std::function<void(ImapResponse&&)> ignore = [](ImapResponse&&) {};

Error protocol_error(std::string what) { return Error{ErrorKind::protocol, std::move(what)}; }

// "UID FETCH 1:2 (UID)" is a UID FETCH; what follows may hold names we need not repeat.
std::string_view verb_of(std::string_view command) {
  const std::size_t from = command.starts_with("UID ") ? 4 : 0;
  return command.substr(0, command.find(' ', from));
}

std::string told(const ImapStatus& status) {
  const char* kind = status.kind == ImapStatus::Kind::no ? "NO" : status.kind == ImapStatus::Kind::bad ? "BAD" : "OK";
  const std::string code = status.code.empty() ? "" : "[" + status.code + "] ";
  return fmt::format("{} {}", kind, cut(one_line(code + status.text), 200));
}

}  // namespace

void ImapSession::note(const ImapResponse& response) {
  if (const auto* exists = std::get_if<ImapExists>(&response.data)) {
    if (exists->count > exists_) {
      growth_ = Growth{loop_.now(), exists->count - exists_ + (growth_ ? growth_->by : 0)};
    }
    exists_ = exists->count;
  } else if (std::holds_alternative<ImapExpunged>(response.data)) {
    if (exists_ > 0) --exists_;
  } else if (const auto* offered = std::get_if<ImapCapabilities>(&response.data)) {
    capabilities_ = offered->names;
  } else if (const auto* status = std::get_if<ImapStatus>(&response.data)) {
    if (status->code == "UIDNEXT") selecting_.uid_next = status->number();
    if (status->code == "UIDVALIDITY") selecting_.uid_validity = status->number().value_or(0);
    if (status->kind == ImapStatus::Kind::bye) farewell_ = cut(one_line(status->text), 200);
  }
}

// One response: a line, and as many literals with lines after them as it announces.
Task<Result<ImapResponse>> ImapSession::read(MonoTime deadline) {
  if (++responses_ % responses_a_turn == 0) co_await loop_.sleep_for(Duration::zero());
  // A server that always has something to say is never waited for.
  const Error too_late{ErrorKind::timed_out, "read from the server: timed out"};
  if (loop_.now().mono >= deadline) co_return too_late;
  auto line = co_await lines_->read_line(deadline, max_line);
  std::string text = line ? std::move(*line) : std::string();
  const bool literals = may_hold_literals(text);
  auto announced = line && literals ? announced_literal(text) : std::nullopt;
  while (announced) {
    const auto size = static_cast<std::size_t>(std::min(*announced, max_skipped_literal + 1));
    if (size > max_skipped_literal) co_return protocol_error(fmt::format("a literal of {} bytes", *announced));
    bytes_ += size;
    if (bytes_ > max_bytes) co_return protocol_error("an answer that does not end");
    if (loop_.now().mono >= deadline) co_return too_late;
    if (size <= max_kept_literal && text.size() + size <= max_kept_response) {
      auto bytes = co_await lines_->read_exactly(size, deadline);
      if (!bytes) co_return bytes.error();
      text += "\r\n";
      text += *bytes;
    } else {
      auto skipped = co_await lines_->skip_exactly(size, deadline);
      if (!skipped) co_return skipped.error();
      text.erase(text.rfind('{'));
      text += "{0}\r\n";
    }
    line = co_await lines_->read_line(deadline, max_line);
    if (!line) break;
    announced = announced_literal(*line);
    text += *line;
    if (text.size() > 2 * max_kept_response) co_return protocol_error("a response that does not end");
  }
  if (!line && !farewell_.empty()) co_return protocol_error("the server said BYE: " + farewell_);
  if (!line) co_return line.error();
  bytes_ += text.size();
  if (bytes_ > max_bytes || responses_ > max_responses) co_return protocol_error("an answer that does not end");
  auto response = parse_imap_response(text);
  if (response) note(*response);
  co_return response;
}

Task<Result<std::string>> ImapSession::send(std::string text, MonoTime deadline) {
  std::string tag = fmt::format("M{}", ++last_tag_);
  std::string line = fmt::format("{} {}\r\n", tag, text);
  bytes_ = 0;
  responses_ = 0;
  auto written = co_await lines_->write(std::move(line), deadline);
  if (!written) co_return written.error();
  co_return tag;
}

Task<Result<void>> ImapSession::finish(std::string tag, MonoTime deadline, Sink sink) {
  for (;;) {
    auto response = co_await read(deadline);
    if (!response) co_return response.error();
    if (response->tag.empty()) {
      if (std::holds_alternative<ImapContinuation>(response->data)) {
        co_return protocol_error("a continuation nobody asked for");
      }
      sink(std::move(*response));
      continue;
    }
    if (response->tag != tag) co_return protocol_error("an answer to another command");
    const auto& status = std::get<ImapStatus>(response->data);
    if (status.kind == ImapStatus::Kind::ok) co_return Result<void>{};
    co_return Error{ErrorKind::refused, told(status)};
  }
}

Task<Result<void>> ImapSession::command(std::string text, Duration time, Sink sink) {
  const MonoTime deadline = loop_.now().mono + time;
  auto tag = co_await send(text, deadline);
  Result<void> done;
  if (tag) {
    done = co_await finish(*tag, deadline, std::move(sink));
  } else {
    done = tag.error();
  }
  if (!done) co_return Error{done.error().kind, fmt::format("{}: {}", verb_of(text), done.error().message)};
  co_return done;
}

Task<Result<void>> ImapSession::ask_capabilities() {
  std::string text = "CAPABILITY";
  auto done = co_await command(std::move(text), patience_.answer, ignore);
  co_return done;
}

bool ImapSession::can(std::string_view capability) const {
  return std::find(capabilities_.begin(), capabilities_.end(), capability) != capabilities_.end();
}

Task<Result<ImapSession::Folder>> ImapSession::select(std::string name, Access access) {
  const auto quoted = imap_quoted(name);
  if (!quoted) co_return Error{ErrorKind::refused, "SELECT: a folder name that cannot be sent"};
  selecting_ = Folder{};
  exists_ = 0;
  std::string text = (access == Access::read_write ? "SELECT " : "EXAMINE ") + *quoted;
  auto done = co_await command(std::move(text), patience_.answer, ignore);
  growth_.reset();
  if (!done) co_return done.error();
  // A server that keeps no UIDVALIDITY is out of RFC 3501; trusting its UIDs is all that can be done for reading.
  selecting_.uids_last = selecting_.uid_validity != 0;
  if (!selecting_.uids_last) selecting_.uid_validity = 1;
  co_return selecting_;
}

Task<Result<void>> ImapSession::noop() {
  std::string text = "NOOP";
  auto done = co_await command(std::move(text), patience_.answer, ignore);
  co_return done;
}

Task<Result<void>> ImapSession::fetch(std::string uid_set, std::string items, FetchSink sink) {
  std::string text = fmt::format("UID FETCH {} {}", uid_set, items);
  Sink each = [sink = std::move(sink)](ImapResponse&& response) {
    if (auto* message = std::get_if<ImapFetch>(&response.data)) sink(std::move(*message));
  };
  auto done = co_await command(std::move(text), patience_.fetch, std::move(each));
  co_return done;
}

Task<Result<std::vector<std::uint32_t>>> ImapSession::search(std::string criteria) {
  std::string text = "UID SEARCH " + criteria;
  std::vector<std::uint32_t> found;
  Sink each = [&found](ImapResponse&& response) {
    const auto* answer = std::get_if<ImapSearched>(&response.data);
    if (answer && found.size() < max_line) found.insert(found.end(), answer->numbers.begin(), answer->numbers.end());
  };
  auto done = co_await command(std::move(text), patience_.search, std::move(each));
  if (!done) co_return done.error();
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  co_return found;
}

Task<Result<std::optional<std::uint32_t>>> ImapSession::highest_uid() {
  std::optional<std::uint32_t> highest;
  // "*" in an empty folder is an error to some servers.
  if (exists_ == 0) {
    auto looked = co_await noop();
    if (!looked) co_return looked.error();
    if (exists_ == 0) co_return highest;
  }
  FetchSink each = [&highest](ImapFetch&& message) {
    if (message.uid) highest = std::max(highest.value_or(0), *message.uid);
  };
  std::string all = "*", items = "(UID)";
  auto done = co_await fetch(std::move(all), std::move(items), std::move(each));
  if (!done) co_return done.error();
  co_return highest;
}

Task<Result<void>> ImapSession::remove(std::string uid_set) {
  const MonoTime deadline = loop_.now().mono + patience_.answer;
  // Both commands leave in one write: the second has no effect if the first is refused.
  const bool expunge = can("UIDPLUS");
  std::string text = fmt::format("UID STORE {} +FLAGS.SILENT (\\Deleted)", uid_set);
  const std::string expunge_tag = fmt::format("M{}", last_tag_ + 2);
  if (expunge) text += fmt::format("\r\n{} UID EXPUNGE {}", expunge_tag, uid_set);
  auto tag = co_await send(std::move(text), deadline);
  if (expunge) ++last_tag_;
  if (!tag) co_return tag.error();
  auto marked = co_await finish(*tag, deadline, ignore);
  if (!marked && marked.error().kind != ErrorKind::refused) co_return marked;
  if (expunge) {
    auto gone = co_await finish(expunge_tag, deadline, ignore);
    if (!gone) co_return Error{gone.error().kind, "UID EXPUNGE: " + gone.error().message};
  }
  if (!marked) co_return Error{marked.error().kind, "UID STORE: " + marked.error().message};
  co_return marked;
}

Task<Result<void>> ImapSession::list(ListSink sink) {
  std::string text = "LIST \"\" \"*\"";
  // RFC 6154 §2: without being asked a server may keep the attributes to itself.
  if (can("SPECIAL-USE") && can("LIST-EXTENDED")) text += " RETURN (SPECIAL-USE)";
  Sink each = [sink = std::move(sink)](ImapResponse&& response) {
    if (const auto* listed = std::get_if<ImapListed>(&response.data)) sink(*listed);
  };
  auto done = co_await command(std::move(text), patience_.answer, std::move(each));
  co_return done;
}

Task<Result<ImapFolderStatus>> ImapSession::status(std::string name) {
  const auto quoted = imap_quoted(name);
  if (!quoted) co_return Error{ErrorKind::refused, "STATUS: a folder name that cannot be sent"};
  std::string text = fmt::format("STATUS {} (UIDNEXT UIDVALIDITY)", *quoted);
  ImapFolderStatus status;
  Sink each = [&status](ImapResponse&& response) {
    if (auto* answer = std::get_if<ImapFolderStatus>(&response.data)) status = std::move(*answer);
  };
  auto done = co_await command(std::move(text), patience_.answer, std::move(each));
  if (!done) co_return done.error();
  if (!status.uid_next) co_return Error{ErrorKind::protocol, "STATUS: no UIDNEXT in the answer"};
  if (status.uid_validity.value_or(0) == 0) status.uid_validity = 1;
  co_return status;
}

Task<Result<void>> ImapSession::start_idle() {
  const MonoTime deadline = loop_.now().mono + patience_.idle;
  std::string text = "IDLE";
  auto tag = co_await send(std::move(text), deadline);
  if (!tag) co_return tag.error();
  for (;;) {
    auto response = co_await read(deadline);
    if (!response) co_return Error{response.error().kind, "IDLE: " + response.error().message};
    if (std::holds_alternative<ImapContinuation>(response->data)) {
      idle_tag_ = *tag;
      co_return Result<void>{};
    }
    if (response->tag == *tag) {
      co_return Error{ErrorKind::refused, "IDLE: " + told(std::get<ImapStatus>(response->data))};
    }
  }
}

Task<Result<void>> ImapSession::stop_idle() {
  if (!idling()) co_return Result<void>{};
  const MonoTime deadline = loop_.now().mono + patience_.answer;
  std::string tag = std::exchange(idle_tag_, std::string());
  std::string done = "DONE\r\n";
  auto written = co_await lines_->write(std::move(done), deadline);
  if (!written) co_return written.error();
  auto ended = co_await finish(std::move(tag), deadline, ignore);
  if (!ended) co_return Error{ended.error().kind, "DONE: " + ended.error().message};
  co_return ended;
}

Task<Result<LineSession::Ready>> ImapSession::wait(Duration at_most, Wakeup* wake) {
  const auto ready = co_await lines_->wait_input(at_most, wake);
  if (ready != LineSession::Ready::input) co_return ready;
  const MonoTime deadline = loop_.now().mono + patience_.answer;
  do {
    auto response = co_await read(deadline);
    if (!response) co_return Error{response.error().kind, "wait: " + response.error().message};
    if (response->tag.empty()) continue;
    if (response->tag != idle_tag_ || !idling()) co_return protocol_error("wait: an answer to another command");
    idle_tag_.clear();
  } while (lines_->has_input());
  co_return ready;
}

Task<void> ImapSession::logout() {
  const MonoTime deadline = loop_.now().mono + std::chrono::seconds(2);
  if (idling()) {
    std::string done = "DONE\r\n";
    idle_tag_.clear();
    auto written = co_await lines_->write(std::move(done), deadline);
    if (!written) co_return;
  }
  std::string text = "LOGOUT";
  auto tag = co_await send(std::move(text), deadline);
  if (!tag) co_return;
  // The answer is waited for so that the server need not see a broken connection; what it says does not matter.
  for (;;) {
    auto response = co_await read(deadline);
    if (!response || response->tag == *tag) co_return;
  }
}

}  // namespace mailcanary
