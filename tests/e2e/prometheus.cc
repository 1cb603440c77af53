#include "tests/e2e/prometheus.h"

#include <stdexcept>

#include <fmt/format.h>

#include "tests/places.h"

namespace mailcanary::testbed {
namespace {

// Nothing when it does not answer, or not with JSON.
json fetch(const std::string& url, const std::vector<std::string>& fields = {}) {
  std::vector<std::string> arguments = {"curl", "-sS", "--max-time", "20", "-G", url};
  for (const auto& field : fields) arguments.insert(arguments.end(), {"--data-urlencode", field});
  const auto done = run_program({std::move(arguments), {}, {}, {}}, patience);
  return json::parse(done.out, nullptr, false);
}

std::unique_ptr<Process> started(Command command, const std::string& ready_url) {
  auto process = std::make_unique<Process>(std::move(command));
  const bool ready = eventually([&] {
    const auto done = run_program({{"curl", "-sf", "--max-time", "5", ready_url}, {}, {}, {}}, patience);
    return done.exit_code == 0 || process->wait(std::chrono::milliseconds(0)).has_value();
  });
  if (!ready || process->wait(std::chrono::milliseconds(0)))
    throw std::runtime_error("does not start: " + process->out() + process->err());
  return process;
}

}  // namespace

Alertmanager::Alertmanager(std::chrono::seconds resolve_timeout) : port_(free_port()) {
  const auto config = folder_.path / "alertmanager.yml";
  write_file(config, fmt::format("global: {{resolve_timeout: {}s}}\nroute: {{receiver: none}}\nreceivers: [{{name: none}}]\n",
                                 resolve_timeout.count()));
  process_ = started({{"prometheus-alertmanager", "--config.file=" + config.string(), "--storage.path=" + (folder_.path / "data").string(),
                       fmt::format("--web.listen-address=127.0.0.1:{}", port_), "--cluster.listen-address="},
                      {}, {}, {}},
                     url() + "/-/ready");
}

std::string Alertmanager::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

json Alertmanager::alerts() const { return fetch(url() + "/api/v2/alerts"); }

Prometheus::Prometheus(int port) : port_(free_port()) {
  const auto config = folder_.path / "prometheus.yml";
  write_file(config, fmt::format("global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n"
                                 "rule_files: [\"{}\"]\n"
                                 "scrape_configs: [{{job_name: mailcanary, static_configs: [{{targets: [\"127.0.0.1:{}\"]}}]}}]\n",
                                 (source_folder() / "packaging/prometheus.rules.yaml").string(), port));
  process_ = started({{"prometheus", "--config.file=" + config.string(), "--storage.tsdb.path=" + (folder_.path / "data").string(),
                       fmt::format("--web.listen-address=127.0.0.1:{}", port_)},
                      {}, {}, {}},
                     fmt::format("http://127.0.0.1:{}/-/ready", port_));
}

json Prometheus::api(const std::string& path) const { return fetch(fmt::format("http://127.0.0.1:{}/api/v1/{}", port_, path)); }

std::map<std::string, double> Prometheus::query(const std::string& expression, const std::string& label) const {
  const json answer = fetch(fmt::format("http://127.0.0.1:{}/api/v1/query", port_), {"query=" + expression});
  std::map<std::string, double> values;
  if (answer.is_discarded() || answer.value("status", "") != "success") return values;
  for (const auto& series : answer.at("data").at("result"))
    values[series.at("metric").value(label, "")] = std::stod(series.at("value").at(1).get<std::string>());
  return values;
}

json Prometheus::rules() const {
  json rules = json::array();
  const json answer = api("rules");
  if (answer.is_discarded()) return rules;
  for (const auto& group : answer.at("data").at("groups"))
    for (const auto& rule : group.at("rules")) rules.push_back(rule);
  return rules;
}

}  // namespace mailcanary::testbed
