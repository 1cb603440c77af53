// What happens to mail inside a practice provider: who has a mailbox, what is on its way, what a fault does to it, and
// the reports that go back. SMTP and IMAP sessions are its counters.
// Does not: open ports, parse protocols, or ever give up on deferred mail.
// Bounds: 10,000 messages on the way. Threads: the loop's thread. Owned by shared_ptr: sessions may outlive the
// provider by one turn of the loop; close() ends everything it started.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "monitor/practice/delivery_report.h"
#include "monitor/practice/mail_folder.h"
#include "monitor/practice/practice_provider.h"
#include "monitor/practice/smtp_syntax.h"

namespace mailcanary::practice {

struct Envelope {
  std::string from;  // empty: the null sender
  std::string to;
  std::string trace;                           // Received lines so far, newest first
  std::shared_ptr<const std::string> message;  // CRLF line ends, as it was submitted
  std::string envelope_id, original_recipient;
  DsnNotify notify;
  DeliveryReport::Return returns = DeliveryReport::Return::header;
  std::string queue_id;
  WallTime accepted_at;
  std::string doom;  // the reply with which it will bounce, or empty
};

class PostOffice : public std::enable_shared_from_this<PostOffice> {
 public:
  static constexpr std::size_t message_limit = 10u << 20;

  PostOffice(EventLoop& loop, PracticeProviderOptions options);
  void open();   // starts the carrier
  void close();  // ends it; nothing is delivered any more
  void set_fault(PracticeFault::Kind fault);
  void add_peer(const std::shared_ptr<PostOffice>& peer);

  const std::string& name() const { return options_.name; }
  Now now() const { return loop_.now(); }
  // Null when user or password is wrong. Also the address is taken as a user name.
  Mailbox* log_in(std::string_view user, std::string_view password);

  enum class Client { stranger, own_user };
  // The SMTP reply that refuses a recipient; nothing: mail for it is taken.
  std::optional<std::string> refusal_of(const std::string& recipient, Client client) const;
  // Takes responsibility. `arrival` is the start of the Received line: "from mail.example ([192.0.2.1])" and
  // `protocol` its "with". Returns the queue id.
  enum class Source { client, peer };
  std::string take(Envelope envelope, std::string_view arrival, std::string_view protocol, Source source);
  // Mail from outside, with nobody there to hear a refusal: it bounces or waits instead.
  void take_from_outside(std::string recipient, std::string envelope_from, std::string message);

 private:
  using Queue = std::multimap<MonoTime, Envelope>;
  static Task<void> carry(std::shared_ptr<PostOffice> self);
  void carry_due();
  void deliver(Envelope envelope);
  void hand_over(PostOffice& peer, Envelope envelope);
  void put_into(Mailbox& mailbox, Envelope envelope);
  void report(const Envelope& envelope, DeliveryReport::Action action, std::string reply, std::string remote_mta);
  void enqueue(Envelope envelope, Duration after);
  Duration delivery_time();
  Mailbox* mailbox_of(std::string_view address) const;
  bool owns_domain_of(std::string_view address) const;
  std::shared_ptr<PostOffice> peer_of(std::string_view address) const;

  EventLoop& loop_;
  PracticeProviderOptions options_;
  std::vector<std::unique_ptr<Mailbox>> mailboxes_;
  std::vector<std::weak_ptr<PostOffice>> peers_;
  PracticeFault::Kind fault_ = PracticeFault::Kind::none;
  Queue queue_;
  std::vector<Envelope> held_;
  Wakeup wake_;
  std::mt19937_64 random_;
  unsigned queue_ids_ = 0;
  bool closed_ = false;
};

}  // namespace mailcanary::practice
