// What operators see in a browser: every route from and to, the newest canaries of each with the minutes of every hop,
// notices that were sent and held back, with the reasons; forms for what they do about incidents. Not public: it names
// accounts, hosts and replies.
// Pure; the same input gives the same bytes; any thread.
#pragma once
#include <string>
#include <vector>

#include "alerts/notice.h"
#include "alerts/status_view.h"
#include "config/config.h"
#include "probes/canary.h"

namespace mailcanary {

struct ReaderFault {
  AccountName account;
  std::string fault;
};

// `notices` of the incidents that are shown: those that are open and the newest ten.
std::string operator_page(const Config& config, const StatusView& view, const std::vector<ReaderFault>& faults,
                          const std::vector<Notice>& notices);
std::vector<const Incident*> incidents_for_operator(const StatusView& view);
std::string operator_route_page(const StatusView& view, const RouteView& route, const std::vector<Canary>& newest);
std::string operator_incident_page(const StatusView& view, const Incident& incident,
                                   const std::vector<Notice>& notices, const std::string& ack_link);

// Where a link of a notice leads: says which incident it is about, and takes it with one press of a button.
std::string acknowledge_page(const Incident& incident);

const char* operator_style();  // operator/style.css, after the site's own

}  // namespace mailcanary
