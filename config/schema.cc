// The JSON Schema, made from the tables that drive the loader.
#include <nlohmann/json.hpp>

#include "config/channel_kinds.h"
#include "config/fields.h"
#include "config/load.h"
#include "config/presets.h"

namespace mailcanary {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* name_pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
constexpr const char* duration_pattern = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";

Json ref(const char* name) { return {{"$ref", std::string("#/$defs/") + name}}; }

Json schema_of(const Field& field);

Json object_of(Section section) {
  Json object = {{"type", "object"}, {"additionalProperties", false}};
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& field : fields_of(section)) {
    Json property = schema_of(field);
    property["description"] = field.says;
    properties[field.key] = std::move(property);
    if (field.need == Field::Need::required) required.push_back(field.key);
  }
  object["properties"] = std::move(properties);
  if (!required.empty()) object["required"] = std::move(required);
  return object;
}

// Any map section may also stand empty: "fastmail:".
Json map_of(Section section) {
  Json named = ref(name_of(section));
  if (section == Section::provider) named = {{"anyOf", {std::move(named), {{"type", "null"}}}}};
  return {{"type", "object"}, {"propertyNames", ref("name")}, {"additionalProperties", std::move(named)}};
}

Json list_of(Section section) {
  Json item = ref(name_of(section));
  if (section == Section::route) item = {{"oneOf", {ref("route"), ref("mesh")}}};
  return {{"type", "array"}, {"items", std::move(item)}};
}

Json impact_list() {
  return {{"anyOf",
           {ref("impact"), {{"type", "array"}, {"items", ref("impact")}, {"minItems", 1}, {"uniqueItems", true}}}}};
}

