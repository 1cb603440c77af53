// api/v2 against the shapes that readers of Statuspage rely on, field by field.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "alerts/status_site.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;
using nlohmann::json;

namespace {

using Fields = std::set<std::string>;

Fields fields_of(const json& object) {
  Fields fields;
  for (const auto& [name, value] : object.items()) fields.insert(name);
  return fields;
}

bool has(const json& object, const Fields& wanted) {
  const Fields present = fields_of(object);
  return std::includes(present.begin(), present.end(), wanted.begin(), wanted.end());
}

const Fields page = {"id", "name", "url", "time_zone", "updated_at"};
const Fields component = {
    "id",         "name",     "status",  "created_at", "updated_at",           "position", "description", "showcase",
    "start_date", "group_id", "page_id", "group",      "only_show_if_degraded"};
const Fields incident = {"id",          "name",   "status",    "created_at", "updated_at", "monitoring_at",
                         "resolved_at", "impact", "shortlink", "started_at", "page_id",    "incident_updates",
                         "components"};
const Fields maintenance_only = {"scheduled_for", "scheduled_until"};
const Fields update = {"id",         "status",     "body",       "incident_id",
                       "created_at", "updated_at", "display_at", "affected_components"};

json read(const StatusView& view, const std::string& file) {
  return json::parse(render_site(view).at("api/v2/" + file));
}

}  // namespace

TEST_CASE("each file of the API has the top-level keys of Statuspage's") {
  struct {
    const char* file;
    Fields keys;
  } const files[] = {
      {"summary.json", {"page", "components", "incidents", "scheduled_maintenances", "status"}},
      {"status.json", {"page", "status"}},
      {"components.json", {"page", "components"}},
      {"incidents.json", {"page", "incidents"}},
      {"incidents/unresolved.json", {"page", "incidents"}},
      {"scheduled-maintenances.json", {"page", "scheduled_maintenances"}},
      {"scheduled-maintenances/upcoming.json", {"page", "scheduled_maintenances"}},
      {"scheduled-maintenances/active.json", {"page", "scheduled_maintenances"}},
  };
  for (const auto& view : {sample_outage_view(), sample_all_well(), sample_unknown_view(), sample_hostile_view()}) {
    for (const auto& each : files) {
      CAPTURE(each.file);
      const json document = read(view, each.file);
      CHECK(fields_of(document) == each.keys);
      CHECK(has(document["page"], page));
      for (const auto& object : document.value("components", json::array())) CHECK(has(object, component));
      for (const char* list : {"incidents", "scheduled_maintenances"}) {
        for (const auto& object : document.value(list, json::array())) {
          CHECK(has(object, incident));
          if (std::string(list) == "scheduled_maintenances") CHECK(has(object, maintenance_only));
          CHECK_FALSE(object["incident_updates"].empty());
          for (const auto& told : object["incident_updates"]) CHECK(has(told, update));
          for (const auto& touched : object["components"]) CHECK(has(touched, component));
        }
      }
    }
  }
}

TEST_CASE("maintenance goes from upcoming over active to completed, and only then out of the summary") {
  StatusView view = sample_all_well();
  view.past_maintenance.clear();
  const auto where = [&](const char* now) {
    view.generated_at = at(now);
    std::string found;
    for (const char* file : {"summary.json", "scheduled-maintenances.json", "scheduled-maintenances/upcoming.json",
                             "scheduled-maintenances/active.json"}) {
      const json list = read(view, file)["scheduled_maintenances"];
      found += list.empty() ? "- " : list[0]["status"].get<std::string>() + " ";
    }
    return found;
  };
  CHECK(where("2026-11-28T01:59:59Z") == "scheduled scheduled scheduled - ");
  CHECK(where("2026-11-28T02:00:00Z") == "in_progress in_progress - in_progress ");
  std::swap(view.maintenance, view.past_maintenance);
  CHECK(where("2026-11-28T04:00:00Z") == "- completed - - ");
  const json done = read(view, "scheduled-maintenances.json")["scheduled_maintenances"][0];
  CHECK(done["resolved_at"] == "2026-11-28T04:00:00.000Z");
  CHECK(done["created_at"] == "2026-11-20T09:15:00.000Z");
  CHECK(done["impact"] == "maintenance");
  CHECK(done["components"].size() == 1);
  CHECK(done["incident_updates"].size() == 3);
  CHECK(done["incident_updates"][0]["status"] == "completed");
}
