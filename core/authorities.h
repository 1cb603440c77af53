// Whose certificates a TLS connection of libcurl believes. For http_client.cc and line_session.cc only.
// Any thread.
// Does not: turn verification on or off.
#pragma once
#include <string>

#include <curl/curl.h>

namespace mailcanary {

// Those in `ca_file` and no others; empty: the system's.
void trust_authorities(CURL* easy, const std::string& ca_file);

}  // namespace mailcanary
