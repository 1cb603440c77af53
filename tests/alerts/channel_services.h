// Each kind of channel that goes over HTTP: how it is set up against a local server, and what its service answers.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/alerts/channel_bed.h"

namespace mailcanary {

inline constexpr const char* the_secret = "T0PSECRET";

using Settings = std::map<std::string, ChannelSetting>;
ChannelSetting plain(std::string text);
ChannelSetting ids(std::map<ProviderName, std::string> map);
ChannelSetting texts(std::map<std::string, std::string> map);

struct Service {
  const char* kind;
  Settings (*settings)(const TestHttpServer& server);
  // What the service answers to an incident's way: opened, updated, resolved; one answer a request.
  std::vector<std::string> way;
  // A failure inside a 200, where the service has such; and what it means.
  std::string inside = "";
  Delivery::Outcome inside_means = Delivery::Outcome::retry_later;
  // The answer of one that is asked first whether the incident is there already: it is not.
  std::string not_there = "";

  std::vector<std::string> after_a_look(std::vector<std::string> answers) const {
    if (!not_there.empty()) answers.insert(answers.begin(), not_there);
    return answers;
  }
};

std::vector<Service> services();
Service service_of(const char* kind);
// One incident: opened, updated when it grew worse, resolved.
std::vector<Notice> way_of_an_incident();

}  // namespace mailcanary
