// The TLS version and cipher that a comment of a Received line names, whatever the server's way of writing them:
// "(using TLSv1.3 with cipher X (256/256 bits))", "(version=TLS1_2 cipher=X bits=128/128)", "(TLSv1.2:X:256)",
// "(TLS: TLSv1.3,256bits,X)", "(X encrypted)". Inside of received.cc. Does not: judge them. Pure; any thread.
#pragma once
#include <string_view>

namespace mailcanary {

struct ReceivedLine;

// Fills tls_version and tls_cipher where they are still empty.
void read_tls(std::string_view comment, ReceivedLine& line);

}  // namespace mailcanary
