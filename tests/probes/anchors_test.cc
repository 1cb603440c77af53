// Anchors: whether anybody answers.
#include "core/event_loop.h"
#include "probes/anchors.h"
#include "tests/catch.h"
#include "tests/probes/scripted_server.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

Task<void> try_into(EventLoop& loop, std::vector<HostPort> anchors, AnchorsTried* tried) {
  *tried = co_await try_anchors(loop, std::move(anchors), 5s);
}

AnchorsTried tried(std::vector<HostPort> anchors) {
  EventLoop loop;
  AnchorsTried result;
  loop.run_until_done(try_into(loop, std::move(anchors), &result));
  loop.abandon();
  return result;
}

// Nobody listens there any more.
int closed_port() { return ScriptedServer({}).port(); }

}  // namespace

TEST_CASE("one anchor that answers is enough") {
  ScriptedServer server({"drain"});
  const AnchorsTried all = tried({{"127.0.0.1", closed_port()}, {"127.0.0.1", server.port()}, {"no-such-host.invalid", 53}});
  CHECK(all.asked == 3);
  CHECK(all.answered == 1);
}

TEST_CASE("when no anchor answers, that is known as soon as all have failed") {
  const AnchorsTried none = tried({{"127.0.0.1", closed_port()}, {"no-such-host.invalid", 53}});
  CHECK(none.asked == 2);
  CHECK(none.answered == 0);
}
