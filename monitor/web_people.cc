#include "monitor/web_people.h"

#include <arpa/inet.h>

#include <algorithm>

#include "core/crypto.h"
#include "core/text.h"
#include "monitor/ack_token.h"
#include "monitor/operator_page.h"
#include "monitor/web_syntax.h"

namespace mailcanary {
namespace {

constexpr int canaries_shown = 20;
constexpr std::size_t longest_name = 60, longest_text = 2000;
constexpr std::string_view operator_path = "/operator", ack_path = "/ack/";

WebAnswer text_answer(int status, const char* text) {
  WebAnswer answer;
  answer.status = status;
  answer.body = std::make_shared<const std::string>(text);
  answer.is_private = true;
  return answer;
}

WebAnswer page_answer(std::string html) {
  WebAnswer answer;
  answer.content_type = "text/html; charset=utf-8";
  answer.body = std::make_shared<const std::string>(std::move(html));
  answer.is_private = true;
  answer.policy =
      "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; "
      "frame-ancestors 'none'";
  return answer;
}

// So that loading the page again posts nothing again.
WebAnswer see(std::string path) {
  WebAnswer answer = text_answer(303, "see there\n");
  answer.location = std::move(path);
  return answer;
}

WebAnswer no_such_page() { return text_answer(404, "there is no such page here\n"); }

// An address in full, not a name that begins like one: "127.evil.example" may lead anywhere.
bool is_loopback_v4(std::string_view host) {
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool is_loopback_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
  host = host.substr(0, host.find(':'));
  return iequals(host, "localhost") || is_loopback_v4(host);
}

bool listens_on_loopback(const std::string& host) {
  return host == "::1" || host == "localhost" || is_loopback_v4(host);
}

// The password of Basic authentication (whatever the user's name), or a Bearer token.
std::string token_in(std::string_view authorization) {
  if (istarts_with(authorization, "Bearer ")) return std::string(trim(authorization.substr(7)));
  if (!istarts_with(authorization, "Basic ")) return {};
  const auto pair = from_base64(trim(authorization.substr(6)));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  return colon == std::string::npos ? std::string() : pair->substr(colon + 1);
}

std::string field(const std::map<std::string, std::string>& fields, const char* name, std::size_t most) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : cut(one_line(found->second), most);
}

Task<std::vector<Notice>> read_notices(Station& station, std::vector<IncidentId> ids) {
  auto notices = std::make_shared<std::vector<Notice>>();
  std::function<void(LedgerStore&)> read = [notices, ids](LedgerStore& store) {
    for (const auto& id : ids)
      if (auto found = store.notices_of(id)) notices->insert(notices->end(), found->begin(), found->end());
  };
  co_await station.ledger().with_store(std::move(read));
  co_return std::move(*notices);
}

Task<std::vector<Canary>> read_canaries(Station& station, RouteName route) {
  auto canaries = std::make_shared<std::vector<Canary>>();
  std::function<void(LedgerStore&)> read = [canaries, route](LedgerStore& store) {
    if (auto found = store.history(route, canaries_shown)) *canaries = std::move(*found);
  };
  co_await station.ledger().with_store(std::move(read));
  co_return std::move(*canaries);
}

const Incident* find_incident(const StatusView& view, std::string_view id) {
  const auto found = std::find_if(view.incidents.begin(), view.incidents.end(),
                                  [&](const Incident& incident) { return incident.id.str() == id; });
  return found == view.incidents.end() ? nullptr : &*found;
}

bool is_as_before(const StatusView& view, const Incident& before) {
  const Incident* incident = find_incident(view, before.id.str());
  return incident != nullptr && incident->updates.size() == before.updates.size() &&
         incident->status == before.status && incident->acknowledged_at == before.acknowledged_at;
}

// The next turn follows it, which is soon; waiting for that lets the next page show what was done.
Task<bool> write_act(EventLoop& loop, Station& station, Act act, Incident before) {
  Batch batch;
  batch.acts.push_back(std::move(act));
  Result<void> committed = co_await station.ledger().commit(std::move(batch));
  if (!committed) co_return false;
  co_await station.take_orders();
  for (int i = 0; i < 10 && is_as_before(station.engine().view(loop.now().wall), before); ++i)
    co_await loop.sleep_for(std::chrono::milliseconds(100));
  co_return true;
}

Task<WebAnswer> show_overview(const Config& config, Station& station, StatusView view) {
  std::vector<IncidentId> ids;
  for (const auto* incident : incidents_for_operator(view)) ids.push_back(incident->id);
  const std::vector<Notice> notices = co_await read_notices(station, std::move(ids));
  std::vector<ReaderFault> faults;
  for (const auto& [account, reader] : station.engine().readers())
    if (!reader.fault.empty()) faults.push_back({account, reader.fault});
  co_return page_answer(operator_page(config, view, faults, notices));
}

Task<WebAnswer> show_route(Station& station, StatusView view, std::string name) {
  const auto route = std::find_if(view.routes.begin(), view.routes.end(),
                                  [&](const RouteView& shown) { return shown.name.str() == name; });
  if (route == view.routes.end()) co_return no_such_page();
  const std::vector<Canary> canaries = co_await read_canaries(station, route->name);
  co_return page_answer(operator_route_page(view, *route, canaries));
}

Task<WebAnswer> show_incident(const Config& config, Station& station, StatusView view, std::string id) {
  const Incident* incident = find_incident(view, id);
  if (incident == nullptr) co_return no_such_page();
  std::vector<IncidentId> ids(1, incident->id);
  const std::vector<Notice> notices = co_await read_notices(station, std::move(ids));
  const std::string link = config.status.url + ack_address(incident->id, config.signing_key);
  co_return page_answer(operator_incident_page(view, *incident, notices, link));
}

std::optional<Act> act_in(const WebRequest& request, std::string_view what, const IncidentId& id, WallTime now) {
  const auto fields = form_fields(request.form);
  const std::string who = field(fields, "who", longest_name);
  if (who.empty()) return std::nullopt;
  if (what == "acknowledge") return acknowledgement(id, who, now);
  if (what != "post" && what != "resolve") return std::nullopt;
  Post post{field(fields, "text", longest_text), field(fields, "public", longest_text), {}};
  if (post.text.empty()) return std::nullopt;
  const std::string status = field(fields, "status", longest_name);
  for (const IncidentStatus known : {IncidentStatus::identified, IncidentStatus::monitoring})
    if (status == name_of(known)) post.status = known;
  return posting(what == "post" ? ActKind::post : ActKind::resolve, id, post, who, now);
}

// "/operator/incidents/ID/WHAT"
Task<WebAnswer> act_on_incident(EventLoop& loop, Station& station, StatusView view, WebRequest request,
                                std::string rest) {
  const auto slash = rest.find('/');
  const Incident* incident = find_incident(view, rest.substr(0, slash));
  if (incident == nullptr || slash == std::string::npos) co_return no_such_page();
  auto act = act_in(request, rest.substr(slash + 1), incident->id, view.generated_at);
  if (!act) co_return text_answer(400, "the form lacks a name or a text\n");
  const bool written = co_await write_act(loop, station, std::move(*act), *incident);
  if (!written) co_return text_answer(503, "the ledger cannot record it now; try again\n");
  co_return see("/operator/incidents/" + rest.substr(0, slash));
}

// "/ack/ID/TOKEN"
Task<WebAnswer> answer_ack(EventLoop& loop, const Config& config, Station& station, WebRequest request) {
  const std::string rest = request.path.substr(ack_path.size());
  const auto slash = rest.find('/');
  if (slash == std::string::npos) co_return no_such_page();
  const IncidentId id(rest.substr(0, slash));
  if (!is_ack_token(rest.substr(slash + 1), config.signing_key, id)) co_return no_such_page();
  const WallTime now = loop.now().wall;
  const StatusView view = station.engine().view(now);
  const Incident* incident = find_incident(view, id.str());
  if (incident == nullptr) co_return no_such_page();
  if (request.method != "POST") co_return page_answer(acknowledge_page(*incident));
  const std::string who = field(form_fields(request.form), "who", longest_name);
  if (incident->open() && !incident->acknowledged_at) {
    Act act = acknowledgement(id, who.empty() ? "the link" : who, now);
    const bool written = co_await write_act(loop, station, std::move(act), *incident);
    if (!written) co_return text_answer(503, "the ledger cannot record it now; try again\n");
  }
  co_return see(request.path);
}

Task<WebAnswer> answer_operator(EventLoop& loop, const Config& config, Station& station, WebRequest request) {
  constexpr std::string_view routes = "/operator/routes/", incidents = "/operator/incidents/";
  const std::string& path = request.path;
  StatusView view = station.engine().view(loop.now().wall);
  if (request.method == "POST") {
    if (!path.starts_with(incidents)) co_return text_answer(405, "nothing is posted here\n");
    std::string rest = path.substr(incidents.size());
    WebAnswer acted = co_await act_on_incident(loop, station, std::move(view), std::move(request), std::move(rest));
    co_return acted;
  }
  if (path == "/operator/style.css") {
    WebAnswer style = text_answer(200, operator_style());
    style.content_type = "text/css; charset=utf-8";
    co_return style;
  }
  WebAnswer answer = no_such_page();
  if (path == "/operator" || path == "/operator/") {
    WebAnswer shown = co_await show_overview(config, station, std::move(view));
    answer = std::move(shown);
  } else if (path.starts_with(routes)) {
    WebAnswer shown = co_await show_route(station, std::move(view), path.substr(routes.size()));
    answer = std::move(shown);
  } else if (path.starts_with(incidents)) {
    WebAnswer shown = co_await show_incident(config, station, std::move(view), path.substr(incidents.size()));
    answer = std::move(shown);
  }
  co_return answer;
}

}  // namespace

