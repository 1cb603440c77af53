// The rules and the channel that apply when the configuration names none. Does not: decide that. Pure; any thread.
#pragma once
#include <vector>

#include "config/config.h"

namespace mailcanary {

// An outage (canaries of one route fail one after the other), mail that does not arrive, mail that is slow, mail
// that is lost now and then, mail that goes to Junk.
std::vector<Rule> default_rules();
// The terminal or log.
Channel default_channel();
NotifyRoute default_notify();
std::vector<Duration> default_updates();  // of an entry of `notify` that says nothing of them

}  // namespace mailcanary
