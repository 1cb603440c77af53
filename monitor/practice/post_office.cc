#include "monitor/practice/post_office.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "config/mail_domain.h"
#include "core/crypto.h"
#include "core/log.h"
#include "core/text.h"
#include "core/units.h"

namespace mailcanary::practice {
namespace {

constexpr std::size_t queue_limit = 10'000;
constexpr Duration retry_pause = std::chrono::milliseconds(250);

// Plus addresses come to the same mailbox (RFC 5233).
std::string without_tag(std::string_view address) {
  const auto at = address.rfind('@');
  const auto plus = address.find('+');
  if (at == std::string_view::npos || plus == std::string_view::npos || plus > at) return lower(address);
  return lower(std::string(address.substr(0, plus)) + std::string(address.substr(at)));
}

std::uint32_t seconds_of(WallTime time) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

}  // namespace

PostOffice::PostOffice(EventLoop& loop, PracticeProviderOptions options)
    : loop_(loop), options_(std::move(options)), wake_(loop), random_(fnv1a64(options_.name)) {
  const std::uint32_t validity = seconds_of(loop.now().wall);
  for (const PracticeMailbox& wanted : options_.mailboxes) {
    mailboxes_.push_back(std::make_unique<Mailbox>(Mailbox{lower(wanted.address), wanted.user, wanted.password,
                                                           std::make_shared<MailFolder>("INBOX", validity),
                                                           std::make_shared<MailFolder>("Junk", validity)}));
  }
}

void PostOffice::open() { loop_.spawn(carry(shared_from_this())); }

void PostOffice::close() {
  closed_ = true;
  queue_.clear();
  held_.clear();
  wake_.notify();
}

void PostOffice::set_fault(PracticeFault::Kind fault) {
  fault_ = fault;
  if (fault == PracticeFault::Kind::hold) return;
  for (Envelope& envelope : std::exchange(held_, {})) enqueue(std::move(envelope), Duration::zero());
}

void PostOffice::add_peer(const std::shared_ptr<PostOffice>& peer) {
  const bool known = std::any_of(peers_.begin(), peers_.end(), [&](const auto& weak) { return weak.lock() == peer; });
  if (!known && peer.get() != this) peers_.push_back(peer);
}

Mailbox* PostOffice::log_in(std::string_view user, std::string_view password) {
  for (const auto& mailbox : mailboxes_) {
    const bool named = mailbox->user == user || iequals(mailbox->address, user);
    if (named && equal_in_constant_time(mailbox->password, password)) return mailbox.get();
  }
  return nullptr;
}

Mailbox* PostOffice::mailbox_of(std::string_view address) const {
  const std::string wanted = without_tag(address);
  for (const auto& mailbox : mailboxes_)
    if (mailbox->address == wanted) return mailbox.get();
  return nullptr;
}

bool PostOffice::owns_domain_of(std::string_view address) const {
  const std::string domain = domain_of(address);
  return std::any_of(mailboxes_.begin(), mailboxes_.end(),
                     [&](const auto& mailbox) { return domain_of(mailbox->address) == domain; });
}

std::shared_ptr<PostOffice> PostOffice::peer_of(std::string_view address) const {
  for (const auto& weak : peers_) {
    auto peer = weak.lock();
    if (peer && !peer->closed_ && peer->owns_domain_of(address)) return peer;
  }
  return nullptr;
}

std::optional<std::string> PostOffice::refusal_of(const std::string& recipient, Client client) const {
  if (fault_ == PracticeFault::Kind::reject)
    return fmt::format("550 5.7.1 <{}>: mail is refused (practice fault)", recipient);
  if (fault_ == PracticeFault::Kind::defer)
    return fmt::format("451 4.7.1 <{}>: try again later (practice fault)", recipient);
  if (queue_.size() + held_.size() >= queue_limit) return "452 4.3.1 too much mail is waiting";
  const bool local = owns_domain_of(recipient);
  if (local && !mailbox_of(recipient)) return fmt::format("550 5.1.1 <{}>: no such mailbox here", recipient);
  if (!local && client == Client::stranger) return fmt::format("554 5.7.1 <{}>: relay access denied", recipient);
  return std::nullopt;
}

std::string PostOffice::take(Envelope envelope, std::string_view arrival, std::string_view protocol, Source source) {
  const Now time = now();
  envelope.accepted_at = time.wall;
  envelope.queue_id = fmt::format("{:08X}", ++queue_ids_);
  envelope.trace = fmt::format("Received: {}\r\n\tby {} with {} id {}\r\n\tfor <{}>; {}\r\n", arrival, name(), protocol,
                               envelope.queue_id, envelope.to, format_mail_date(time.wall)) +
                   envelope.trace;
  const std::string queue_id = envelope.queue_id;
  if (fault_ == PracticeFault::Kind::swallow) {
    log_debug("practice provider {}: {} swallowed (practice fault)", name(), queue_id);
    return queue_id;
  }
  // A report that bounced would have nobody to report to.
  if (fault_ == PracticeFault::Kind::bounce && !envelope.from.empty())
    envelope.doom = fmt::format("550 5.4.1 <{}>: mail is bounced (practice fault)", envelope.to);
  if (fault_ == PracticeFault::Kind::hold)
    held_.push_back(std::move(envelope));
  else
    enqueue(std::move(envelope), source == Source::client ? delivery_time() : Duration::zero());
  return queue_id;
}

void PostOffice::take_from_outside(std::string recipient, std::string envelope_from, std::string message) {
  Envelope envelope;
  envelope.from = std::move(envelope_from);
  envelope.to = std::move(recipient);
  envelope.message = std::make_shared<const std::string>(std::move(message));
  envelope.accepted_at = now().wall;
  auto refusal = refusal_of(envelope.to, Client::stranger);
  if (refusal && refusal->starts_with('5')) {
    report(envelope, DeliveryReport::Action::failed, std::move(*refusal), "");
  } else if (refusal) {
    enqueue(std::move(envelope), retry_pause);
  } else {
    take(std::move(envelope), "from outside ([127.0.0.1])", "ESMTP", Source::peer);
  }
}

void PostOffice::enqueue(Envelope envelope, Duration after) {
  if (closed_) return;
  queue_.emplace(now().mono + after, std::move(envelope));
  wake_.notify();
}

// Log-normal, the usual shape of delivery times, but narrow: a demo should not show outliers.
Duration PostOffice::delivery_time() {
  std::normal_distribution<double> spread(0.0, 0.2);
  const double factor = std::exp(spread(random_));
  return std::chrono::duration_cast<Duration>(options_.delivery_time * factor);
}

Task<void> PostOffice::carry(std::shared_ptr<PostOffice> self) {
  while (!self->closed_) {
    self->carry_due();
    Duration pause = std::chrono::hours(1);
    if (!self->queue_.empty()) pause = std::max(self->queue_.begin()->first - self->now().mono, Duration::zero());
    co_await self->wake_.wait_for(pause);
  }
}

void PostOffice::carry_due() {
  const MonoTime due = now().mono;
  while (!queue_.empty() && queue_.begin()->first <= due) deliver(std::move(queue_.extract(queue_.begin()).mapped()));
}

void PostOffice::deliver(Envelope envelope) {
  if (!envelope.doom.empty()) {
    report(envelope, DeliveryReport::Action::failed, envelope.doom, "");
  } else if (Mailbox* mailbox = mailbox_of(envelope.to)) {
    put_into(*mailbox, std::move(envelope));
  } else if (const auto peer = peer_of(envelope.to)) {
    hand_over(*peer, std::move(envelope));
  } else {
    report(envelope, DeliveryReport::Action::failed, fmt::format("550 5.1.2 <{}>: no such host", envelope.to), "");
  }
}

void PostOffice::hand_over(PostOffice& peer, Envelope envelope) {
  const bool reachable = peer.fault_ != PracticeFault::Kind::refuse_connections;
  auto refusal = peer.refusal_of(envelope.to, Client::stranger);
  if (!reachable || (refusal && refusal->starts_with('4'))) {
    enqueue(std::move(envelope), retry_pause);
  } else if (refusal) {
    report(envelope, DeliveryReport::Action::failed, std::move(*refusal), peer.name());
  } else {
    peer.take(std::move(envelope), fmt::format("from {} ({} [127.0.0.1])", name(), name()), "ESMTP", Source::peer);
  }
}

void PostOffice::put_into(Mailbox& mailbox, Envelope envelope) {
  MailFolder& folder = fault_ == PracticeFault::Kind::junk ? *mailbox.junk : *mailbox.inbox;
  std::string bytes = fmt::format("Return-Path: <{}>\r\nDelivered-To: {}\r\n", envelope.from, mailbox.address);
  bytes += envelope.trace;
  bytes += *envelope.message;
  if (folder.store(std::move(bytes), now().wall) == MailFolder::Stored::full) {
    report(envelope, DeliveryReport::Action::failed, "552 5.2.2 the mailbox is full", "");
  } else if (envelope.notify.success) {
    report(envelope, DeliveryReport::Action::delivered, "250 2.1.5 delivered", "");
  }
}

void PostOffice::report(const Envelope& envelope, DeliveryReport::Action action, std::string reply,
                        std::string remote_mta) {
  const bool failed = action == DeliveryReport::Action::failed;
  if (envelope.from.empty() || (failed && !envelope.notify.failure)) return;
  const DeliveryReport facts{.action = action,
                             .returns = envelope.returns,
                             .reporting_mta = name(),
                             .remote_mta = std::move(remote_mta),
                             .sender = envelope.from,
                             .recipient = envelope.to,
                             .original_recipient = envelope.original_recipient,
                             .envelope_id = envelope.envelope_id,
                             .reply = std::move(reply),
                             .arrived_at = envelope.accepted_at};
  Envelope back;
  back.to = envelope.from;
  back.accepted_at = now().wall;
  back.queue_id = fmt::format("{:08X}", ++queue_ids_);
  back.trace = fmt::format("Received: by {} (practice mail system)\r\n\tid {}; {}\r\n", name(), back.queue_id,
                           format_mail_date(back.accepted_at));
  back.message =
      std::make_shared<const std::string>(compose_report(facts, envelope.trace + *envelope.message, back.accepted_at));
  enqueue(std::move(back), Duration::zero());
}

}  // namespace mailcanary::practice
