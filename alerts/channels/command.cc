// A program of this machine, started for each notice without a shell: its arguments as they stand in the configuration,
// the notice as JSON on its standard input. Exit code 0: told; 64 to 66 and 77 (sysexits.h: usage, data, input, permission): refused for
// good; anything else, or no end in time: tried again.
#include <fmt/format.h>

#include "alerts/channels/kinds.h"
#include "alerts/channels/notice_json.h"
#include "core/local_command.h"

namespace mailcanary {
namespace {

using Outcome = Delivery::Outcome;

bool refused_for_good(int code) { return (code >= 64 && code <= 66) || code == 77; }

class CommandChannel : public ChannelAdapter {
 public:
  CommandChannel(ChannelTools tools, std::vector<std::string> arguments, Duration timeout)
      : tools_(tools), arguments_(std::move(arguments)), timeout_(timeout) {}

  Task<Delivery> deliver(Notice notice) override {
    LocalCommand command{arguments_, notice_json(notice, Form::full) + "\n"};
    const MonoTime deadline = tools_.loop.now().mono + timeout_;
    const Result<CommandEnd> end = co_await run_command(tools_.loop, std::move(command), deadline);
    Delivery delivery;
    if (!end) {
      delivery.detail = end.error().message;
      co_return delivery;
    }
    if (end->exit_code == 0) {
      delivery.outcome = Outcome::delivered;
      delivery.detail = "exit code 0";
      co_return delivery;
    }
    if (end->exit_code && refused_for_good(*end->exit_code)) delivery.outcome = Outcome::bad_payload;
    delivery.detail = end->exit_code ? fmt::format("exit code {}", *end->exit_code) : fmt::format("signal {}", end->signal);
    if (!end->complaint.empty()) delivery.detail += ": " + end->complaint.line();
    co_return delivery;
  }

 private:
  ChannelTools tools_;
  std::vector<std::string> arguments_;
  Duration timeout_;
};

}  // namespace

MadeChannel make_command_channel(ChannelTools tools, const Channel& channel) {
  const auto run = channel.settings.find("run");
  if (run == channel.settings.end() || run->second.list.empty()) return bad_setting(channel, "run is missing");
  return std::unique_ptr<ChannelAdapter>(
      std::make_unique<CommandChannel>(tools, run->second.list, channel.timeout));
}

}  // namespace mailcanary
