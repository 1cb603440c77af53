#include "probes/canary.h"

#include <array>
#include <utility>

namespace mailcanary {
namespace {

constexpr std::array<const char*, 10> fate_names = {"pending",  "delivered", "late",        "junked", "bounced",
                                                    "rejected", "deferred",  "unreachable", "lost",   "unknown"};
constexpr std::array<const char*, 8> stage_names = {"resolve", "connect", "tls",     "auth",
                                                    "submit",  "transit", "arrival", "seen"};
constexpr std::array<const char*, 5> source_names = {"none", "push", "poll", "internaldate", "received"};

// Numbers come back from the ledger, so one outside the table must not read past it.
template <std::size_t Count, class Enum>
const char* name_in(const std::array<const char*, Count>& names, Enum value) {
  const auto at = static_cast<std::size_t>(value);
  return at < Count ? names[at] : "?";
}

}  // namespace

const char* name_of(Fate fate) { return name_in(fate_names, fate); }
const char* name_of(Stage stage) { return name_in(stage_names, stage); }
const char* name_of(ArrivalSource source) { return name_in(source_names, source); }

std::optional<Fate> fate_from(std::string_view name) {
  for (std::size_t at = 0; at < fate_names.size(); ++at) {
    if (name == fate_names[at]) return static_cast<Fate>(at);
  }
  return std::nullopt;
}

bool arrived(Fate fate) { return fate == Fate::delivered || fate == Fate::late || fate == Fate::junked; }

bool failed(Fate fate) {
  return fate == Fate::bounced || fate == Fate::rejected || fate == Fate::deferred || fate == Fate::unreachable ||
         fate == Fate::lost;
}

bool may_become(Fate from, Fate to) {
  if (from == Fate::pending) return to != Fate::pending;
  return from == Fate::lost && (to == Fate::late || to == Fate::junked);
}

}  // namespace mailcanary
