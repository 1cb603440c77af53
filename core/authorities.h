// Whose certificates a TLS connection of libcurl believes. For http_client.cc and line_session.cc only.
// Any thread.
// Does not: turn verification on or off.
#pragma once
#include <string>

namespace mailcanary {

// Those in `ca_file` and no others; empty: the system's. `easy` is a CURL*.
void trust_authorities(void* easy, const std::string& ca_file);

}  // namespace mailcanary
