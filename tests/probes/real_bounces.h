// Bounces of real mail, written for tests, and what was counted of them as words.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "probes/traffic_bounce.h"
#include "tests/probes/inbox_fixture.h"

namespace mailcanary {

inline std::string report_header(const std::string& id) {
  return "Received: from mx.shop.example by mail.shop.example; Tue, 24 Nov 2026 11:59:30 +0000\r\n"
         "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.shop.example\r\nTo: bounces@shop.example\r\n"
         "Message-ID: <" + id + "@mx.shop.example>\r\nSubject: Undelivered\r\n"
         "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n";
}
inline std::string failed(const std::string& recipient, const std::string& status, const std::string& said) {
  return "\r\nFinal-Recipient: rfc822; " + recipient + "\r\nAction: failed\r\nStatus: " + status +
         "\r\nDiagnostic-Code: smtp; " + said + "\r\n";
}
inline std::string report(const std::string& id, const std::string& groups) {
  return report_header(id) +
         "--b\r\nContent-Type: text/plain\r\n\r\nYour mail did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
         "Reporting-MTA: dns; mx.shop.example\r\n" + groups + "\r\n--b--\r\n";
}
inline const std::string full = failed("bob@Full.Example", "5.2.2", "552 5.2.2 mailbox full");
inline const std::string unknown = failed("eve@gone.example", "5.1.1", "550 5.1.1 user unknown");

// "full.example mailboxfull soft 1, …"
inline std::string words(const std::optional<TrafficBounce>& bounce) {
  if (!bounce) return "nothing";
  std::string text;
  for (const auto& group : bounce->groups) {
    text += (text.empty() ? "" : ", ") + group.domain + " " + group.reason + (group.hard ? " hard " : " soft ") +
            std::to_string(group.recipients);
  }
  return text;
}
inline std::string words(const std::vector<TrafficBounce>& bounces) {
  std::string text;
  for (const auto& bounce : bounces) text += (text.empty() ? "" : " | ") + words(bounce);
  return text;
}

}  // namespace mailcanary
