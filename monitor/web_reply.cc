#include "monitor/web_reply.h"

#include "monitor/web_syntax.h"

namespace mailcanary {
namespace {

constexpr std::size_t tags_limit = 256;

WebReply plain_reply(const WebAnswer& answer, WallTime now) {
  static const auto nothing = std::make_shared<const std::string>();
  WebReply reply;
  reply.status = answer.status;
  reply.body = answer.body ? answer.body : nothing;
  reply.fields = {{"Date", format_http_date(now)},
                  {"Content-Type", answer.content_type},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Content-Security-Policy", answer.policy},
                  // A browser tells where a form comes from only where the page lets it.
                  {"Referrer-Policy", answer.is_private ? "same-origin" : "no-referrer"},
                  // All we serve may change at any second; with the tag, asking again costs 304 and no body.
                  {"Cache-Control", answer.status == 200 && !answer.is_private ? "no-cache" : "no-store"}};
  if (answer.cross_origin) reply.fields.emplace_back("Access-Control-Allow-Origin", "*");
  if (!answer.location.empty()) reply.fields.emplace_back("Location", answer.location);
  if (!answer.challenge.empty()) reply.fields.emplace_back("WWW-Authenticate", answer.challenge);
  return reply;
}

void suit(WebReply& reply, const WebAnswer& answer, const WebWishes& wishes, EntityTags& tags) {
  std::string tag = answer.tag.empty() ? tags.of(reply.body) : answer.tag;
  const bool packed = answer.gzip && accepts_gzip(wishes.accept_encoding);
  if (answer.gzip) reply.fields.emplace_back("Vary", "Accept-Encoding");
  if (packed) {
    tag.insert(tag.size() - 1, "-gz");  // a strong tag names bytes, so the compressed ones have their own
    reply.body = answer.gzip;
  }
  reply.fields.emplace_back("ETag", tag);
  if (names_entity_tag(wishes.if_none_match, tag)) {
    reply.status = 304;
    reply.sends = WebReply::Sends::no_length;
  } else if (packed) {
    reply.fields.emplace_back("Content-Encoding", "gzip");
  }
}

}  // namespace

std::string EntityTags::of(const std::shared_ptr<const std::string>& body) {
  if (const auto known = tags_.find(body.get()); known != tags_.end() && known->second.body.lock() == body)
    return known->second.tag;
  if (tags_.size() >= tags_limit) std::erase_if(tags_, [](const auto& entry) { return entry.second.body.expired(); });
  if (tags_.size() >= tags_limit) tags_.clear();
  return tags_.insert_or_assign(body.get(), Entry{body, entity_tag(*body)}).first->second.tag;
}

WebReply make_reply(const WebAnswer& answer, const WebWishes& wishes, EntityTags& tags, WallTime now) {
  WebReply reply = plain_reply(answer, now);
  const bool head = wishes.method == WebWishes::Method::head;
  if (answer.events && answer.status == 200 && !head) reply.events = answer.events;
  if (answer.status == 200 && answer.body && !answer.is_private) suit(reply, answer, wishes, tags);
  // The length of what GET would send stays.
  if (head && reply.sends == WebReply::Sends::body) reply.sends = WebReply::Sends::header_only;
  return reply;
}

WebReply error_reply(int status, std::string_view text, WallTime now) {
  WebAnswer answer;
  answer.status = status;
  answer.body = std::make_shared<const std::string>(std::string(text) + "\n");
  return plain_reply(answer, now);
}

}  // namespace mailcanary
