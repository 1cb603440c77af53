// The status site of a large house: how long it takes to make and write all its files for 1,000 providers with 90 days
// of history, how large the page of 20 providers is on the wire, and how many times a second summary.json is
// served, beside nginx serving the same file in the same run. wrk asks both, in rounds that alternate; each figure is
// the median.
//
// Expected: all files in at most 1 s; at most 100 KB compressed for 20 providers; at least 5,000 requests/s.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/kit/bench.h"
#include "monitor/published_site.h"
#include "monitor/web.h"
#include "tests/servers/process.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;
using namespace std::chrono_literals;
using testbed::Process;

struct Options {
  int components = 1000;
  int incidents = 200;
  int rounds = 3;
  int seconds = 2;
  int connections = 64;
};

std::string must_exist(std::string program) {
  if (!std::filesystem::exists(program)) die(program + " is missing; scripts/packages install bench brings it");
  return program;
}

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, generic, length) != 0 || getsockname(fd, generic, &length) != 0) die("no free port");
  close(fd);
  return ntohs(address.sin_port);
}

ComponentView component(int number, WallTime now) {
  ComponentView view;
  view.id = fmt::format("provider-{}", number);
  view.name = fmt::format("Provider number {}", number);
  view.status = number % 50 == 7 ? "degraded_performance" : "operational";
  view.p50 = 3s + 10ms * (number % 90);
  view.p95 = 9s + 10ms * (number % 70);
  view.last_delivered_at = now - 40s;
  view.since = now - 24h * 200;
  view.updated_at = now - 24h * (number % 90);
  for (int age = 89; age >= 0; --age) {
    DayBar day;
    day.day = std::chrono::floor<std::chrono::days>(now) - 24h * age;
    day.delivered = 288 - (number * 7 + age) % 5;
    day.late = (number + age) % 5;
    day.failed = (number * age) % 41 == 3 ? 12 : 0;
    if (day.failed > 0) day.worst = Impact::major;
    view.days.push_back(day);
    if (age < 30)
      view.by_day.push_back({day.day, 3s + 13ms * ((number + age) % 40), 9s + 31ms * ((number + age) % 60)});
  }
  for (int age = 23; age >= 0; --age)
    view.by_hour.push_back({std::chrono::floor<std::chrono::hours>(now) - 1h * age, 3s + 17ms * ((number + age) % 50),
                            9s + 29ms * ((number + age) % 70)});
  return view;
}

Incident incident(int number, int components, WallTime now) {
  Incident made;
  made.id = IncidentId(ulid_of(now - 9h * number, fmt::format("{:010}", number)));
  made.title = fmt::format("Provider number {}: mail is delayed", number % components);
  made.impact = number % 3 == 0 ? Impact::major : Impact::minor;
  made.began_at = made.opened_at = now - 9h * number - 30min;
  made.components = {ProviderName(fmt::format("provider-{}", number % components))};
  const bool over = number >= 3;
  const IncidentStatus last = over ? IncidentStatus::resolved : IncidentStatus::identified;
  for (const IncidentStatus status : {IncidentStatus::investigating, IncidentStatus::monitoring, last})
    made.updates.push_back(
        {made.opened_at + 10min * static_cast<int>(made.updates.size()), status, "",
         "Since 12:56 UTC, mail takes longer than it should. 9 of 20 test messages were late. Mail is "
         "delayed, not lost: 9 of 9 delayed test messages arrived so far."});
  made.status = last;
  made.updated_at = made.updates.back().at;
  if (over) made.resolved_at = made.updated_at;
  return made;
}

StatusView house(int components, int incidents, WallTime now) {
  StatusView view;
  view.generated_at = now;
  view.vantage = "fra1";
  view.title = "Example Mail status";
  view.url = "https://status.example";
  view.history_from = now - 24h * 400;
  for (int i = 0; i < components; ++i) view.components.push_back(component(i, now));
  for (int i = 0; i < incidents; ++i) view.incidents.push_back(incident(i, components, now));
  const Overall overall = overall_of(view.components, view.incidents);
  view.indicator = overall.indicator;
  view.description = overall.description;
  return view;
}

// Makes and writes the whole site into an empty folder, several times; the median of the times.
void measure_writing(const Options& options, Expectations& expected) {
  std::vector<double> rendering, all, again;
  std::size_t files = 0, bytes = 0;
  StatusView view = house(options.components, options.incidents, real_clock().now().wall);
  for (int round = 0; round < options.rounds; ++round) {
    const Folder folder;
    SiteFiles site;
    const Cost rendered = measure([&] { site = render_site(view); });
    const Cost written = measure([&] {
      if (auto done = publish_site(site, folder / "site"); !done) die(done.error().message);
    });
    view.generated_at += 30s;
    again.push_back(measure([&] {
                      if (auto done = publish_site(render_site(view), folder / "site"); !done)
                        die(done.error().message);
                    }).wall);
    rendering.push_back(rendered.wall);
    all.push_back(rendered.wall + written.wall);
    files = site.size();
    bytes = 0;
    for (const auto& [name, content] : site) bytes += content.size();
  }
  std::printf(
      "%d providers, %d incidents: %zu files, %.1f MB; rendered in %.0f ms, made anew without news in %.0f ms\n",
      options.components, options.incidents, files, static_cast<double>(bytes) / 1e6, 1e3 * percentile(rendering, 0.5),
      1e3 * percentile(again, 0.5));
  expected.at_most("all files made and written", percentile(all, 0.5), 1.0, "s");
}

