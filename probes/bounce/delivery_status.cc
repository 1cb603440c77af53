#include "probes/bounce/delivery_status.h"

#include "core/text.h"
#include "probes/bounce/addresses.h"
#include "probes/bounce/fields.h"
#include "probes/bounce/reply_codes.h"

namespace mailcanary::bounce {
namespace {

constexpr std::size_t max_groups = 1000;
constexpr std::size_t max_value = 2048;

struct Typed {
  std::string_view type, value;
};

// "rfc822; a@b", "dns; mx.example", "smtp; 550 …".
Typed typed(std::string_view value) {
  const auto semicolon = value.find(';');
  if (semicolon == std::string_view::npos || semicolon > 40) return {{}, value};
  const std::string_view type = trim(value.substr(0, semicolon));
  if (type.find_first_of(" @<:") != std::string_view::npos) return {{}, value};
  return {type, trim(value.substr(semicolon + 1))};
}

std::string host_of(std::string_view value) {
  const std::string_view host = typed(value).value;
  return std::string(host.substr(0, host.find_first_of(" \t(")));
}

// The fields of one recipient, as they gather. Which of them have come tells where the next group begins.
struct Gathering {
  StatusGroup group;
  std::string final_recipient, original_recipient, other_recipient;
  bool has_action = false, has_status = false, after_gap = false;

  bool empty() const {
    return final_recipient.empty() && original_recipient.empty() && other_recipient.empty() && !has_action &&
           !has_status;
  }
};

class Reader {
 public:
  DeliveryStatus read(std::string_view text) {
    std::string_view name;
    std::string value;
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      if (!name.empty() && !line.empty() && (line[0] == ' ' || line[0] == '\t')) {
        if (value.size() < max_value) value.append(" ").append(trim(line));
        continue;
      }
      take(name, value);
      name = {};
      if (trim(line).empty()) {
        now_.after_gap = true;
        continue;
      }
      const Field field = field_of_line(line);
      name = field.name;
      value = std::string(field.value.substr(0, max_value));
    }
    take(name, value);
    close();
    return std::move(status_);
  }

 private:
  void close() {
    if (!now_.empty() && status_.groups.size() < max_groups) {
      for (const auto* value : {&now_.final_recipient, &now_.original_recipient, &now_.other_recipient}) {
        if (!now_.group.recipient.empty()) break;
        now_.group.recipient = first_address(*value);
      }
      status_.groups.push_back(std::move(now_.group));
    }
    now_ = {};
  }

  void begin_when(bool taken) {
    if (taken || (now_.after_gap && !now_.empty())) close();
    now_.after_gap = false;
  }

  void take(std::string_view name, const std::string& value) {
    if (name.empty()) return;
    const auto is = [name](std::string_view other) { return iequals(name, other); };
    if (is("Final-Recipient")) {
      begin_when(!now_.final_recipient.empty());
      now_.final_recipient = typed_recipient(value);
    } else if (is("Original-Recipient")) {
      begin_when(!now_.original_recipient.empty());
      now_.original_recipient = typed_recipient(value);
    } else if (is("X-Actual-Recipient") || is("X-Display-Name-Recipient")) {
      if (now_.other_recipient.empty()) now_.other_recipient = typed_recipient(value);
    } else if (is("Action")) {
      begin_when(now_.has_action);
      now_.has_action = true;
      now_.group.action = lower(value.substr(0, value.find_first_of(" \t(;")));
    } else if (is("Status")) {
      begin_when(now_.has_status);
      now_.has_status = true;
      now_.group.status = enhanced_status(value);
      if (const auto open = value.find('('); open != std::string::npos) {
        now_.group.status_comment = value.substr(open + 1, value.rfind(')') - open - 1);
      }
    } else if (is("Diagnostic-Code")) {
      const Typed parts = typed(value);
      if (!now_.group.diagnostic.empty()) now_.group.diagnostic += ' ';
      now_.group.diagnostic_type = lower(parts.type);
      now_.group.diagnostic += parts.value;
    } else if (is("Remote-MTA")) {
      now_.group.remote_mta = host_of(value);
    } else if (is("Reporting-MTA") && status_.reporting_mta.empty()) {
      status_.reporting_mta = host_of(value);
    } else if (is("Original-Envelope-Id") && status_.envelope_id.empty()) {
      status_.envelope_id = value;
    } else if (is("Arrival-Date") && status_.arrival_date.empty()) {
      status_.arrival_date = value;
    }
  }

  // RFC 6533 §3: "utf-8; a\x{E9}b@c" is the address with the escapes undone.
  static std::string typed_recipient(std::string_view value) {
    const Typed parts = typed(value);
    return iequals(parts.type, "utf-8") ? undo_utf8_xtext(parts.value) : std::string(parts.value);
  }

  DeliveryStatus status_;
  Gathering now_;
};

}  // namespace

DeliveryStatus parse_delivery_status(std::string_view text) { return Reader().read(text); }

}  // namespace mailcanary::bounce
