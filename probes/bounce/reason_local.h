// Words that mean something else at one place than elsewhere: what a certain provider or a certain mailer means by
// them. A row is (place, phrase, reason), in reason_local.cc. Pure; any thread.
#pragma once
#include <string_view>

namespace mailcanary::bounce {

// `places`: host names of the report and the domain of the recipient, in lower case, with blanks between.
// `text` as matchable() leaves it. Empty when no row fits.
std::string_view reason_of_provider(std::string_view places, std::string_view text);
// `agent`: who wrote the report; `refused`: a server's reply is told, so the words are not the mailer's own.
enum class Whose { mailers_own, servers_reply };
std::string_view reason_of_agent(std::string_view agent, std::string_view text, Whose whose);

}  // namespace mailcanary::bounce
