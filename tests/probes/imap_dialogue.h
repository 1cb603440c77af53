// What the tests of IMAP share: pieces of dialogues for ScriptedServer, an account, a signed canary as a header block.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/units.h"
#include "probes/canary_message.h"
#include "probes/inbox.h"
#include "tests/probes/scripted_server.h"

namespace mailcanary {

// libcurl greets and asks first; without a user it does not log in. Then we ask.
inline std::string imap_hello(const std::string& capabilities) {
  return R"(
  S: * OK fake
  C: $tag CAPABILITY
  S: * CAPABILITY IMAP4rev1
  S: $tag OK done
  C: $tag CAPABILITY
  S: * CAPABILITY IMAP4rev1 )" +
         capabilities + R"(
  S: $tag OK done
)";
}

inline std::string select_answer(std::uint32_t exists, std::uint32_t uid_validity, std::uint32_t uid_next) {
  return "S: * " + std::to_string(exists) + " EXISTS\nS: * OK [UIDVALIDITY " + std::to_string(uid_validity) +
         "] ok\nS: * OK [UIDNEXT " + std::to_string(uid_next) + "] ok\nS: $tag OK [READ-WRITE] done\n";
}
inline std::string opened_inbox(std::uint32_t exists, std::uint32_t uid_validity, std::uint32_t uid_next) {
  return "C: $tag SELECT \"INBOX\"\n" + select_answer(exists, uid_validity, uid_next);
}
inline const std::string no_junk = R"(
  C: $tag LIST "" "*"
  S: * LIST (\HasNoChildren) "/" INBOX
  S: $tag OK done
)";

// "* n FETCH (UID … SECTION {size}" and the text, as steps.
inline std::string fetched(std::uint32_t uid, const std::string& section, std::string_view text,
                           const std::string& internal_date = "24-Nov-2026 12:00:00 +0000") {
  std::string steps = "S: * 1 FETCH (UID " + std::to_string(uid) + " INTERNALDATE \"" + internal_date + "\" " + section +
                      " {" + std::to_string(text.size()) + "}\n";
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    steps += "S: " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return steps + "S: )\n";
}
inline std::string fetched_header(std::uint32_t uid, std::string_view header) {
  return fetched(uid, "BODY[HEADER]<0>", header);
}
inline const std::string header_items = "(UID INTERNALDATE BODY.PEEK[HEADER]<0.16384> BODY.PEEK[TEXT]<0.2048>)\n";

inline const WallTime test_noon = *parse_time("2026-11-24T12:00:00Z");
inline const Secret test_key(std::string("0123456789abcdef0123456789abcdef"));

struct TestCanary {
  CanaryId id;
  std::string header;  // with the empty line that ends it
};
inline TestCanary signed_canary(WallTime sent_at = test_noon) {
  Account from, to;
  from.address = "a@shop.example";
  to.address = "b@watch.example";
  Canary canary;
  canary.id = CanaryId(make_ulid(sent_at));
  canary.route = RouteName("shop-watch");
  canary.sent_at = sent_at;
  const std::string message = compose_canary(canary, from, to, 0, test_key, "").message;
  return {canary.id, message.substr(0, message.find("\r\n\r\n") + 4)};
}
inline const std::string foreign_header =
    "From: friend@other.example\r\nTo: b@watch.example\r\nSubject: lunch\r\nMessage-ID: <1@other.example>\r\n\r\n";

inline InboxOptions inbox_options(int port) {
  InboxOptions options;
  options.account.name = AccountName("watch");
  options.account.address = "b@watch.example";
  options.account.inbox = Endpoint{Protocol::imap, Transport::plain, "127.0.0.1", port, {}};
  options.signing_key = test_key;
  return options;
}

}  // namespace mailcanary
