// A Received line is read whatever it says, and what is read is safe, short, one line.
#include <cstdint>
#include <string_view>

#include "core/text.h"
#include "probes/hops/received.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailcanary;
  const ReceivedLine line = parse_received({reinterpret_cast<const char*>(data), size});
  for (const std::string* text : {&line.from, &line.reverse, &line.address, &line.by, &line.by_address, &line.with, &line.id,
                                  &line.recipient, &line.tls_version, &line.tls_cipher}) {
    FUZZ_CHECK(text->size() <= 4 * 256);
    FUZZ_CHECK(one_line(*text) == *text);
  }
  return 0;
}
