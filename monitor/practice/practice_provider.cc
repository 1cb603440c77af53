#include "monitor/practice/practice_provider.h"

#include "monitor/practice/imap_session.h"
#include "monitor/practice/line_server.h"
#include "monitor/practice/post_office.h"
#include "monitor/practice/smtp_session.h"

namespace mailcanary {
namespace {

using practice::LineServer;
using practice::LineStream;
using practice::PostOffice;
using Counter = Task<void> (*)(std::shared_ptr<PostOffice>, std::shared_ptr<LineStream>);

Task<void> nobody_home() { co_return; }

// A connection that is served after the provider died is closed at once.
LineServer::Session counter_of(const std::shared_ptr<PostOffice>& office, Counter serve) {
  return [weak = std::weak_ptr<PostOffice>(office), serve](std::shared_ptr<LineStream> stream) {
    auto alive = weak.lock();
    return alive ? serve(std::move(alive), std::move(stream)) : nobody_home();
  };
}

class Provider : public PracticeProvider {
 public:
  Provider(std::shared_ptr<PostOffice> office, std::unique_ptr<LineServer> smtp, std::unique_ptr<LineServer> imap)
      : office_(std::move(office)), smtp_(std::move(smtp)), imap_(std::move(imap)) {
    office_->open();
  }
  ~Provider() override { office_->close(); }
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  int smtp_port() const override { return smtp_->port(); }
  int imap_port() const override { return imap_->port(); }

  void set_fault(PracticeFault fault) override {
    office_->set_fault(fault.kind);
    if (fault.kind == PracticeFault::Kind::refuse_connections)
      smtp_->refuse();
    else
      smtp_->accept();
    if (fault.kind == PracticeFault::Kind::imap_down)
      imap_->refuse();
    else
      imap_->accept();
  }

  void connect_to(PracticeProvider& other) override {
    auto& provider = dynamic_cast<Provider&>(other);
    office_->add_peer(provider.office_);
    provider.office_->add_peer(office_);
  }

  void accept_from_peer(std::string recipient, std::string envelope_from, std::string message) override {
    office_->take_from_outside(std::move(recipient), std::move(envelope_from), std::move(message));
  }

 private:
  std::shared_ptr<PostOffice> office_;
  std::unique_ptr<LineServer> smtp_, imap_;
};

}  // namespace

const char* name_of(PracticeFault::Kind kind) {
  switch (kind) {
    case PracticeFault::Kind::none: return "none";
    case PracticeFault::Kind::refuse_connections: return "refuse connections";
    case PracticeFault::Kind::reject: return "reject";
    case PracticeFault::Kind::defer: return "defer";
    case PracticeFault::Kind::swallow: return "swallow";
    case PracticeFault::Kind::hold: return "hold";
    case PracticeFault::Kind::junk: return "junk";
    case PracticeFault::Kind::bounce: return "bounce";
    case PracticeFault::Kind::imap_down: return "imap down";
  }
  return "none";
}

Result<std::unique_ptr<PracticeProvider>> make_practice_provider(EventLoop& loop, PracticeProviderOptions options) {
  auto office = std::make_shared<PostOffice>(loop, std::move(options));
  auto smtp = LineServer::open(loop, counter_of(office, practice::serve_smtp));
  if (!smtp) return smtp.error();
  auto imap = LineServer::open(loop, counter_of(office, practice::serve_imap));
  if (!imap) return imap.error();
  return std::unique_ptr<PracticeProvider>(
      std::make_unique<Provider>(std::move(office), std::move(*smtp), std::move(*imap)));
}

}  // namespace mailcanary
