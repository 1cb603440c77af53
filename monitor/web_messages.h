// Between the messages of Beast and ours: what of a request is refused before anybody is asked, what the handler is asked,
// and the answer's message. The one header of monitor/ that needs Beast: for web_server.cc and web_messages.cc alone.
// Pure; any thread.
#pragma once
#include <optional>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http.hpp>

#include "core/clock.h"
#include "monitor/web_reply.h"
#include "monitor/web_server.h"

namespace mailcanary {

using WebMessage = boost::beast::http::request<boost::beast::http::string_body>;
// The body is a view: one string serves every client that asks for it.
using WebReplyMessage = boost::beast::http::response<boost::beast::http::span_body<const char>>;

// What is wrong with a request whose header was read; nothing when the handler may be asked.
std::optional<WebReply> refuse(const WebMessage& request, WallTime now);
// The answer for a request that could not be parsed; nothing when the connection is beyond answering.
std::optional<WebReply> answer_garbage(boost::beast::error_code error, WallTime now);
// What the handler is asked; nothing: its path cannot be used.
std::optional<WebRequest> asked_by(const WebMessage& request);
WebWishes wishes_of(const WebMessage& request);
WebReplyMessage message_of(const WebReply& reply, unsigned version);

}  // namespace mailcanary
