// The status page: one self-contained HTML file that works without scripts, loads nothing else, and can be read on a
// phone, in the dark, without seeing colours, and by a screen reader.
// Pure; the same view gives the same bytes; any thread. Inside alerts/ only.
#pragma once
#include <string>

#include "alerts/status_view.h"

namespace mailcanary {

std::string render_page(const StatusView& view);

// Its parts, each an HTML fragment.
std::string component_html(const ComponentView& component, WallTime now);
enum class Fold { open, folded };  // folded: a line that opens to the whole
std::string incident_html(const Incident& incident, const StatusView& view, Fold fold);

// Text from outside as HTML: one line, escaped.
std::string html_text(std::string_view text);
std::string time_html(WallTime time, WallTime now);  // <time>, in the words of time_words

const char* page_style();   // CSS
const char* page_script();  // the only script: says so when the page has grown old

}  // namespace mailcanary
