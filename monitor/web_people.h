// What people do and see behind the public page: the operator's pages, and the link by which one takes an incident.
// Who may is decided here:
// - the operator's pages open to the token (as the password of Basic authentication, or as a Bearer token). Without a
//   token they open only on a loopback listener, to requests that name this machine and came through no proxy: a proxy,
//   or a foreign page that makes a browser ask (DNS rebinding), would show them to everybody;
// - a posted form must come from a page of ours, where the browser says whence it comes;
// - a signed link opens its own incident, and only to be taken.
// Threads: the loop's.
#pragma once
#include "config/config.h"
#include "monitor/station.h"
#include "monitor/web_server.h"

namespace mailcanary {

// Without a token not unless somebody asks for it: a proxy that says nothing of itself cannot be told from a person at this machine.
enum class OperatorPage { withheld, served };

// Of paths that begin with /operator and /ack/.
Task<WebAnswer> answer_people(EventLoop& loop, const Config& config, Station& station, OperatorPage operators, WebRequest request);
bool is_for_people(std::string_view path);

enum class Gate { open, needs_token, closed };
// `token` empty: there is none.
Gate operator_gate(const std::string& listen_host, const Secret& token, const WebRequest& request);
bool comes_from_our_page(const WebRequest& request);  // by its Origin

}  // namespace mailcanary
