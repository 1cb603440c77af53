#include "config/report.h"

#include <algorithm>
#include <tuple>

#include "core/text.h"

namespace mailcanary {

void Report::add(Diagnostic::Severity severity, Place place, std::string message) {
  has_errors_ = has_errors_ || severity == Diagnostic::Severity::error;
  if (diagnostics_.size() >= limit) {
    if (severity == Diagnostic::Severity::error) ++dropped_;
    return;
  }
  diagnostics_.push_back({severity, place.line, place.column, std::move(message)});
}

std::vector<Diagnostic> Report::take() {
  const auto key = [](const Diagnostic& d) { return std::tie(d.line, d.column); };
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                   [&key](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  // One node may be read twice by way of a YAML alias; its mistake is still one mistake.
  const auto same = [&key](const Diagnostic& a, const Diagnostic& b) {
    return key(a) == key(b) && a.message == b.message;
  };
  diagnostics_.erase(std::unique(diagnostics_.begin(), diagnostics_.end(), same), diagnostics_.end());
  if (dropped_ > 0)
    diagnostics_.push_back({Diagnostic::Severity::error, 0, 0,
                            "and " + count_noun(static_cast<long long>(dropped_), "more mistake", "more mistakes") +
                                "; mend those above first"});
  return std::move(diagnostics_);
}

std::string to_text(const Diagnostic& diagnostic, const std::filesystem::path& file) {
  std::string text = one_line(file.string());
  if (diagnostic.line > 0) text += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column);
  text += diagnostic.severity == Diagnostic::Severity::warning ? ": warning: " : ": ";
  return text + diagnostic.message;
}

bool Loaded::ok() const {
  return std::none_of(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& d) { return d.severity == Diagnostic::Severity::error; });
}

}  // namespace mailcanary
