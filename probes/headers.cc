#include "probes/headers.h"

#include "core/text.h"
#include "probes/header_fields.h"

namespace mailcanary {
namespace {

std::optional<WallTime> date_field(std::string_view header_block) {
  HeaderReader reader(header_block);
  while (const auto field = reader.next()) {
    constexpr std::size_t longest = 256;
    if (iequals(field->name, "Date")) return parse_mail_date(unfold(field->raw_value, longest));
  }
  return std::nullopt;
}

}  // namespace

Journey read_journey(std::string_view header_block, OwnTimes own) {
  if (!own.written) own.written = date_field(header_block);
  return make_journey(received_lines(header_block), own);
}

std::vector<Hop> read_hops(std::string_view header_block, const OwnTimes& own) {
  return read_journey(header_block, own).hops;
}

Verdicts read_verdicts(std::string_view header_block, std::string_view authserv_id) {
  return judge_verdicts(header_block, authserv_id).verdicts;
}

}  // namespace mailcanary
