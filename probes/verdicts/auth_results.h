// One Authentication-Results field (RFC 8601 §2.2) taken apart, or an ARC-Authentication-Results (RFC 8617 §4.1.1).
// The dialects too: Microsoft 365 leaves the server's name out, Yahoo writes "success(p=REJECT)", others put
// semicolons into comments and quoted strings.
// Does not: decide whom to believe (verdicts.h does).
// Pure; any thread; bounded: 100 results of 50 properties. Texts are safe one-line texts.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary {

struct AuthProperty {
  std::string name;  // "smtp.mailfrom", "header.d", in small letters
  std::string value;
};

struct AuthResult {
  std::string method;  // "dkim", in small letters, without the version
  std::string result;  // "pass", "fail", …, in small letters; "success" and "hardfail" as "pass" and "fail"
  std::string reason;
  std::vector<AuthProperty> properties;

  const std::string* property(std::string_view name) const;  // the first of that name, or nothing
};

struct AuthResults {
  std::string server;  // the authserv-id in small letters; empty when the field names none
  std::vector<AuthResult> results;
};

// `value`: the field's body, unfolded. "none" is no result.
AuthResults parse_auth_results(std::string_view value);

}  // namespace mailcanary
