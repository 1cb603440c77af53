// The inside of Wakeup, for event_loop.cc and line_session.cc.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "core/event_loop.h"

namespace mailcanary {

struct Wakeup::Impl {
  explicit Impl(boost::asio::any_io_executor executor) : timer(std::move(executor)) {}
  boost::asio::steady_timer timer;
  bool notified = false;
  std::function<void()> on_notify;  // another kind of wait (for a socket) that notify() must end too
};

}  // namespace mailcanary
