#include "alerts/channels/public_page.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/text.h"

namespace mailcanary {

bool is_for_public(const Notice& notice) {
  if (notice.public_text.empty()) return false;  // somebody's words for the house alone
  if (notice.remote_ref.empty() && (notice.kind == NoticeKind::resolved || is_of_our_own(notice))) return false;
  return notice.kind == NoticeKind::opened || notice.kind == NoticeKind::updated || notice.kind == NoticeKind::resolved;
}

bool may_be_there(const Notice& notice) { return is_for_public(notice) || notice.kind == NoticeKind::resolved; }

std::string public_title_of(const Notice& notice, std::size_t most) {
  const auto incident = nlohmann::json::parse(notice.detail, nullptr, false);
  const bool named = incident.is_object() && incident.contains("title") && incident["title"].is_string();
  return cut(one_line(named ? incident["title"].get<std::string>() : "Mail delivery is disrupted"), most);
}

std::map<ProviderName, std::string> ids_setting(const Channel& channel, const std::string& name) {
  const auto found = channel.settings.find(name);
  return found == channel.settings.end() ? std::map<ProviderName, std::string>() : found->second.ids;
}

std::vector<ColouredRow> coloured_rows(const Notice& notice, const std::map<ProviderName, std::string>& ids) {
  std::vector<ColouredRow> rows;
  const auto incident = nlohmann::json::parse(notice.detail, nullptr, false);
  if (!incident.is_object() || !incident.contains("components")) return rows;
  const bool harmless = notice.kind == NoticeKind::resolved || is_of_our_own(notice);
  for (const auto& component : incident["components"]) {
    if (!component.is_string()) continue;
    const ProviderName name(component.get<std::string>());
    const auto id = ids.find(name);
    if (id == ids.end()) continue;
    const auto beside = notice.components_beside.find(name);
    const Impact others = beside == notice.components_beside.end() ? Impact::none : beside->second;
    rows.push_back({id->second, std::max(others, harmless ? Impact::none : notice.impact)});
  }
  return rows;
}

}  // namespace mailcanary
