#include "monitor/report/spans.h"

#include <algorithm>

namespace mailcanary {
namespace {

WallTime slot_floor(WallTime time, Duration slot) { return time - time.time_since_epoch() % slot; }

}  // namespace

Spans merged(std::vector<TimeSpan> spans) {
  std::erase_if(spans, [](const TimeSpan& span) { return span.from >= span.until; });
  std::sort(spans.begin(), spans.end(), [](const TimeSpan& a, const TimeSpan& b) { return a.from < b.from; });
  Spans made;
  for (const auto& span : spans) {
    if (!made.empty() && span.from <= made.back().until)
      made.back().until = std::max(made.back().until, span.until);
    else
      made.push_back(span);
  }
  return made;
}

Spans widened(const Spans& spans, Duration slot) {
  Spans wide;
  for (const auto& span : spans) {
    const WallTime last = slot_floor(span.until, slot);
    wide.push_back({slot_floor(span.from, slot), last == span.until ? last : last + slot});
  }
  return merged(std::move(wide));
}

Spans clipped(const Spans& spans, TimeSpan within) {
  Spans cut;
  for (const auto& span : spans) cut.push_back({std::max(span.from, within.from), std::min(span.until, within.until)});
  return merged(std::move(cut));
}

Spans without(const Spans& spans, const Spans& holes) {
  Spans left;
  auto hole = holes.begin();
  for (auto span : spans) {
    while (hole != holes.end() && hole->until <= span.from) ++hole;
    for (auto at = hole; at != holes.end() && at->from < span.until; ++at) {
      if (at->from > span.from) left.push_back({span.from, at->from});
      span.from = std::max(span.from, std::min(at->until, span.until));
    }
    if (span.from < span.until) left.push_back(span);
  }
  return left;
}

Spans common(const std::vector<const Spans*>& lists) {
  if (lists.empty()) return {};
  std::vector<std::pair<WallTime, int>> edges;
  for (const Spans* list : lists) {
    for (const auto& span : *list) {
      edges.emplace_back(span.from, 1);
      edges.emplace_back(span.until, -1);
    }
  }
  std::sort(edges.begin(), edges.end());
  Spans all;
  int depth = 0;
  WallTime since;
  for (const auto& [time, step] : edges) {
    const bool was_all = depth == static_cast<int>(lists.size());
    depth += step;
    if (depth == static_cast<int>(lists.size())) since = time;
    if (was_all) all.push_back({since, time});
  }
  return merged(std::move(all));
}

Duration length_of(const Spans& spans) {
  Duration sum{};
  for (const auto& span : spans) sum += span.until - span.from;
  return sum;
}

bool touches(const Spans& spans, TimeSpan span) {
  const auto first = std::upper_bound(spans.begin(), spans.end(), span.from,
                                      [](WallTime from, const TimeSpan& s) { return from < s.until; });
  return first != spans.end() && first->from < span.until;
}

}  // namespace mailcanary
