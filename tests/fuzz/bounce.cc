// A bounce is read whatever it holds: bounded, every text safe and one line, reasons and hardness that fit each other.
#include <cstdint>
#include <string_view>

#include "core/text.h"
#include "probes/bounce/bounce.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailcanary;
  const BounceMail mail = read_bounce_mail({reinterpret_cast<const char*>(data), size});
  FUZZ_CHECK(mail.rows.size() <= 1000);
  FUZZ_CHECK(one_line(mail.envelope_id) == mail.envelope_id && one_line(mail.original_message_id) == mail.original_message_id);
  FUZZ_CHECK(one_line(mail.reporting_mta) == mail.reporting_mta);
  for (const BounceRow& row : mail.rows) {
    for (const std::string* text : {&row.recipient, &row.action, &row.status, &row.reply, &row.reason, &row.diagnostic, &row.remote_mta}) {
      FUZZ_CHECK(one_line(*text) == *text && text->size() <= 4 * 501);
    }
    FUZZ_CHECK(!row.reason.empty() && row.kind != BounceKind::none);
    FUZZ_CHECK(row.reply.empty() || row.reply.size() == 3);
    FUZZ_CHECK(!row.hard || row.kind == BounceKind::failed);
  }
  return 0;
}
