#include "monitor/ack_token.h"

#include "core/crypto.h"
#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("an acknowledgement's token fits its incident and its key only") {
  const Secret key("sixteen bytes at least"), other("another key of ours");
  const IncidentId incident("01JDA7ZQ2V8W4T6Y9XKM3N5P7R");
  const std::string token = ack_token(key, incident);
  CHECK(token.size() == 52);
  CHECK(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string::npos);
  CHECK(is_ack_token(token, key, incident));
  CHECK_FALSE(is_ack_token(token, other, incident));
  CHECK_FALSE(is_ack_token(token, key, IncidentId("01JDA7ZQ2V8W4T6Y9XKM3N5P7S")));
  CHECK_FALSE(is_ack_token("", key, incident));
  CHECK_FALSE(is_ack_token(token.substr(1), key, incident));
  // The key signs canaries too: a bare signature of the id is not a token.
  CHECK_FALSE(is_ack_token(to_base32_lower(hmac_sha256(key.reveal(), incident.str())), key, incident));
}
