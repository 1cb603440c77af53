#include "core/crypto.h"

#include <set>
#include <string>

#include "tests/catch.h"

using namespace mailcanary;

namespace {
std::string bytes(std::size_t count, char value) { return std::string(count, value); }
std::string counted(char first, char last) {
  std::string text;
  for (char c = first; c <= last; ++c) text += c;
  return text;
}
}  // namespace

TEST_CASE("HMAC-SHA256 gives the values of RFC 4231") {
  const struct {
    const char* name;
    std::string key, message;
    const char* mac;
  } table[] = {
      {"1", bytes(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"2", "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"3", bytes(20, '\xaa'), bytes(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"4", counted('\x01', '\x19'), bytes(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {"6", bytes(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"7", bytes(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& row : table) {
    INFO("test case " << row.name);
    CHECK(to_hex(hmac_sha256(row.key, row.message)) == row.mac);
  }
  INFO("test case 5 is of the first 16 bytes");
  CHECK(to_hex(hmac_sha256(bytes(20, '\x0c'), "Test With Truncation")).substr(0, 32) ==
        "a3b6167473100ee06e0c796c2955552b");
}

TEST_CASE("an empty key is a key, not the one used before") {
  hmac_sha256("something else", "x");
  CHECK(to_hex(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("webhook signatures come out as the Standard Webhooks libraries make them") {
  const struct {
    const char* secret;
    std::string signed_content;
    const char* signature;
  } table[] = {
      // The reference vector of the Standard Webhooks libraries.
      {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", R"(msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314})",
       "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
      // A notice of ours; the value is that of `openssl dgst -mac HMAC` and of Python's hmac.
      {"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY",
       R"(evt_01JDEMO.1795525200.{"type":"mailcanary.incident.opened","timestamp":"2026-11-24T13:00:00Z",)"
       R"("data":{"incident":"rt-gmail-7"}})",
       "+uyHokdHYmwLYglBLK8MPtyRb1MEWWIApy3RSKP0RCc="},
  };
  for (const auto& row : table) {
    const auto key = from_base64(row.secret);
    REQUIRE(key);
    CHECK(key->size() == 24);
    CHECK(to_base64(hmac_sha256(*key, row.signed_content)) == row.signature);
  }
}

TEST_CASE("SHA-256 gives the values of FIPS 180-4") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("base64 gives the values of RFC 4648 both ways") {
  const struct {
    const char* plain;
    const char* coded;
  } table[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xfb\xff\xbf", "+/+/"}};
  for (const auto& row : table) {
    CHECK(to_base64(row.plain) == row.coded);
    CHECK(from_base64(row.coded) == std::string(row.plain));
  }
}

TEST_CASE("malformed base64 gives nothing") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Zm9v=", "Zm9v====", "Z===", "=Zg=", "Zg==Zg==",
                           "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "Z\xc3\xa9v"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
  CHECK_FALSE(from_base64(std::string("Zm9\0", 4)));
}

TEST_CASE("base32 is that of RFC 4648 in lower case without padding") {
  const struct {
    const char* plain;
    const char* coded;
  } table[] = {{"", ""},
               {"f", "my"},
               {"fo", "mzxq"},
               {"foo", "mzxw6"},
               {"foob", "mzxw6yq"},
               {"fooba", "mzxw6ytb"},
               {"foobar", "mzxw6ytboi"}};
  for (const auto& row : table) CHECK(to_base32_lower(row.plain) == row.coded);
}

TEST_CASE("hex is lower case and two digits a byte") { CHECK(to_hex(std::string("\x00\x0f\xff", 3)) == "000fff"); }

TEST_CASE("comparing in constant time finds every difference") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("signature", "signature"));
  CHECK_FALSE(equal_in_constant_time("signature", "signaturf"));
  CHECK_FALSE(equal_in_constant_time("signature", "Signature"));
  CHECK_FALSE(equal_in_constant_time("signature", "signatur"));
  CHECK_FALSE(equal_in_constant_time("", "x"));
}

TEST_CASE("random bytes have the length asked for and differ") {
  CHECK(random_bytes(0).empty());
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(random_bytes(16));
    CHECK(seen.rbegin()->size() == 16);
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("the spreading hash is FNV-1a of 64 bits") {
  CHECK(fnv1a64("") == 0xcbf29ce484222325u);
  CHECK(fnv1a64("a") == 0xaf63dc4c8601ec8cu);
  CHECK(fnv1a64("foobar") == 0x85944171f73967e8u);
}
