#include "probes/mail_host.h"

#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("a host belongs to the house of its registered domain") {
  const struct {
    const char *host, *house;
  } rows[] = {
      {"mx1.eu.example.com", "example.com"},
      {"EXAMPLE.com.", "example.com"},
      {"mail.shop.co.uk", "shop.co.uk"},
      {"shop.co.uk", "shop.co.uk"},
      {"co.uk", "co.uk"},
      {"mail.co.example", "co.example"},
      {"AM0.outlook.office365.com", "outlook.com"},
      {"mx.google.com", "google.com"},
      {"2002:a05:6402::1", "google.com"},
      {"user@host.example.org", "example.org"},
      {"m\xc3\xbcller.example", "m\xc3\xbcller.example"},
      {"localhost", ""},
      {"mx-in-3", ""},
      {"localhost.localdomain", ""},
      {"compute1.internal", ""},
      {"192.0.2.1", ""},
      {"[192.0.2.1]", ""},
      {"2001:db8::1", ""},
      {"a b.example", ""},
      {"a..example", ".example"},
      {".", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    INFO(row.host);
    CHECK(house_of(row.host) == row.house);
  }
  CHECK(house_of(std::string(1 << 20, '.')).empty());
}

TEST_CASE("an address is known in every wrapping, and nothing else is one") {
  const struct {
    std::string_view text;
    const char* address;
  } rows[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"[192.0.2.1]", "192.0.2.1"},
      {"[IPv6:2001:DB8::1]:25", "2001:db8::1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"fe80::1%12", "fe80::1"},
      {" 192.0.2.1 ", "192.0.2.1"},
      {"192.0.2", ""},
      {"192.0.2.256", ""},
      {"::", "::"},
      {":", ""},
      {"[", ""},
      {"[192.0.2.1", ""},
      {{"192.0.2.1\0x", 11}, ""},  // not ended by a NUL
      {"8.17.1/8.17.1", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(plain_address(row.text) == row.address);
  }
}

TEST_CASE("addresses that no stranger comes from") {
  for (const char* address : {"127.0.0.1", "10.1.2.3", "172.31.255.6", "192.168.0.1", "169.254.1.1", "100.64.0.1", "::1",
                              "fe80::1", "fd00::1", "2603:10a6:10::2", "2002:a05:6402::1", "2002:ac1f::1", "2002:c0a8:1::"}) {
    INFO(address);
    CHECK(is_inner_address(address));
  }
  for (const char* address : {"128.0.0.1", "11.0.0.1", "172.32.0.1", "192.0.2.1", "100.128.0.1", "2001:db8::1", "2603:2000::1",
                              "2002:b05::1", "", "localhost", "fe00::1"}) {
    INFO(address);
    CHECK_FALSE(is_inner_address(address));
  }
}
