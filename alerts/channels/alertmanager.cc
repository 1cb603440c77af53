// Alerts at a Prometheus Alertmanager, API v2: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml.
// One alert an incident. Its labels are its identity, so what changes stands in annotations; but severity routes, so a
// graver incident is an alert of its own and the one before is ended with it (remote_ref holds the severity told last).
// Without endsAt an alert lives for Alertmanager's resolve_timeout, which is why open ones are repeated.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/channels/http_channel.h"
#include "alerts/channels/notice_parts.h"
#include "core/crypto.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using nlohmann::ordered_json;
using Outcome = Delivery::Outcome;

constexpr std::size_t most_text = 4000;
constexpr Duration repeat_every = std::chrono::minutes(1);
constexpr const char* own_labels[] = {"alertname", "incident", "incident_id", "severity"};

using Labels = std::map<std::string, std::string>;

std::string severity_of(const Notice& notice) { return by_impact(notice, "info", "warning", "error", "critical"); }

// Prometheus' data model: https://prometheus.io/docs/concepts/data_model/.
bool is_label_name(const std::string& name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 && !name.starts_with("__") &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

ordered_json alert(const Notice& notice, Form form, const Labels& labels, const std::string& severity) {
  ordered_json all = {{"alertname", "MailDelivery"},
                      {"incident", notice.incident_key},
                      {"incident_id", notice.incident.str()},
                      {"severity", severity}};
  for (const auto& [name, value] : labels) all[name] = value;
  ordered_json object = {{"labels", std::move(all)},
                         {"annotations",
                          {{"summary", title_of(notice, 200)}, {"description", text_of(notice, form, most_text)}}},
                         {"startsAt", opened_at(notice)}};
  if (const std::string link = link_of(notice); !link.empty()) object["generatorURL"] = link;
  return object;
}

ordered_json ended(ordered_json object, const Notice& notice) {
  object["endsAt"] = format_time(notice.created_at);
  return object;
}

ordered_json alerts_of(const Notice& notice, Form form, const Labels& labels) {
  const std::string now = severity_of(notice), before = notice.remote_ref.empty() ? now : notice.remote_ref;
  ordered_json alerts = ordered_json::array();
  if (is_over(notice) || before != now) alerts.push_back(ended(alert(notice, form, labels, before), notice));
  if (!is_over(notice)) alerts.push_back(alert(notice, form, labels, now));
  return alerts;
}

}  // namespace

MadeChannel make_alertmanager_channel(ChannelTools tools, const Channel& channel) {
  const std::string base = base_url(channel, "url", "");
  if (base.empty()) return bad_setting(channel, "url is missing");
  const auto given = channel.settings.find("labels");
  const Labels labels = given == channel.settings.end() ? Labels() : given->second.texts;
  for (const auto& [name, value] : labels) {
    if (!is_label_name(name)) return bad_setting(channel, fmt::format("labels: {} is no label; use letters, digits and underlines", name));
    if (std::find(std::begin(own_labels), std::end(own_labels), name) != std::end(own_labels))
      return bad_setting(channel, fmt::format("labels: {} is set by Mailcanary; choose another name", name));
  }
  const Secret url(base + "/api/v2/alerts");
  std::vector<std::string> headers;
  const std::string user = setting(channel, "user").reveal();
  if (!user.empty()) headers.push_back("Authorization: Basic " + to_base64(user + ":" + setting(channel, "password").reveal()));
  const auto login = std::make_shared<const std::vector<std::string>>(std::move(headers));

  HttpKind kind;
  kind.request = [url, labels, login](const Notice& notice, Form form) {
    return json_request("POST", url.reveal(), alerts_of(notice, form, labels), *login);
  };
  kind.judge = [](const Notice& notice, Posted posted) {
    if (posted.delivery.outcome == Outcome::delivered && !notice.id.empty()) posted.delivery.remote_ref = severity_of(notice);
    return posted.delivery;
  };
  kind.repeat = [url, labels, login](const Standing& standing) -> std::optional<HttpRequest> {
    if (standing.open.empty()) return std::nullopt;
    ordered_json alerts = ordered_json::array();
    for (const auto& notice : standing.open) alerts.push_back(alert(notice, Form::full, labels, severity_of(notice)));
    return json_request("POST", url.reveal(), alerts, *login);
  };
  kind.repeat_every = repeat_every;
  return make_http_channel(tools, channel, std::move(kind));
}

}  // namespace mailcanary
