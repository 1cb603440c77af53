#include "config/mail_domain.h"

#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("a host is within a domain by whole labels") {
  CHECK(is_within("mx.example.com", "example.com"));
  CHECK(is_within("Example.COM.", "example.com"));
  CHECK_FALSE(is_within("badexample.com", "example.com"));
  CHECK_FALSE(is_within("example.com", "mx.example.com"));
  CHECK_FALSE(is_within("example.com", ""));
  CHECK_FALSE(is_within("", "example.com"));
}

TEST_CASE("the domain of an address stands behind its last @") {
  CHECK(domain_of("shop@Example.COM") == "example.com");
  CHECK(domain_of("\"a@b\"@example.com") == "example.com");
  CHECK(domain_of("shop") == "");
  CHECK(domain_of("shop@") == "");
}
