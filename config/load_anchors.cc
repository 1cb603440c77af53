// Hosts elsewhere that tell whether our own network works.
#include <algorithm>

#include <fmt/format.h>

#include "config/endpoint.h"
#include "config/mail_domain.h"
#include "config/sections.h"
#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::size_t most_anchors = 8;

// "9.9.9.9:53", or a web address of which only the host counts.
Result<HostPort> read_anchor(std::string_view text) {
  if (text.find('@') != std::string_view::npos)
    return Error{ErrorKind::invalid_input, "a login has no place in it; write HOST:PORT"};
  for (const auto& [scheme, port] : {std::pair{"https://", 443}, std::pair{"http://", 80}}) {
    if (!istarts_with(text, scheme)) continue;
    text.remove_prefix(std::string_view(scheme).size());
    return parse_host_port(text.substr(0, text.find('/')), port);
  }
  if (text.find("://") != std::string_view::npos)
    return Error{ErrorKind::invalid_input, "it is only connected to, whatever it speaks; write HOST:PORT"};
  return parse_host_port(text, 0);
}

bool serves_mail(const Account& account, const std::string& host) {
  return (account.smtp && account.smtp->host == host) || (account.inbox && account.inbox->host == host) ||
         is_within(host, domain_of(account.address));
}

}  // namespace

void load_anchors(Loading& loading, const MapReader& top) {
  std::vector<HostPort>& anchors = loading.config.anchors;
  for (const auto& node : top.list("anchors")) {
    if (node->kind != YamlNode::Kind::scalar) {
      loading.report.error(node->place, "anchors: each entry is one host; write HOST:PORT, as in 9.9.9.9:53");
      continue;
    }
    auto anchor = read_anchor(node->text);
    if (!anchor) {
      loading.report.error(node->place, fmt::format("anchors: {}, as in 9.9.9.9:53", anchor.error().message));
      continue;
    }
    anchor->host = lower(anchor->host);
    const auto served = std::find_if(loading.config.accounts.begin(), loading.config.accounts.end(),
                                     [&](const Account& account) { return serves_mail(account, anchor->host); });
    if (served != loading.config.accounts.end())
      loading.report.warning(node->place,
                             fmt::format("anchors: {} belongs to the mail of account {}, and tells nothing that its "
                                         "canaries don't; name one of somebody else",
                                         in_quotes(anchor->host), in_quotes(served->name.str())));
    if (is_loopback(anchor->host))
      loading.report.warning(node->place,
                             fmt::format("anchors: {} is this machine, and answers though its network is down; name "
                                         "one elsewhere",
                                         in_quotes(anchor->host)));
    if (std::any_of(anchors.begin(), anchors.end(),
                    [&](const HostPort& other) { return to_text(other) == to_text(*anchor); })) {
      loading.report.error(node->place,
                           fmt::format("anchors: {} stands here twice; name another, or none", to_text(*anchor)));
      continue;
    }
    anchors.push_back(std::move(*anchor));
  }
  if (anchors.size() > most_anchors)
    loading.report.error(top.place_of("anchors"),
                         fmt::format("anchors: {} are more than {}; three are plenty", anchors.size(), most_anchors));
}

}  // namespace mailcanary
