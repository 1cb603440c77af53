#include "monitor/heartbeat.h"

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

using namespace std::chrono_literals;

constexpr Duration stale_turn = 1min;      // as /healthz
constexpr Duration stale_mailbox = 10min;  // readers look at least twice a minute, and say so when they fail
constexpr Duration stuck_outbox = 15min;   // as the longest pause between two attempts

// The words of https://healthchecks.io/docs/http_api/ behind the check's address, which may have a query.
std::string address_of(const Heartbeat& heartbeat, Beat what, const std::string& run_id) {
  std::string url = heartbeat.url.reveal();
  if (heartbeat.kind == Heartbeat::Kind::url) return url;
  const auto query = std::min(url.find('?'), url.size());
  std::string path = url.substr(0, query), rest = url.substr(query);
  while (path.ends_with('/')) path.pop_back();
  if (what == Beat::start) path += "/start";
  if (what == Beat::unwell) path += "/fail";
  if (!run_id.empty()) rest += (rest.empty() ? "?rid=" : "&rid=") + run_id;
  return path + rest;
}

}  // namespace

std::vector<std::string> faults_of(const Vitals& vitals, WallTime began, WallTime now) {
  std::vector<std::string> faults;
  if (!vitals.last_turn || now - *vitals.last_turn > stale_turn) faults.push_back("the engine stands still");
  if (!vitals.ledger_fault.empty()) faults.push_back("the ledger cannot record: " + one_line(vitals.ledger_fault));
  for (const auto& [account, at] : vitals.read_at) {
    const WallTime since = std::max(at.value_or(began), began);
    if (now - since > stale_mailbox)
      faults.push_back(fmt::format("the mailbox of {} was not looked at for {}", account.str(), human_duration(now - since)));
  }
  for (const auto& route : vitals.unmeasured)
    faults.push_back(fmt::format("route {} is not measured since {}: {}", route.route.str(), format_time(route.since),
                                 one_line(route.reason)));
  if (vitals.outbox_oldest > stuck_outbox)
    faults.push_back(fmt::format("a notice has waited {} for channel {}", human_duration(vitals.outbox_oldest), vitals.outbox_channel));
  return faults;
}

std::string report_of(const Vitals& vitals, const std::vector<std::string>& faults) {
  std::string report = fmt::format("incidents={} queued={}\n", vitals.incidents_open, vitals.notices_queued);
  for (const auto& fault : faults) report += fault + "\n";
  return report;
}

Task<Result<void>> beat(HttpClient& http, Heartbeat heartbeat, Beat what, std::string report, std::string run_id) {
  if (heartbeat.kind == Heartbeat::Kind::url && what != Beat::well) co_return Result<void>{};
  HttpRequest request;
  request.url = address_of(heartbeat, what, run_id);
  request.deadline = heartbeat.timeout;
  if (heartbeat.kind == Heartbeat::Kind::healthchecks) {
    request.method = "POST";
    request.headers = {"Content-Type: text/plain; charset=utf-8"};
    request.body = std::move(report);
  }
  const Result<HttpResponse> answer = co_await http.exchange(std::move(request));
  if (!answer) co_return answer.error();
  if (answer->status < 200 || answer->status > 299)
    co_return Error{ErrorKind::protocol, fmt::format("answered {}", answer->status)};
  // The hosted service says "OK (not found)" and the like inside a 200.
  if (heartbeat.kind == Heartbeat::Kind::healthchecks && trim(answer->body).starts_with("OK ("))
    co_return Error{ErrorKind::protocol, "answered " + cut(one_line(answer->body), 60)};
  co_return Result<void>{};
}

std::string make_uuid() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string uuid;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return uuid;
}

}  // namespace mailcanary
