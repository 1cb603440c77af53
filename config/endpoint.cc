#include "config/endpoint.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include <fmt/format.h>

#include "core/text.h"

namespace mailcanary {
namespace {

struct Scheme {
  std::string_view name;
  Protocol protocol;
  Transport transport;
  int port;
};
constexpr std::array<Scheme, 10> schemes = {Scheme{"smtps", Protocol::smtp, Transport::tls, 465},
                                            Scheme{"smtp", Protocol::smtp, Transport::starttls, 587},
                                            Scheme{"smtp+plain", Protocol::smtp, Transport::plain, 25},
                                            Scheme{"imaps", Protocol::imap, Transport::tls, 993},
                                            Scheme{"imap", Protocol::imap, Transport::starttls, 143},
                                            Scheme{"imap+plain", Protocol::imap, Transport::plain, 143},
                                            Scheme{"pop3s", Protocol::pop3, Transport::tls, 995},
                                            Scheme{"pop3", Protocol::pop3, Transport::starttls, 110},
                                            Scheme{"pop3+plain", Protocol::pop3, Transport::plain, 110},
                                            Scheme{"lmtp+plain", Protocol::lmtp, Transport::plain, 24}};

// What is reached by a path on this machine.
struct LocalScheme {
  std::string_view start;
  Protocol protocol;
  std::string_view what, example;
};
constexpr std::array<LocalScheme, 3> local_schemes = {
    LocalScheme{"maildir:", Protocol::maildir, "maildir", "maildir:/path/to/Maildir"},
    LocalScheme{"lmtp:", Protocol::lmtp, "LMTP socket", "lmtp:/path/to/socket, or lmtp+plain://HOST:24"},
    LocalScheme{"sendmail:", Protocol::sendmail, "sendmail command", "sendmail:/usr/sbin/sendmail"}};

Error invalid(std::string message) { return {ErrorKind::invalid_input, std::move(message)}; }

std::string shown(std::string_view text) { return cut(one_line(text), 80); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_host_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}

bool is_address_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

// Takes "[v6]" or a name from the front; empty when neither stands there.
std::string take_host(std::string_view& text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {};
    const std::string host(text.substr(1, end - 1));
    if (!std::all_of(host.begin(), host.end(), is_address_char)) return {};
    text.remove_prefix(end + 1);
    return host;
  }
  std::size_t size = 0;
  while (size < text.size() && is_host_char(text[size])) ++size;
  std::string host(text.substr(0, size));
  text.remove_prefix(size);
  return host.size() <= 255 ? host : std::string();
}

// What looks like an address (RFC 3696: no name ends in a label of digits alone) but is none.
bool is_wrong_address(const std::string& host) {
  in6_addr scratch{};
  if (host.find(':') != std::string::npos) return inet_pton(AF_INET6, host.c_str(), &scratch) != 1;
  const auto last = host.find_last_not_of("0123456789");
  const bool numeric = last == std::string::npos || (host[last] == '.' && last + 1 < host.size());
  return numeric && inet_pton(AF_INET, host.c_str(), &scratch) != 1;
}

// Zero when the text is no port.
int parse_port(std::string_view text) {
  int port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = failure == std::errc() && end == text.data() + text.size() && is_digit(text.front());
  return whole && port >= 1 && port <= 65535 ? port : 0;
}

Result<Endpoint> parse_local(const LocalScheme& local, std::string_view path) {
  if (path.substr(0, 3) == "///") path.remove_prefix(2);
  if (path.substr(0, 2) == "//")
    return invalid(fmt::format("\"{}{}\" names a host where a path belongs; write {}", local.start,
                               path.find('@') == std::string_view::npos ? shown(path) : "…", local.example));
  if (path.empty()) return invalid(fmt::format("the {} has no path; write {}", local.what, local.example));
  if (path != one_line(path))
    return invalid(fmt::format("the {}'s path holds control characters; rename it", local.what));
  return Endpoint{local.protocol, Transport::local, {}, 0, std::string(path)};
}

}  // namespace

std::string to_text(const HostPort& place) {
  return place.host.find(':') == std::string::npos ? fmt::format("{}:{}", place.host, place.port)
                                                   : fmt::format("[{}]:{}", place.host, place.port);
}

