#include "config/endpoint.h"

#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("a mail server's URL says protocol, protection, host and port, and is written back in full") {
  const struct {
    const char* url;
    Protocol protocol;
    Transport transport;
    const char* host;
    int port;
    const char* written;
  } table[] = {
      {"smtps://mx.example:465", Protocol::smtp, Transport::tls, "mx.example", 465, "smtps://mx.example:465"},
      {"smtps://mx.example", Protocol::smtp, Transport::tls, "mx.example", 465, "smtps://mx.example:465"},
      {"smtp://mx.example", Protocol::smtp, Transport::starttls, "mx.example", 587, "smtp://mx.example:587"},
      {"smtp+plain://127.0.0.1", Protocol::smtp, Transport::plain, "127.0.0.1", 25, "smtp+plain://127.0.0.1:25"},
      {"imaps://MX.example/", Protocol::imap, Transport::tls, "mx.example", 993, "imaps://mx.example:993"},
      {"imap://mx.example", Protocol::imap, Transport::starttls, "mx.example", 143, "imap://mx.example:143"},
      {"imap+plain://[::1]:1143", Protocol::imap, Transport::plain, "::1", 1143, "imap+plain://[::1]:1143"},
      {"pop3s://mx.example", Protocol::pop3, Transport::tls, "mx.example", 995, "pop3s://mx.example:995"},
      {"pop3://mx.example", Protocol::pop3, Transport::starttls, "mx.example", 110, "pop3://mx.example:110"},
      {"POP3+PLAIN://localhost:1", Protocol::pop3, Transport::plain, "localhost", 1, "pop3+plain://localhost:1"},
      {"imaps://mx.example:65535", Protocol::imap, Transport::tls, "mx.example", 65535, "imaps://mx.example:65535"},
  };
  for (const auto& row : table) {
    CAPTURE(row.url);
    const auto endpoint = parse_endpoint(row.url);
    REQUIRE(endpoint);
    CHECK(endpoint->protocol == row.protocol);
    CHECK(endpoint->transport == row.transport);
    CHECK(endpoint->host == row.host);
    CHECK(endpoint->port == row.port);
    CHECK(to_url(*endpoint) == row.written);
  }
}

TEST_CASE("a Maildir is a path") {
  for (const char* url : {"maildir:/home/canary/Maildir", "maildir:///home/canary/Maildir"}) {
    const auto endpoint = parse_endpoint(url);
    REQUIRE(endpoint);
    CHECK(endpoint->protocol == Protocol::maildir);
    CHECK(endpoint->transport == Transport::local);
    CHECK(endpoint->path == "/home/canary/Maildir");
    CHECK(to_url(*endpoint) == "maildir:/home/canary/Maildir");
  }
}

TEST_CASE("what is reached by a path on this machine is written with it") {
  struct Row {
    const char* url;
    Protocol protocol;
    const char* written;
  };
  const Row rows[] = {{"sendmail:/usr/sbin/sendmail", Protocol::sendmail, "sendmail:/usr/sbin/sendmail"},
                      {"sendmail:///usr/sbin/sendmail", Protocol::sendmail, "sendmail:/usr/sbin/sendmail"},
                      {"LMTP:/run/dovecot/lmtp", Protocol::lmtp, "lmtp:/run/dovecot/lmtp"},
                      {"lmtp:///run/dovecot/lmtp", Protocol::lmtp, "lmtp:/run/dovecot/lmtp"}};
  for (const auto& row : rows) {
    CAPTURE(row.url);
    const auto endpoint = parse_endpoint(row.url);
    REQUIRE(endpoint);
    CHECK(endpoint->protocol == row.protocol);
    CHECK(endpoint->transport == Transport::local);
    CHECK(endpoint->host.empty());
    CHECK(to_url(*endpoint) == row.written);
  }
  const auto remote = parse_endpoint("lmtp+plain://store.example");
  REQUIRE(remote);
  CHECK(remote->protocol == Protocol::lmtp);
  CHECK(to_url(*remote) == "lmtp+plain://store.example:24");
}

TEST_CASE("a wrong URL is refused and a password in it is not repeated") {
  for (const char* url : {"",
                          "mx.example",
                          "mx.example:465",
                          "https://mx.example",
                          "smtps:mx.example",
                          "smtps://",
                          "smtps://:465",
                          "smtps://mx.example:",
                          "smtps://mx.example:0",
                          "smtps://mx.example:65536",
                          "smtps://mx.example:-1",
                          "smtps://mx.example:465x",
                          "smtps://mx.example/path",
                          "smtps://mx example",
                          "smtps://[::1",
                          "smtps://[mx]",
                          "smtps://mx.example\r\nQUIT",
                          "smtps://mx\xC3\xA9.example",
                          "maildir:",
                          "maildir:/a\nb",
                          "maildir://host/path",
                          "sendmail:",
                          "sendmail://host/usr/sbin/sendmail",
                          "lmtp://store.example:24",
                          "lmtps://store.example:24",
                          "smtp+tls://mx.example",
                          "imap+plains://mx.example"}) {
    CAPTURE(url);
    CHECK_FALSE(parse_endpoint(url));
  }
  for (const char* url : {"smtps://me:hunter2@mx.example", "me:hunter2@mx.example:465", "smtps://hunter2@mx.example"}) {
    const auto endpoint = parse_endpoint(url);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("web addresses need a scheme and a host, and nothing that could split a request") {
  for (const char* url : {"https://status.example", "http://127.0.0.1:9000/x?y=z#w", "HTTPS://a.example/%20",
                          "https://[::1]:1/", "https://user:pass@host.example/x"})
    CHECK(check_web_url(url));
  for (const char* url :
       {"", "status.example", "ftp://a.example", "https://", "https:///x", "https://a b.example",
        "https://a.example/\r\nX: y", "https://a.example/\xC3\xA9", "https://a.example:99999", "javascript:alert(1)"}) {
    CAPTURE(url);
    CHECK_FALSE(check_web_url(url));
  }
}

TEST_CASE("only this machine itself is loopback") {
  for (const char* host : {"localhost", "LocalHost", "127.0.0.1", "127.255.1.2", "::1"}) CHECK(is_loopback(host));
  for (const char* host :
       {"", "localhost.example", "127.evil.example", "128.0.0.1", "10.0.0.1", "1270.0.0.1", "::2", "0.0.0.0"})
    CHECK_FALSE(is_loopback(host));
}
