#include "probes/account_endpoint.h"

#include <fmt/format.h>

namespace mailcanary {
namespace {

std::string host_and_port(const Endpoint& server) {
  const bool bare_ipv6 = server.host.find(':') != std::string::npos && !server.host.starts_with('[');
  return fmt::format("{}:{}", bare_ipv6 ? "[" + server.host + "]" : server.host, server.port);
}

}  // namespace

LineEndpoint line_endpoint(const Account& account, const Endpoint& server) {
  LineEndpoint endpoint;
  if (server.protocol == Protocol::lmtp) {
    const bool local = server.transport == Transport::local;
    endpoint.url = local ? "tcp://localhost:24" : "tcp://" + host_and_port(server);
    endpoint.socket_path = local ? server.path : "";
    endpoint.require_tls = false;
    return endpoint;
  }
  const char* scheme = server.protocol == Protocol::smtp ? "smtp" : server.protocol == Protocol::imap ? "imap" : "pop3";
  endpoint.url = fmt::format("{}{}://{}", scheme, server.transport == Transport::tls ? "s" : "", host_and_port(server));
  endpoint.require_tls = server.transport != Transport::plain;
  endpoint.user = account.user;
  endpoint.password = account.password;
  endpoint.ca_file = account.tls.ca_file;
  endpoint.verify_peer = !account.tls.insecure;
  return endpoint;
}

}  // namespace mailcanary
