// An answer as it goes over the wire, before there is a wire: status, header fields, which bytes. Here an answer of the
// handler becomes what this client needs of it: compressed, or nothing new (RFC 9110 §8.8.3, §12.5.3, §13.1.2).
// Threads: any; EntityTags one.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "monitor/web_server.h"

namespace mailcanary {

// Tags by body, so that a shared body is hashed once. Remembers a body only while somebody holds it.
class EntityTags {
 public:
  std::string of(const std::shared_ptr<const std::string>& body);

 private:
  struct Entry {
    std::weak_ptr<const std::string> body;
    std::string tag;
  };
  std::map<const std::string*, Entry> tags_;
};

struct WebReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields;
  std::shared_ptr<const std::string> body;  // never null
  enum class Sends { body, header_only, no_length } sends = Sends::body;  // no_length: of 304, which has no body
  std::shared_ptr<WebEvents> events = {};  // to be told instead of a body
};

// What the client said that matters here.
struct WebWishes {
  std::string accept_encoding, if_none_match;
  enum class Method { head, other } method = Method::other;
};

WebReply make_reply(const WebAnswer& answer, const WebWishes& wishes, EntityTags& tags, WallTime now);
WebReply error_reply(int status, std::string_view text, WallTime now);

}  // namespace mailcanary
