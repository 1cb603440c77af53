#include "alerts/channels/notice_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/incident_object.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_text_when_short = 300;

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json envelope(const Notice& notice, ordered_json data) {
  // The words of the types are NoticeKind's. The time is the event's; that of the attempt is in the headers.
  return {{"type", fmt::format("mailcanary.incident.{}", name_of(notice.kind))},
          {"timestamp", format_time(notice.created_at)},
          {"data", std::move(data)}};
}

std::string full_json(const Notice& notice) {
  ordered_json data = ordered_json::parse(notice.detail, nullptr, false);
  if (!data.is_object())
    data = {{"id", notice.incident.str()},
            {"key", notice.incident_key},
            {"title", notice.title},
            {"status", name_of(notice.status)},
            {"impact", name_of(notice.impact)}};
  data["url"] = text_or_null(notice.url);
  data["text"] = notice.text;
  data["notice"] = {{"kind", name_of(notice.kind)},
                    {"sequence", notice.sequence},
                    {"title", notice.title},
                    {"reason", notice.reason}};
  return json_text(envelope(notice, std::move(data)), JsonStyle::compact);
}

std::string short_json(const Notice& notice) {
  return json_text(envelope(notice, {{"id", notice.incident.str()},
                                     {"key", notice.incident_key},
                                     {"title", notice.title},
                                     {"status", name_of(notice.status)},
                                     {"impact", name_of(notice.impact)},
                                     {"url", text_or_null(notice.url)},
                                     {"text", cut(one_line(notice.text), most_text_when_short)}}),
                   JsonStyle::compact);
}

}  // namespace

std::string notice_json(const Notice& notice, Form form) {
  return form == Form::full ? full_json(notice) : short_json(notice);
}

}  // namespace mailcanary