bool is_for_people(std::string_view path) {
  return path == operator_path || path.starts_with("/operator/") || path.starts_with(ack_path);
}

Gate operator_gate(const std::string& listen_host, const Secret& token, const WebRequest& request) {
  if (!token.empty()) {
    const std::string given = token_in(request.authorization);
    return equal_in_constant_time(given, token.reveal()) ? Gate::open : Gate::needs_token;
  }
  const bool here = listens_on_loopback(listen_host) && is_loopback_name(request.host) && !request.through_proxy;
  return here ? Gate::open : Gate::closed;
}

bool comes_from_our_page(const WebRequest& request) {
  if (request.origin.empty()) return true;  // no browser
  const auto scheme = request.origin.find("://");
  return scheme != std::string::npos && iequals(request.origin.substr(scheme + 3), request.host);
}

Task<WebAnswer> answer_people(EventLoop& loop, const Config& config, Station& station, OperatorPage operators, WebRequest request) {
  if (request.method == "POST" && !comes_from_our_page(request))
    co_return text_answer(403, "a form of another site is not taken\n");
  if (request.path.starts_with(ack_path)) {
    WebAnswer answer = co_await answer_ack(loop, config, station, std::move(request));
    co_return answer;
  }
  const Secret& token = config.status.operator_token;
  if (operators == OperatorPage::withheld && token.empty()) co_return no_such_page();
  switch (operator_gate(config.status.listen_host, token, request)) {
    case Gate::closed: co_return no_such_page();
    case Gate::needs_token: {
      WebAnswer refusal = text_answer(401, "the operator's token is the password\n");
      refusal.challenge = "Basic realm=\"operator\", charset=\"UTF-8\"";
      co_return refusal;
    }
    case Gate::open: break;
  }
  WebAnswer answer = co_await answer_operator(loop, config, station, std::move(request));
  co_return answer;
}

}  // namespace mailcanary
