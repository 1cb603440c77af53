// A real Prometheus and a real Alertmanager (Debian's), private on loopback ports, with everything in a folder of their own.
// Threads: the test's. What does not start is a std::runtime_error that shows its log.
#pragma once
#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/e2e/watch.h"
#include "tests/servers/process.h"

namespace mailcanary::testbed {

class Alertmanager {
 public:
  // Alerts that are not repeated end after `resolve_timeout`.
  explicit Alertmanager(std::chrono::seconds resolve_timeout);
  std::string url() const;
  json alerts() const;  // those that fire, as /api/v2/alerts says them

 private:
  TestFolder folder_;
  int port_;
  std::unique_ptr<Process> process_;
};

class Prometheus {
 public:
  // Scrapes 127.0.0.1:`port` every second as job "mailcanary", and loads packaging/prometheus.rules.yaml.
  explicit Prometheus(int port);
  // The values of an instant query, by the given label of each series.
  std::map<std::string, double> query(const std::string& expression, const std::string& label) const;
  json rules() const;  // all rules of /api/v1/rules, with their health

 private:
  json api(const std::string& path) const;
  TestFolder folder_;
  int port_;
  std::unique_ptr<Process> process_;
};

}  // namespace mailcanary::testbed
