// The frame of the operator's pages, and the pieces they share.
// Pure; any thread. Inside monitor/operator_*.cc only.
#pragma once
#include <string>
#include <string_view>

#include "alerts/notice.h"
#include "alerts/status_view.h"

namespace mailcanary {

// Loaded again by hand only: what moves by itself keeps out who reads slowly, or is writing.
std::string operator_frame(const StatusView& view, std::string_view title, std::string_view main);
std::string notices_table(const std::vector<Notice>& notices, WallTime now);  // the newest first
std::string incident_address_for_operator(const IncidentId& id);              // "/operator/incidents/01J…"

}  // namespace mailcanary
