// Notices by mail: hands them over by the same means as canaries, from any account that can send.
// Does not: retry, count against an account's daily limit, or judge whether that way is a good one (config/ does).
// Threads: the loop's thread.
#pragma once
#include <memory>

#include "alerts/channel.h"
#include "config/config.h"
#include "core/event_loop.h"

namespace mailcanary {

// `config` must outlive it.
std::unique_ptr<MailSender> make_mail_sender(EventLoop& loop, const Config& config);

}  // namespace mailcanary
