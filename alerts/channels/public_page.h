// What the channels share that write to a status page somewhere else: customers read it. Pure; any thread. Inside alerts/
// only.
#pragma once
#include <map>
#include <string>

#include "alerts/notice.h"

namespace mailcanary {

// Reminders and escalations are for those on call, and an end nobody was told of needs no telling.
bool is_for_public(const Notice& notice);
std::string public_title_of(const Notice& notice, std::size_t most);
const char* component_word(const Notice& notice);  // "degraded_performance"; "operational" once it is over
std::map<ProviderName, std::string> ids_setting(const Channel& channel, const std::string& name);

}  // namespace mailcanary