void measure_size(const Options& options, Expectations& expected) {
  const SiteFiles site = render_site(house(20, options.incidents, real_clock().now().wall));
  double total = 0;
  for (const char* file : {"index.html", "style.css", "script.js"}) {
    const double packed = static_cast<double>(gzip_of(site.at(file)).size()) / 1e3;
    std::printf("  %-12s %7.1f KB, compressed %.1f KB\n", file, static_cast<double>(site.at(file).size()) / 1e3,
                packed);
    total += packed;
  }
  expected.at_most("page of 20 providers on the wire", total, 100, "KB");
}

Task<WebAnswer> serve(std::shared_ptr<const PublishedSite> site, WebRequest request) {
  co_return file_answer(*site, request.path);
}

// Our server on a thread of its own.
class Ours {
 public:
  explicit Ours(const SiteFiles& files) {
    auto site = make_published_site(files, {});
    auto made =
        make_web_server(loop_, "127.0.0.1", 0, [site](WebRequest request) { return serve(site, std::move(request)); });
    server_ = value_or_die(std::move(made));
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Ours() {
    loop_.stop();
    thread_.join();
    loop_.abandon();
  }
  int port() const { return server_->port(); }

 private:
  EventLoop loop_;
  std::unique_ptr<WebServer> server_;
  std::thread thread_;
};

// nginx with one worker and nothing to do but serve the folder.
class Nginx {
 public:
  explicit Nginx(const SiteFiles& files) : port_(free_port()) {
    if (auto done = publish_site(files, folder_ / "site"); !done) die(done.error().message);
    std::filesystem::permissions((folder_ / "site").parent_path(), std::filesystem::perms(0755));
    std::ofstream(folder_ / "nginx.conf")
        << "daemon off; worker_processes 1; error_log stderr crit; pid " << (folder_ / "pid").string() << ";\n"
        << "events { worker_connections 1024; }\nhttp { access_log off; types { application/json json; }\n"
        << "sendfile on; tcp_nodelay on; open_file_cache max=100; keepalive_requests 10000000;\n"
        << "client_body_temp_path " << (folder_ / "t1").string() << "; proxy_temp_path " << (folder_ / "t2").string()
        << "; fastcgi_temp_path " << (folder_ / "t3").string() << "; uwsgi_temp_path " << (folder_ / "t4").string()
        << "; scgi_temp_path " << (folder_ / "t5").string() << ";\n"
        << "server { listen 127.0.0.1:" << port_ << "; root " << (folder_ / "site").string() << "; } }\n";
    process_ = std::make_unique<Process>(
        testbed::Command{{must_exist("/usr/sbin/nginx"), "-c", (folder_ / "nginx.conf").string()}, {}, {}, {}});
    for (int attempt = 0; attempt < 100; ++attempt) {
      if (process_->wait(50ms)) die("nginx ended: " + process_->err());
      const auto asked = testbed::run_program(
          {{"/usr/bin/curl", "-sf", "-o", "/dev/null", fmt::format("http://127.0.0.1:{}/live.json", port_)},
           {},
           {},
           {}});
      if (asked.exit_code == 0) return;
    }
    die("nginx does not answer");
  }
  int port() const { return port_; }

 private:
  Folder folder_;
  int port_;
  std::unique_ptr<Process> process_;
};

double requests_per_second(int port, const Options& options) {
  const auto asked = testbed::run_program(
      {{must_exist("/usr/bin/wrk"), "-t1", fmt::format("-c{}", options.connections),
        fmt::format("-d{}s", options.seconds), fmt::format("http://127.0.0.1:{}/api/v2/summary.json", port)},
       {},
       {},
       {}});
  const auto at = asked.out.find("Requests/sec:");
  if (asked.exit_code != 0 || at == std::string::npos) die("wrk: " + asked.out + asked.err);
  if (asked.out.find("Non-2xx") != std::string::npos) die("not every answer was good: " + asked.out);
  return std::stod(asked.out.substr(at + 13));
}

void measure_serving(const Options& options, Expectations& expected) {
  const SiteFiles site = render_site(house(20, 10, real_clock().now().wall));
  const Ours ours(site);
  const Nginx nginx(site);
  std::vector<double> own, peer, ratios;
  for (int round = 0; round < options.rounds; ++round) {
    own.push_back(requests_per_second(ours.port(), options));
    peer.push_back(requests_per_second(nginx.port(), options));
    ratios.push_back(own.back() / peer.back());
  }
  std::printf("summary.json (%.1f KB), %d connections: ours %.0f/s, nginx with one worker %.0f/s, ratio %.2f\n",
              static_cast<double>(site.at("api/v2/summary.json").size()) / 1e3, options.connections,
              percentile(own, 0.5), percentile(peer, 0.5), percentile(ratios, 0.5));
  expected.at_least("summary.json served", percentile(own, 0.5), 5000, "requests/s");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("How fast the status site is made, written and served.");
  app.add_option("--components", options.components, "providers of the large house");
  app.add_option("--incidents", options.incidents, "incidents in its history");
  app.add_option("--rounds", options.rounds, "of each measurement");
  app.add_option("--seconds", options.seconds, "that wrk asks in a round");
  app.add_option("--connections", options.connections, "that wrk holds open");
  CLI11_PARSE(app, argc, argv);
  Expectations expected;
  measure_writing(options, expected);
  measure_size(options, expected);
  measure_serving(options, expected);
  return expected.exit_code();
}
