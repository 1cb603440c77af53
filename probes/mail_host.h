// Names and addresses of mail servers: whose house a host belongs to, and whether an address is one that strangers
// cannot come from.
// Does not: ask the DNS, or know the public suffix list (a short rule stands for it: example.co.uk has three labels).
// Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace mailcanary {

// The registered domain, in small letters: "mx1.eu.example.com" is of "example.com". Empty for what belongs to nobody
// by its name: addresses, "localhost", names without a dot, names that exist only inside ("host.internal"). Providers with several domains have
// one house: "office365.com" is of "outlook.com".
std::string house_of(std::string_view host);
// An IPv4 or IPv6 address in any of the usual wrappings ("[192.0.2.1]", "[IPv6:2001:db8::1]:25", "::ffff:192.0.2.1",
// "fe80::1%3") in its plain form; empty when it is none.
std::string plain_address(std::string_view text);
// Loopback, private, link-local, and what the largest providers use between their own servers: nobody reaches a mail
// server of theirs from there. `address` as plain_address() gives it.
bool is_inner_address(std::string_view address);

}  // namespace mailcanary
