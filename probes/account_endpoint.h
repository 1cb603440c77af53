// From an account's server, as the configuration has it, to what a line session opens. Pure; any thread.
#pragma once
#include "config/config.h"
#include "core/line_session.h"

namespace mailcanary {

// `server` is the account's smtp or inbox endpoint (not a Maildir or a command). LMTP knows no login, and none is given.
LineEndpoint line_endpoint(const Account& account, const Endpoint& server);

}  // namespace mailcanary