Json schema_of(const Field& field) {
  switch (field.type) {
    case FieldType::text:
    case FieldType::path: return ref("text");
    case FieldType::name: return ref("name");
    case FieldType::names: return ref("names");
    case FieldType::flag: return {{"type", "boolean"}};
    case FieldType::whole: return {{"type", "integer"}, {"minimum", 0}};
    case FieldType::duration: return ref("duration");
    case FieldType::durations:
      return {{"anyOf", {{{"const", "never"}}, {{"type", "array"}, {"items", ref("duration")}, {"minItems", 1}}}}};
    case FieldType::threshold: return {{"type", {"string", "number"}}};
    case FieldType::secret: return ref("secret");
    case FieldType::web_url: return ref("web_url");
    case FieldType::server_url:
      return {{"type", "string"}, {"pattern", "^((smtp|imap|pop3)(s|\\+plain)?://|lmtp\\+plain://|(maildir|lmtp|sendmail):)"}};
    case FieldType::arguments: return {{"type", "array"}, {"minItems", 1}, {"items", ref("text")}};
    case FieldType::address: return {{"type", "string"}, {"pattern", "^[^@\\s]+@[^@\\s]+$"}};
    case FieldType::measure: return ref("measure");
    case FieldType::impact: return ref("impact");
    case FieldType::impacts: return impact_list();
    case FieldType::rule_scope: return {{"enum", {"route", "account", "provider", "leg", "all"}}};
    case FieldType::preset: return ref("preset");
    case FieldType::host_ports:
      return {{"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}, {"pattern", "(^https?://|:[0-9]{1,5}$)"}}}};
    case FieldType::host_port: return {{"type", "string"}, {"pattern", ":[0-9]{1,5}$"}};
    case FieldType::ledger:
      return {{"anyOf", {{{"type", "string"}, {"pattern", "^(sqlite:|postgres(ql)?://)"}}, ref("secret")}}};
    case FieldType::section: return ref(name_of(field.section));
    case FieldType::section_map: return map_of(field.section);
    case FieldType::section_list: return list_of(field.section);
  }
  return Json::object();
}

Json schema_of(SettingType type) {
  switch (type) {
    case SettingType::text: return ref("text");
    case SettingType::url: return {{"anyOf", {ref("web_url"), ref("secret_source")}}};
    case SettingType::secret:
    case SettingType::secret_url: return ref("secret");
    case SettingType::number: return {{"type", "integer"}, {"minimum", 0}};
    case SettingType::duration: return ref("duration");
    case SettingType::account: return ref("name");
    case SettingType::arguments: return {{"type", "array"}, {"minItems", 1}, {"items", ref("text")}};
    case SettingType::texts:
    case SettingType::ids: return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", ref("text")}};
  }
  return Json::object();
}

Json settings_of(const ChannelKind& kind) {
  Json object = {{"type", kind.settings.empty() ? Json({"object", "null"}) : Json("object")},
                 {"description", kind.says},
                 {"additionalProperties", false},
                 {"properties", Json::object()}};
  for (const auto& info : kind.settings) {
    Json property = schema_of(info.type);
    property["description"] = info.says;
    object["properties"][info.name] = std::move(property);
    if (info.need == SettingInfo::Need::required) object["required"].push_back(info.name);
  }
  return object;
}

// Exactly one kind, and what all channels have.
Json channel_schema() {
  Json channel = object_of(Section::channel);
  for (const auto& kind : channel_kinds()) {
    channel["properties"][kind.name] = settings_of(kind);
    channel["oneOf"].push_back({{"required", {kind.name}}});
  }
  return channel;
}

Json secret_source_schema() {
  Json source = object_of(Section::secret);
  source["minProperties"] = 1;
  source["maxProperties"] = 1;
  return source;
}

Json secret_schema() {
  return {
      {"anyOf",
       {ref("secret_source"), {{"type", {"string", "number"}}, {"description", "in plain text; draws a warning"}}}}};
}

// A rule watches one side, and clears on the same.
Json rule_schema() {
  Json rule = object_of(Section::rule);
  rule["oneOf"] = Json::array({{{"required", {"above"}}}, {{"required", {"below"}}}});
  rule["dependentRequired"] = {{"clear_below", {"above"}}, {"clear_above", {"below"}}};
  return rule;
}

template <class Rows>
Json enum_of(const Rows& rows) {
  Json names = Json::array();
  for (const auto& row : rows) names.push_back(row.name);
  return {{"enum", std::move(names)}};
}

}  // namespace

std::string config_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Mailcanary configuration"}};
  schema.update(object_of(Section::top));
  Json& defs = schema["$defs"];
  defs["name"] = {{"type", "string"}, {"pattern", name_pattern}};
  defs["names"] = {
      {"anyOf", {ref("name"), {{"type", "array"}, {"items", ref("name")}, {"minItems", 1}, {"uniqueItems", true}}}}};
  defs["text"] = {{"type", {"string", "number"}}, {"minLength", 1}};
  defs["duration"] = {{"type", "string"},
                      {"minLength", 2},
                      {"pattern", duration_pattern},
                      {"examples", {"500ms", "60s", "5m", "4h", "30d"}}};
  defs["web_url"] = {{"type", "string"}, {"pattern", "^https?://"}};
  defs["secret"] = secret_schema();
  defs["secret_source"] = secret_source_schema();
  defs["measure"] = enum_of(measure_table());
  defs["preset"] = enum_of(presets());
  defs["impact"] = {{"enum", {"minor", "major", "critical"}}};
  for (const Section section : {Section::provider, Section::account, Section::tls, Section::sent, Section::route, Section::mesh,
                                Section::notify, Section::escalate, Section::maintenance, Section::metrics, Section::words,
                                Section::status, Section::slo, Section::slo_provider, Section::retention})
    defs[name_of(section)] = object_of(section);
  defs["rule"] = rule_schema();
  defs["heartbeat"] = object_of(Section::heartbeat);
  defs["heartbeat"]["oneOf"] = Json::array({{{"required", {"healthchecks"}}}, {{"required", {"url"}}}});
  defs["channel"] = channel_schema();
  return schema.dump(2) + "\n";
}

}  // namespace mailcanary
