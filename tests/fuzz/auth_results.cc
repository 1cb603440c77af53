// An Authentication-Results field is read whatever it says, bounded, and what is read is safe.
#include <cstdint>
#include <string_view>

#include "core/text.h"
#include "probes/verdicts/auth_results.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailcanary;
  const AuthResults read = parse_auth_results({reinterpret_cast<const char*>(data), size});
  FUZZ_CHECK(read.results.size() <= 100);
  FUZZ_CHECK(one_line(read.server) == read.server);
  for (const AuthResult& result : read.results) {
    FUZZ_CHECK(!result.method.empty() && !result.result.empty());
    FUZZ_CHECK(one_line(result.result) == result.result && one_line(result.reason) == result.reason);
    FUZZ_CHECK(result.properties.size() <= 50);
  }
  return 0;
}
