// A component's row: state, ninety days, delivery times.
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "alerts/status/icons.h"
#include "alerts/status/page.h"
#include "alerts/status/time_chart.h"
#include "alerts/words.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary {
namespace {

constexpr int days_shown = 90;

auto day_number(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

int total_of(const DayBar& day) { return day.delivered + day.late + day.junked + day.failed; }
int arrived_of(const DayBar& day) { return day.delivered + day.late + day.junked; }

Level level_of_day(const DayBar& day) {
  if (day.worst != Impact::none) return level_of_impact(day.worst);
  return total_of(day) == 0 ? Level::unknown : Level::ok;
}

std::string day_words(const DayBar& day) {
  std::string words = date_words(day.day) + ": ";
  if (total_of(day) == 0) {
    words += "nothing measured";
  } else {
    words += fmt::format("{} of {} arrived", arrived_of(day), total_of(day));
    if (day.late > 0) words += fmt::format(", {} late", day.late);
    if (day.junked > 0) words += fmt::format(", {} as junk", day.junked);
  }
  if (day.worst != Impact::none) words += "; " + lower(words_of(level_of_day(day)));
  return words;
}

// Height carries the state too: trouble is tall, an ordinary day middling, a day without measurement a stub.
void add_bar(std::string& html, int position, Level level, const std::string& words) {
  const int height = level == Level::ok ? 32 : level == Level::unknown ? 8 : 40;
  fmt::format_to(std::back_inserter(html),
                 "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"7\" height=\"{}\"><title>{}</title></rect>\n",
                 css_class_of(level), position * 10, 40 - height, height, words);
}

struct Days {
  std::array<const DayBar*, days_shown> by_position{};  // the last is today; null: nothing known
  int total = 0, arrived = 0, troubled = 0;
};

Days days_of(const ComponentView& component, WallTime now) {
  Days days;
  for (const auto& day : component.days) {
    const auto age = (day_number(now) - day_number(day.day)).count();
    if (age < 0 || age >= days_shown) continue;
    days.by_position[static_cast<std::size_t>(days_shown - 1 - age)] = &day;
    days.total += total_of(day);
    days.arrived += arrived_of(day);
    if (day.worst != Impact::none) ++days.troubled;
  }
  return days;
}

std::string thousands(int number) {
  std::string digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string share_words(const Days& days) {
  if (days.total == 0) return "nothing measured";
  return fmt::format("{} of {} test messages arrived", format_share(static_cast<double>(days.arrived) / days.total),
                     thousands(days.total));
}

std::string bars_html(const ComponentView& component, WallTime now) {
  const Days days = days_of(component, now);
  const std::string label = fmt::format("The last 90 days: {}; {} with incidents", share_words(days),
                                        count_noun(days.troubled, "day", "days"));
  std::string html = fmt::format(
      "<svg class=\"bars\" viewBox=\"0 0 897 40\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\n",
      escape_html(label));
  for (int i = 0; i < days_shown; ++i) {
    DayBar empty;
    empty.day = WallTime(day_number(now)) - std::chrono::hours(24) * (days_shown - 1 - i);
    const DayBar& day =
        days.by_position[static_cast<std::size_t>(i)] ? *days.by_position[static_cast<std::size_t>(i)] : empty;
    add_bar(html, i, level_of_day(day), day_words(day));
  }
  html += "</svg>\n";
  return html + fmt::format("<div class=\"axis\"><span>90 days ago</span><span>{}</span><span>Today</span></div>\n",
                            escape_html(share_words(days)));
}

std::string numbers_html(const ComponentView& component) {
  if (!component.p50 || !component.p95) return "No delivery was measured in the last hour";
  return fmt::format("In the last hour half within <strong>{}</strong>, 95% within <strong>{}</strong>",
                     human_duration(*component.p50), human_duration(*component.p95));
}

std::string last_arrival_html(const ComponentView& component, WallTime now) {
  return component.last_delivered_at ? "Last arrival: " + time_html(*component.last_delivered_at, now) : "";
}

// The first minutes have no hour to draw yet.
std::string times_html(const ComponentView& component, WallTime now, Fold fold) {
  const std::string last = last_arrival_html(component, now);
  if (component.by_hour.empty() && component.by_day.empty())
    return fmt::format("<p class=\"key\"><span>{}</span><span class=\"last\">{}</span></p>\n", numbers_html(component),
                       last);
  std::string html = fmt::format("<details class=\"times\" id=\"times-{}\"{}><summary><span>{}</span></summary>\n",
                                 html_text(component.id), fold == Fold::open ? " open" : "", numbers_html(component));
  html += "<div class=\"charts\">\n" + time_chart_html(component.by_hour, last_day(now)) +
          time_chart_html(component.by_day, last_month(now)) + "</div>\n";
  html += "<p class=\"key\"><span class=\"p50\">half arrive within</span> <span class=\"p95\">95% arrive within</span>";
  if (!last.empty()) html += "<span class=\"last\">" + last + "</span>";
  return html + "</p>\n</details>\n";
}

}  // namespace

std::string component_html(const ComponentView& component, WallTime now, Fold times) {
  const Level level = level_of_component(component);
  std::string html = fmt::format("<li class=\"component\" id=\"component-{}\">\n", html_text(component.id));
  html += fmt::format("<div class=\"row\"><h3>{}</h3><span class=\"state {}\">{}{}</span></div>\n",
                      html_text(component.name), css_class_of(level), icon_svg(level), words_of(level));
  if (component.unknown) {
    const std::string reason = component.unknown_reason.empty() ? "no reason is known" : component.unknown_reason;
    html += "<p class=\"soft\">Not measured at the moment: " + html_text(reason) + "</p>\n";
  }
  html += bars_html(component, now);
  html += times_html(component, now, times);
  return html + "</li>\n";
}

}  // namespace mailcanary
