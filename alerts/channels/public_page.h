// What the channels share that write to a status page somewhere else: customers read it. Pure; any thread. Inside alerts/
// only.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "alerts/notice.h"

namespace mailcanary {

// Reminders and escalations are for those on call, and an end nobody was told of needs no telling. A fault of our own
// says nothing of the mail of customers: only one that they were told of is told on.
bool is_for_public(const Notice& notice);
// It may stand there already, though we do not know what it is called there.
bool may_be_there(const Notice& notice);
std::string public_title_of(const Notice& notice, std::size_t most);
std::map<ProviderName, std::string> ids_setting(const Channel& channel, const std::string& name);

// A row that this incident colours, and how it stands with all that is open: one end makes it green only when no other
// incident is there.
struct ColouredRow {
  std::string id;  // at the service
  Impact impact = Impact::none;
};
std::vector<ColouredRow> coloured_rows(const Notice& notice, const std::map<ProviderName, std::string>& ids);

}  // namespace mailcanary
