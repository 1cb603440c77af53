// Composes the report that tells a sender what became of a message: RFC 3464 in a multipart/report (RFC 6522), with
// the header of the original (or the whole of it, RFC 3461 §4.3).
// Does not: decide whether a report is due. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "core/clock.h"

namespace mailcanary::practice {

struct DeliveryReport {
  enum class Action { failed, delivered } action = Action::failed;
  enum class Return { header, whole } returns = Return::header;
  std::string reporting_mta;
  std::string remote_mta;  // who refused; empty: the reporting one itself
  std::string sender;      // to whom the report goes
  std::string recipient;
  std::string original_recipient;  // "rfc822;a@b" from ORCPT, or empty
  std::string envelope_id;         // from ENVID, decoded, or empty
  std::string reply;               // "550 5.1.1 no such mailbox"
  WallTime arrived_at;
};
std::string compose_report(const DeliveryReport& report, std::string_view original, WallTime now);

}  // namespace mailcanary::practice
