#include "probes/account_endpoint.h"

#include <fmt/format.h>

namespace mailcanary {

LineEndpoint line_endpoint(const Account& account, const Endpoint& server) {
  const char* scheme = server.protocol == Protocol::smtp ? "smtp" : server.protocol == Protocol::imap ? "imap" : "pop3";
  const bool bare_ipv6 = server.host.find(':') != std::string::npos && !server.host.starts_with('[');
  LineEndpoint endpoint;
  endpoint.url = fmt::format("{}{}://{}:{}", scheme, server.transport == Transport::tls ? "s" : "",
                             bare_ipv6 ? "[" + server.host + "]" : server.host, server.port);
  endpoint.require_tls = server.transport != Transport::plain;
  endpoint.user = account.user;
  endpoint.password = account.password;
  endpoint.ca_file = account.tls.ca_file;
  endpoint.verify_peer = !account.tls.insecure;
  return endpoint;
}

}  // namespace mailcanary
