// Reading and writing the URLs by which mail servers and pages are named.
// Does not: resolve names. Pure functions; any thread.
#pragma once
#include <string>
#include <string_view>

#include "config/config.h"
#include "core/result.h"

namespace mailcanary {

// smtps:// smtp:// smtp+plain:// imaps:// imap:// imap+plain:// pop3s:// pop3:// pop3+plain:// lmtp+plain:// host[:port],
// or maildir:/path lmtp:/socket sendmail:/program. The port is filled in. Errors are whole ("what; cure") and never repeat a password in the URL.
Result<Endpoint> parse_endpoint(std::string_view url);
// http:// or https:// with a host, no white space or control characters. The error does not repeat the URL.
Result<void> check_web_url(std::string_view url);
bool holds_login(std::string_view url);  // "https://user:password@host/"
// The address with `mask` in place of path and query, which hold tokens at many services.
std::string without_path(std::string_view url, std::string_view mask);

// "127.0.0.1:8025", "[::1]:8025", "host:8025". The default port is used when none is given; zero: one is required.
Result<HostPort> parse_host_port(std::string_view text, int default_port);
std::string to_text(const HostPort& place);  // "[::1]:8025"
// localhost, 127.0.0.0/8 and ::1, by the name alone.
bool is_loopback(std::string_view host);

}  // namespace mailcanary
