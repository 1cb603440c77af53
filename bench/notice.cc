// How soon people are called: from the moment at which the first failing canary failed to the webhook's receipt of the
// notice. All of it is the pipeline's own share: rules, incident, ledger, outbox and delivery; the rule opens at the first
// failure (grouping off) and a shell script plays the provider, so nothing else takes time.
// The peer is the same post sent by the bare HTTP client, in the same run.
//
// Expected: at most 1 s for 95 of 100 outages.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/kit/bench.h"
#include "bench/kit/daemon.h"
#include "core/http_client.h"
#include "tests/e2e/web_receiver.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
using namespace std::chrono_literals;
using testbed::Post;
using testbed::WebReceiver;

constexpr auto patience = 60s;

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::trunc);
  out << text;
  if (!out.flush()) die("write " + file.string());
}

std::filesystem::path configured(const Folder& folder, const WebReceiver& receiver) {
  for (const char* part : {"tmp", "new", "cur"}) std::filesystem::create_directories(folder / "box" / part);
  write(folder / "sendmail", "#!/bin/sh\ncd \"${0%/*}\" || exit 70\n[ ! -e down ] || exit 69\ncat > box/tmp/$$ && mv box/tmp/$$ box/new/$$.mail\n");
  std::filesystem::permissions(folder / "sendmail", std::filesystem::perms::owner_all);
  write(folder / "bench.yaml",
        fmt::format("accounts:\n  shop: {{address: shop@folder.example, smtp: \"sendmail:{}\", inbox: \"maildir:{}\"}}\n"
                    "routes:\n  - {{from: shop, to: shop, name: loop, every: 1s, late_after: 30s, lost_after: 10m}}\n"
                    "rules:\n  - {{name: broken, measure: consecutive_failures, above: 0, impact: major, recover: 1}}\n"
                    "flap_hold: 0s\nledger: sqlite:bench.db\n"
                    "channels:\n  hook: {{webhook: {{url: \"{}\"}}}}\n",
                    (folder / "sendmail").string(), (folder / "box").string(), receiver.url()));
  return folder / "bench.yaml";
}

Post nth_of(const WebReceiver& receiver, const char* type, std::size_t n) {
  for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;) {
    auto posts = receiver.posts_of(type);
    if (posts.size() > n) return posts[n];
    std::this_thread::sleep_for(5ms);
  }
  die(fmt::format("no {} within {} s", type, patience.count()));
}

Task<void> post_bare(HttpClient* http, std::string url, std::string body, Result<HttpResponse>* result) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.body = std::move(body);
  *result = co_await http->exchange(std::move(request));
}

// Seconds of one bare exchange, connection included.
double bare_exchange(const std::string& body) {
  const WebReceiver receiver;
  EventLoop loop;
  HttpClient http(loop);
  std::vector<double> times;
  for (int i = 0; i < 20; ++i) {
    Result<HttpResponse> result = Error{};
    times.push_back(measure([&] { loop.run_until_done(post_bare(&http, receiver.url(), body, &result)); }).wall);
    if (!result) die(result.error().message);
  }
  return percentile(times, 0.5);
}

}  // namespace

int main(int argc, char** argv) {
  int outages = 8;
  CLI::App app("From the first failing canary to the webhook's receipt.");
  app.add_option("--outages", outages, "how many (default 8, some five seconds each)")->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);

  const Folder folder;
  const WebReceiver receiver;
  const auto config = configured(folder, receiver);
  const auto daemon = start_daemon(config);
  std::vector<double> shares;
  std::string body;
  for (int i = 0; i < outages; ++i) {
    std::this_thread::sleep_for(1500ms);  // some canaries get through
    write(folder / "down", "");
    const auto opened = nth_of(receiver, "opened", static_cast<std::size_t>(i));
    body = opened.body;
    const CanaryId first(opened.json().at("data").at("evidence").at(0).get<std::string>());
    std::filesystem::remove(folder / "down");
    nth_of(receiver, "resolved", static_cast<std::size_t>(i));
    for (const auto& canary : canaries_since(config, {})) {
      if (canary.id != first || !canary.settled_at) continue;
      shares.push_back(seconds(opened.at - *canary.settled_at));
    }
  }
  stop_daemon(*daemon);
  if (shares.size() != static_cast<std::size_t>(outages)) die(fmt::format("{} of {} outages have a settled canary", shares.size(), outages));

  const double bare = bare_exchange(body);
  std::puts(fmt::format("{} outages; from the first failure to the receipt: median {:.0f} ms, 95% {:.0f} ms, worst {:.0f} ms", outages,
                        1000 * percentile(shares, 0.5), 1000 * percentile(shares, 0.95), 1000 * percentile(shares, 1)).c_str());
  std::puts(fmt::format("the bare exchange: median {:.1f} ms; ratio {:.1f}", 1000 * bare, percentile(shares, 0.5) / bare).c_str());
  Expectations expectations;
  expectations.at_most("from the first failing canary to the notice, 95 of 100", percentile(shares, 0.95), 1, "s");
  return expectations.exit_code();
}
