// Texts of the operator with fields in braces: "{title} since {since}"; {{ and }} are braces themselves.
// Does not: know what a field holds, only its name; alerts/ fills them in.
// Pure; any thread.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace mailcanary {

// The fields that a template of this key (title, text, public_text) may name. Public texts may name only what holds no
// address, host or peer output.
std::vector<std::string> template_fields(std::string_view key);
// invalid_input says at which character, counted from 1, something is wrong and what to do.
Result<void> check_template(std::string_view text, const std::vector<std::string>& fields);
// Every field by its value. A line of which nothing but empty fields is left is dropped. A field without a value, and
// what check_template would refuse, stays as it is written.
std::string fill_template(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace mailcanary
