#include "monitor/upstream.h"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerts/words.h"
#include "core/text.h"
#include "core/units.h"
#include "monitor/feed_reader.h"

namespace mailcanary {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_body = 1u << 20;
constexpr std::size_t longest_words = 200;
constexpr int deepest_json = 32;

std::string safe(std::string_view text) { return cut(one_line(text.substr(0, 4 * longest_words)), longest_words); }

// A parser that stops at a depth no status page has.
Json parsed(std::string_view body) {
  const Json::parser_callback_t shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= deepest_json; };
  return Json::parse(body, shallow, false);
}

Result<std::string> read_statuspage(std::string_view body) {
  const Json page = parsed(body);
  const auto status = page.is_object() ? page.find("status") : page.end();
  if (page.is_object() && status != page.end() && status->is_object()) {
    const auto description = status->find("description");
    if (description != status->end() && description->is_string()) {
      const std::string words = safe(description->get<std::string>());
      if (!words.empty()) return words;
    }
  }
  return Error{ErrorKind::protocol, "its JSON has no status.description, as Statuspage writes it"};
}

}  // namespace

Result<std::string> read_upstream(std::string_view body) {
  const std::string_view text = trim(body);
  if (text.starts_with('{')) return read_statuspage(text);
  auto entry = newest_feed_entry(text);
  if (!entry) return entry.error();
  const std::string title = safe(entry->title);
  if (title.empty()) return std::string("nothing: its feed has no entries");
  const std::string date = safe(entry->date).substr(0, 40);
  return fmt::format("latest entry: {}{}", title, date.empty() ? "" : " (" + date + ")");
}

std::string upstream_words(const UpstreamStatus& status, WallTime now) {
  if (status.says.empty()) return "";
  return fmt::format("{} ({})", status.says, time_words(status.at, now));
}

std::string upstream_to_text(const UpstreamStatus& status) {
  const Json object = {{"at", format_time(status.at)}, {"says", status.says}, {"fault", status.fault}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<UpstreamStatus> upstream_from_text(std::string_view text) {
  const Json object = Json::parse(text, nullptr, false);
  const auto word = [&](const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto at = parse_time(word("at"));
  if (!at) return std::nullopt;
  return UpstreamStatus{*at, word("says"), word("fault")};
}

std::string upstream_fact(const ProviderName& provider) { return "upstream." + provider.str(); }

namespace {

Task<UpstreamStatus> look_once(EventLoop& loop, HttpClient& http, std::string url, Duration patience) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {"Accept: application/json, application/atom+xml, application/rss+xml"};
  request.deadline = patience;
  request.max_body = longest_body;
  auto answer = co_await http.exchange(std::move(request));
  UpstreamStatus status;
  status.at = loop.now().wall;
  if (!answer) {
    status.fault = safe(answer.error().message);
    co_return status;
  }
  if (answer->status != 200) {
    status.fault = fmt::format("its status page answers {}", answer->status);
    co_return status;
  }
  auto words = read_upstream(answer->body);
  if (words)
    status.says = std::move(*words);
  else
    status.fault = safe(words.error().message);
  co_return status;
}

struct Looks {
  explicit Looks(EventLoop& loop) : ended(loop) {}
  std::vector<UpstreamStatus> found;
  std::size_t running = 0;
  Wakeup ended;
};

Task<void> look_into(EventLoop& loop, HttpClient& http, std::string url, Duration patience, std::shared_ptr<Looks> looks,
                     std::size_t place) {
  UpstreamStatus status = co_await look_once(loop, http, std::move(url), patience);
  looks->found[place] = std::move(status);
  --looks->running;
  looks->ended.notify();
}

}  // namespace

Task<std::vector<UpstreamStatus>> look_upstream(EventLoop& loop, HttpClient& http, std::vector<std::string> urls, Duration patience) {
  auto looks = std::make_shared<Looks>(loop);
  looks->found.resize(urls.size());
  looks->running = urls.size();
  for (std::size_t i = 0; i < urls.size(); ++i) loop.spawn(look_into(loop, http, std::move(urls[i]), patience, looks, i));
  while (looks->running > 0) co_await looks->ended.wait_for(patience);
  co_return std::move(looks->found);
}

}  // namespace mailcanary