Result<HostPort> parse_host_port(std::string_view text, int default_port) {
  std::string_view rest = text;
  HostPort result;
  result.host = take_host(rest);
  if (result.host.empty()) return invalid(fmt::format("\"{}\" names no host; write HOST:PORT", shown(text)));
  if (rest.empty()) {
    result.port = default_port;
  } else {
    result.port = rest.front() == ':' && rest.size() > 1 ? parse_port(rest.substr(1)) : 0;
  }
  if (result.port == 0) return invalid(fmt::format("\"{}\" has no port from 1 to 65535; write HOST:PORT", shown(text)));
  if (is_wrong_address(result.host))
    return invalid(fmt::format("\"{}\" is no address; write four numbers from 0 to 255, an IPv6 address or a name",
                               shown(result.host)));
  return result;
}

Result<Endpoint> parse_endpoint(std::string_view url) {
  for (const auto& local : local_schemes) {
    if (istarts_with(url, local.start)) return parse_local(local, url.substr(local.start.size()));
  }
  const auto colon = url.find("://");
  if (colon == std::string_view::npos)
    return invalid(fmt::format("\"{}\" is no mail server's URL; write smtps://HOST:465, imaps://HOST:993 or the like",
                               url.find('@') == std::string_view::npos ? shown(url) : "…"));
  const std::string name = lower(url.substr(0, colon));
  const auto scheme = std::find_if(schemes.begin(), schemes.end(), [&name](const Scheme& s) { return s.name == name; });
  if (scheme == schemes.end())
    return invalid(
        fmt::format("\"{}\" is no scheme of a mail server; use smtps, smtp, imaps, imap, pop3s, pop3, "
                    "maildir:/path, lmtp:/path, sendmail:/path, or smtp+plain and the like on loopback",
                    shown(name)));
  std::string_view rest = url.substr(colon + 3);
  if (rest.find('@') != std::string_view::npos)
    return invalid("the URL holds a user or password; give them as user: and password:");
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  const auto place = parse_host_port(rest, scheme->port);
  if (!place)
    return invalid(fmt::format("\"{}\" is no {} URL; write {}://HOST:{}", shown(url), name, name, scheme->port));
  return Endpoint{scheme->protocol, scheme->transport, lower(place->host), place->port, {}};
}

std::string to_url(const Endpoint& endpoint) {
  if (endpoint.transport == Transport::local) {
    for (const auto& local : local_schemes) {
      if (local.protocol == endpoint.protocol) return std::string(local.start) + endpoint.path;
    }
  }
  for (const auto& scheme : schemes) {
    if (scheme.protocol != endpoint.protocol || scheme.transport != endpoint.transport) continue;
    return fmt::format("{}://{}", scheme.name, to_text(HostPort{endpoint.host, endpoint.port}));
  }
  return {};
}

namespace {

// Behind the scheme: "user@host:port".
std::string_view authority_of(std::string_view rest) { return rest.substr(0, rest.find_first_of("/?#")); }

}  // namespace

bool holds_login(std::string_view url) {
  const auto scheme = url.find("://");
  return scheme != std::string_view::npos && authority_of(url.substr(scheme + 3)).find('@') != std::string_view::npos;
}

std::string without_path(std::string_view url, std::string_view mask) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto end = url.find_first_of("/?#", scheme + 3);
  if (end == std::string_view::npos || end + 1 == url.size()) return std::string(url);
  return std::string(url.substr(0, end)) + "/" + std::string(mask);
}

Result<void> check_web_url(std::string_view url) {
  const auto wrong = [] { return invalid("this is no web address; write https://HOST/PATH"); };
  std::string_view rest = url;
  if (istarts_with(rest, "https://")) {
    rest.remove_prefix(8);
  } else if (istarts_with(rest, "http://")) {
    rest.remove_prefix(7);
  } else {
    return wrong();
  }
  if (url.size() > 2048) return invalid("this web address is longer than 2048 characters; shorten it");
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!clean) return invalid("this web address holds characters that do not belong there; percent-encode them");
  std::string_view authority = authority_of(rest);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (!parse_host_port(authority, 443)) return wrong();
  return {};
}

bool is_loopback(std::string_view host) {
  if (iequals(host, "localhost") || host == "::1") return true;
  const bool numeric = std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
  return numeric && host.substr(0, 4) == "127.";
}

}  // namespace mailcanary
