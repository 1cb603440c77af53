// A message in a Matrix room: client-server API, https://spec.matrix.org. The first message of an incident is rewritten
// as it goes on, and each notice stands in its thread. The transaction id is the notice's, so that a retry makes no
// second message. The room must not be encrypted.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

constexpr std::size_t most_text = 8000;

struct Room {
  std::string send;  // …/send/m.room.message/
  Secret token;
};

ordered_json words(const Notice& notice, Form form) {
  const std::string title = title_of(notice, 200), text = text_of(notice, form, most_text), link = link_of(notice);
  std::string html = "<b>" + escaped(title) + "</b>";
  for (const char c : "\n" + escaped(text)) {
    if (c == '\n') html += "<br>";
    else html += c;
  }
  if (!link.empty()) html += fmt::format("<br><a href=\"{}\">Status page</a>", escaped(link));
  return {{"msgtype", is_over(notice) ? "m.notice" : "m.text"},
          {"body", title + "\n" + text + (link.empty() ? "" : "\n" + link)},
          {"format", "org.matrix.custom.html"},
          {"formatted_body", html},
          {"m.mentions", ordered_json::object()}};
}

HttpRequest put(const Room& room, const std::string& transaction, const ordered_json& body) {
  return json_request("PUT", room.send + percent_encoded(transaction), body,
                      {"Authorization: Bearer " + room.token.reveal()});
}

HttpRequest first_or_edit(const Room& room, const Notice& notice, Form form) {
  ordered_json body = words(notice, form);
  if (notice.remote_ref.empty()) return put(room, notice.id.str(), body);
  ordered_json edit = body;
  edit["m.new_content"] = std::move(body);
  edit["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", notice.remote_ref}};
  return put(room, notice.id.str() + "-edit", edit);
}

std::optional<HttpRequest> in_thread(const Room& room, const Notice& notice, Form form) {
  if (notice.remote_ref.empty()) return std::nullopt;
  ordered_json body = words(notice, form);
  body["m.relates_to"] = {{"rel_type", "m.thread"},
                          {"event_id", notice.remote_ref},
                          {"is_falling_back", true},
                          {"m.in_reply_to", {{"event_id", notice.remote_ref}}}};
  return put(room, notice.id.str(), body);
}

Delivery judged(const Notice& notice, Posted posted) {
  Delivery delivery = posted.delivery;
  const auto answer = json_answer(posted);
  if (!answer.is_object()) {
    return delivery.outcome == Outcome::delivered ? failed_inside(delivery, Outcome::retry_later, "") : delivery;
  }
  const auto wait = answer.find("retry_after_ms");
  if (delivery.outcome == Outcome::retry_later && !delivery.retry_after && wait != answer.end() && wait->is_number())
    delivery.retry_after = seconds_or_day(wait->get<double>() / 1000);
  if (delivery.outcome == Outcome::delivered && notice.remote_ref.empty()) delivery.remote_ref = answer.value("event_id", "");
  return delivery;
}

}  // namespace

MadeChannel make_matrix_channel(ChannelTools tools, const Channel& channel) {
  const std::string server = base_url(channel, "url", ""), id = setting(channel, "room").reveal();
  Room room;
  room.token = setting(channel, "token");
  if (server.empty()) return bad_setting(channel, "url is missing");
  if (room.token.empty()) return bad_setting(channel, "token is missing");
  if (!id.starts_with('!')) return bad_setting(channel, "room must be the room's id, as in !abc:example.org");
  room.send = fmt::format("{}/_matrix/client/v3/rooms/{}/send/m.room.message/", server, percent_encoded(id));
  HttpKind kind;
  kind.request = [room](const Notice& notice, Form form) { return first_or_edit(room, notice, form); };
  kind.follow_up = [room](const Notice& notice, Form form) { return in_thread(room, notice, form); };
  kind.judge = judged;
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
