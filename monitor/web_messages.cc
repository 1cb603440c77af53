#include "monitor/web_messages.h"

#include <string>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "monitor/web_syntax.h"

namespace mailcanary {

namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr const char* form_type = "application/x-www-form-urlencoded";

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

bool has_body(const WebMessage& request) {
  const auto length = request.find(http::field::content_length);
  return request.chunked() || (length != request.end() && length->value() != "0");
}

std::string value_of(const WebMessage& request, http::field name) {
  const auto field = request.find(name);
  return field == request.end() ? std::string() : std::string(view_of(field->value()));
}

bool came_through_proxy(const WebMessage& request) {
  return request.find("Forwarded") != request.end() || request.find("X-Forwarded-For") != request.end() ||
         request.find("X-Real-IP") != request.end() || request.find(http::field::via) != request.end();
}

}  // namespace

std::optional<WebReply> refuse(const WebMessage& request, WallTime now) {
  const bool post = request.method() == http::verb::post;
  if (!post && request.method() != http::verb::get && request.method() != http::verb::head) {
    WebReply refusal = error_reply(405, "only GET, HEAD and POST are answered here", now);
    refusal.fields.emplace_back("Allow", "GET, HEAD, POST");
    return refusal;
  }
  if (request.version() == 11 && request.count(http::field::host) != 1)
    return error_reply(400, "the request names no host", now);
  if (!has_body(request)) return std::nullopt;
  if (!post) return error_reply(413, "a body is read of a POST only", now);
  if (!istarts_with(value_of(request, http::field::content_type), form_type))
    return error_reply(415, "only the fields of a form are read here", now);
  return std::nullopt;
}

std::optional<WebReply> answer_garbage(beast::error_code error, WallTime now) {
  static const auto* const http_errors = &make_error_code(http::error::end_of_stream).category();
  if (error == http::error::end_of_stream || error.category() != *http_errors) return std::nullopt;
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return error_reply(431, "the request's header is too long", now);
  if (error == http::error::body_limit) return error_reply(413, "the form is too long", now);
  return error_reply(400, "this is no HTTP request", now);
}

std::optional<WebRequest> asked_by(const WebMessage& request) {
  auto target = decode_target(view_of(request.target()));
  if (!target) return std::nullopt;
  return WebRequest{std::string(view_of(request.method_string())),
                    std::move(target->path),
                    std::move(target->query),
                    value_of(request, http::field::host),
                    value_of(request, http::field::authorization),
                    value_of(request, http::field::origin),
                    request.body(),
                    came_through_proxy(request)};
}

WebWishes wishes_of(const WebMessage& request) {
  return {value_of(request, http::field::accept_encoding), value_of(request, http::field::if_none_match),
          request.method() == http::verb::head ? WebWishes::Method::head : WebWishes::Method::other};
}

WebReplyMessage message_of(const WebReply& reply, unsigned version) {
  WebReplyMessage response(static_cast<http::status>(reply.status), version);
  for (const auto& [name, value] : reply.fields) response.set(name, value);
  if (reply.sends != WebReply::Sends::no_length) response.content_length(reply.body->size());
  if (reply.sends == WebReply::Sends::body) response.body() = {reply.body->data(), reply.body->size()};
  return response;
}

}  // namespace mailcanary
