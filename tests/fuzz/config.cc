// A configuration is taken or refused with reasons, whatever it holds: each reason is one line with a place in the
// text, and what was taken can be shown.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "config/load.h"
#include "core/text.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailcanary;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Loaded loaded = load_config_text(text, "/nowhere/mailcanary.yaml", LoadEffect::read_only);
  const auto lines = std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r') + 1;
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    FUZZ_CHECK(!diagnostic.message.empty() && one_line(diagnostic.message) == diagnostic.message);
    FUZZ_CHECK(diagnostic.line >= 0 && diagnostic.line <= lines + 1);
    FUZZ_CHECK(one_line(to_text(diagnostic, "x.yaml")) == to_text(diagnostic, "x.yaml"));
  }
  if (!loaded.ok()) {
    FUZZ_CHECK(!loaded.diagnostics.empty());
    return 0;
  }
  FUZZ_CHECK(!loaded.config.accounts.empty());
  FUZZ_CHECK(!show_config(loaded.config).empty());
  return 0;
}
