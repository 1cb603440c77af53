// The machine's part of a bounce: delivery status (RFC 3464, 6533) as it is met in the wild, wherever it stands. Groups
// are told by their fields, not by the empty lines that are missing or too many.
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary::bounce {

struct StatusGroup {            // one recipient
  std::string recipient;        // an address, or empty
  std::string action;           // in lower case
  std::string status;           // enhanced status (RFC 3463) or empty
  std::string diagnostic_type;  // "smtp", "x-postfix", … in lower case
  std::string diagnostic;       // the text after the type
  std::string status_comment;   // what stands in parentheses after the status
  std::string remote_mta;
};

struct DeliveryStatus {
  std::string reporting_mta, envelope_id, arrival_date;
  std::vector<StatusGroup> groups;  // at most 1000
};

// `text` may hold more than fields: other lines are passed over.
DeliveryStatus parse_delivery_status(std::string_view text);

}  // namespace mailcanary::bounce
