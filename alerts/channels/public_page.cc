#include "alerts/channels/public_page.h"

#include <nlohmann/json.hpp>

#include "core/text.h"

namespace mailcanary {

bool is_for_public(const Notice& notice) {
  if (notice.public_text.empty()) return false;  // somebody's words for the house alone
  if (notice.kind == NoticeKind::resolved) return !notice.remote_ref.empty();
  return notice.kind == NoticeKind::opened || notice.kind == NoticeKind::updated;
}

std::string public_title_of(const Notice& notice, std::size_t most) {
  const auto incident = nlohmann::json::parse(notice.detail, nullptr, false);
  const bool named = incident.is_object() && incident.contains("title") && incident["title"].is_string();
  return cut(one_line(named ? incident["title"].get<std::string>() : "Mail delivery is disrupted"), most);
}

const char* component_word(const Notice& notice) {
  return notice.kind == NoticeKind::resolved ? "operational" : component_status_of(notice.impact);
}

std::map<ProviderName, std::string> ids_setting(const Channel& channel, const std::string& name) {
  const auto found = channel.settings.find(name);
  return found == channel.settings.end() ? std::map<ProviderName, std::string>() : found->second.ids;
}

}  // namespace mailcanary
