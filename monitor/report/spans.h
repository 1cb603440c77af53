// Sets of time as lists of spans that are in order and do not touch each other.
// Pure; any thread.
#pragma once
#include <vector>

#include "core/calendar.h"

namespace mailcanary {

using Spans = std::vector<TimeSpan>;

Spans merged(std::vector<TimeSpan> spans);        // from any list; empty ones are left out
Spans widened(const Spans& spans, Duration slot);  // to whole slots
Spans clipped(const Spans& spans, TimeSpan within);
Spans without(const Spans& spans, const Spans& holes);
// What lies in all lists.
Spans common(const std::vector<const Spans*>& lists);
Duration length_of(const Spans& spans);
bool touches(const Spans& spans, TimeSpan span);

}  // namespace mailcanary
