#include "probes/anchors.h"

#include <memory>

#include "config/endpoint.h"
#include "core/line_session.h"

namespace mailcanary {
namespace {

struct Trial {
  explicit Trial(EventLoop& loop) : news(loop) {}
  AnchorsTried tried;
  int running = 0;
  Wakeup news;
};

Task<void> try_one(EventLoop& loop, HostPort anchor, MonoTime deadline, std::shared_ptr<Trial> trial) {
  LineEndpoint endpoint;
  endpoint.url = "tcp://" + to_text(anchor);
  const auto opened = co_await LineSession::open(loop, std::move(endpoint), deadline);
  if (opened.session != nullptr) ++trial->tried.answered;
  --trial->running;
  trial->news.notify();
}

}  // namespace

Task<AnchorsTried> try_anchors(EventLoop& loop, std::vector<HostPort> anchors, Duration patience) {
  const auto trial = std::make_shared<Trial>(loop);
  const MonoTime deadline = loop.now().mono + patience;
  trial->tried.asked = trial->running = static_cast<int>(anchors.size());
  for (auto& anchor : anchors) loop.spawn(try_one(loop, std::move(anchor), deadline, trial));
  while (trial->running > 0 && trial->tried.answered == 0 && loop.now().mono < deadline)
    co_await trial->news.wait_for(deadline - loop.now().mono);
  co_return trial->tried;
}

}  // namespace mailcanary
