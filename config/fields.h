// Every key of the config file, in one table a section. The loader finds unknown and missing keys by it, and the JSON
// Schema is made from it, so that the two cannot differ. To add a key: a row here, its reading in the section's
// load_*.cc, a line in show.cc, a test.
// Threads: any.
#pragma once
#include <string>
#include <vector>

namespace mailcanary {

enum class Section {
  top,
  provider,
  account,
  tls,
  sent,
  route,
  mesh,
  rule,
  channel,
  settings,  // of a channel: empty here, see channel_kinds.h
  notify,
  escalate,
  maintenance,
  heartbeat,
  metrics,
  words,
  status,
  slo,
  slo_provider,
  retention,
  secret
};

enum class FieldType {
  text,
  name,
  names,
  flag,
  whole,
  duration,
  durations,
  threshold,
  secret,
  web_url,
  server_url,
  path,
  address,
  arguments,  // a program and what it is called with
  measure,
  impact,
  impacts,
  rule_scope,
  preset,
  host_port,
  host_ports,
  ledger,
  section,
  section_map,
  section_list
};

struct Field {
  const char* key;
  FieldType type;
  enum class Need { required, optional } need;
  const char* says;                // one line for the schema
  Section section = Section::top;  // of section, section_map and section_list
};

const std::vector<Field>& fields_of(Section section);
// "account", for messages and the schema's definitions.
const char* name_of(Section section);

}  // namespace mailcanary
