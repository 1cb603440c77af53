#include "probes/imap_connect.h"

#include <utility>

#include <fmt/format.h>

#include "core/line_session.h"
#include "core/text.h"
#include "probes/account_endpoint.h"

namespace mailcanary {
namespace {

// The server answered the login with NO, for a reason that is not its own trouble (RFC 5530 §3).
bool login_refused(const ConnectFailure& failure) {
  if (failure.step != ConnectStep::login || failure.timed_out) return false;
  const std::string_view said = failure.server_reply.raw();
  const auto line_start = said.find_last_of("\r\n");
  const auto reply = parse_imap_response(line_start == std::string_view::npos ? said : said.substr(line_start + 1));
  const auto* status = reply ? std::get_if<ImapStatus>(&reply->data) : nullptr;
  if (!status || reply->tag.empty() || status->kind != ImapStatus::Kind::no) return false;
  return status->code != "UNAVAILABLE" && status->code != "INUSE" && status->code != "LIMIT" &&
         status->code != "SERVERBUG" && status->code != "CONTACTADMIN";
}

}  // namespace

Task<ImapOpened> open_imap_session(EventLoop& loop, Account account, Duration patience) {
  using Whose = ImapOpened::Fault::Whose;
  ImapOpened out;
  if (!account.inbox || account.inbox->protocol != Protocol::imap) {
    out.fault = {fmt::format("look at {}: the account has no IMAP inbox", account.name.str()), Whose::own};
    co_return out;
  }
  LineEndpoint endpoint = line_endpoint(account, *account.inbox);
  const MonoTime deadline = loop.now().mono + patience;
  auto opened = co_await LineSession::open(loop, std::move(endpoint), deadline);
  out.peer = opened.peer;
  if (!opened.session) {
    const ConnectFailure failure = opened.failure.value_or(ConnectFailure{});
    const std::string said = failure.server_reply.empty() ? "" : ": " + cut(failure.server_reply.line(), 200);
    if (login_refused(failure)) {
      out.fault = {fmt::format("log in to {}: credentials refused{}", account.inbox->host, said), Whose::credentials};
    } else {
      out.fault = {failure.message + said, failure.own_fault ? Whose::own : Whose::server};
    }
    co_return out;
  }
  auto session = std::make_unique<ImapSession>(loop, std::move(opened.session));
  auto asked = co_await session->ask_capabilities();
  if (asked) {
    out.session = std::move(session);
  } else {
    out.fault = {fmt::format("look at {} on {}: {}", account.address, account.inbox->host, asked.error().message),
                 Whose::server};
  }
  co_return out;
}

}  // namespace mailcanary
