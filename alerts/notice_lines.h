// The lines of a notice apart, for its text and for the fields of templates.
// Pure; any thread. Inside alerts/ only.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "alerts/notice.h"

namespace mailcanary {

struct Line {
  const char* field;  // its name in templates
  std::string label;  // "Measured"; empty: the words stand alone
  std::string words;  // empty: the line is left out
};
std::vector<Line> notice_lines(NoticeKind kind, const Incident& incident, WallTime now);

std::string since_words(const Incident& incident, WallTime now);  // "13:02 UTC (9 min)"
std::string where_words(const Blame& blame);                      // "handing mail over to example-mail"

// The values of all fields that a template of config/template.h may name. `notice` has its own words already.
std::map<std::string, std::string> template_values(const Notice& notice, const Incident& incident, WallTime now);

}  // namespace mailcanary
