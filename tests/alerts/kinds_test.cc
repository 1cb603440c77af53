#include <set>

#include "config/channel_kinds.h"
#include "tests/alerts/channel_bed.h"
#include "tests/alerts/mail_drop.h"

using namespace mailcanary;

TEST_CASE("every kind of channel has a name of its own and can be made") {
  ChannelBed bed({});
  std::set<std::string> names;
  for (const auto& kind : channel_kinds()) {
    CAPTURE(kind.name);
    CHECK(names.insert(kind.name).second);
    CHECK(channel_kind(kind.name) == &kind);
    Channel channel;
    channel.name = ChannelName("x");
    channel.kind = kind.name;
    for (const auto& setting : kind.settings) {
      if (setting.need != SettingInfo::Need::required) continue;
      channel.settings[setting.name] = secret_setting("https://x.example/");
      if (setting.type == SettingType::arguments) channel.settings[setting.name].list = {"/bin/true"};
    }
    if (kind.name == std::string("slack")) channel.settings["webhook"] = secret_setting("https://x.example/");
    if (kind.name == std::string("matrix")) channel.settings["room"] = secret_setting("!room:x.example");
    if (kind.name == std::string("mail")) channel.settings["to"] = secret_setting("boss@x.example");
    if (kind.name == std::string("zabbix")) channel.settings["server"] = secret_setting("x.example");
    MailDrop mail;
    CHECK(make_channel({bed.loop, bed.http, &mail}, channel));
  }
  CHECK(channel_kind("pigeon") == nullptr);
}

TEST_CASE("a channel of a kind that nothing delivers to is refused with what there is") {
  ChannelBed bed({});
  Channel channel;
  channel.name = ChannelName("roof");
  channel.kind = "pigeon";
  const auto made = make_channel({bed.loop, bed.http}, channel);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::invalid_input);
  CHECK(made.error().message.starts_with(
      "channel roof (pigeon): nothing here delivers to this kind; use one of alertmanager, better_stack, cachet, command, "));
}
