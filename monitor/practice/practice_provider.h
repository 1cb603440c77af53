// A mail provider in the process, for `mailcanary demo`: SMTP takes mail, IMAP (with IDLE) shows it, on loopback,
// plain text, in memory. Faults can be switched while it runs. It speaks enough of both protocols for our own
// client and for curl; it is no mail server.
// Threads: the loop's thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/result.h"

namespace mailcanary {

struct PracticeFault {
  enum class Kind {
    none,
    refuse_connections,  // SMTP port closed: unreachable
    reject,              // 550 to RCPT
    defer,               // 451 to RCPT
    swallow,             // accepted and never delivered: lost
    hold,                // accepted and queued until the fault ends: late
    junk,                // filed into Junk
    bounce,              // accepted, then a delivery status notification comes back
    imap_down,           // IMAP port closed
  } kind = Kind::none;
};
const char* name_of(PracticeFault::Kind kind);

struct PracticeMailbox {
  std::string address, user, password;
};
struct PracticeProviderOptions {
  std::string name;  // in greetings and Received lines: "north.practice"
  std::vector<PracticeMailbox> mailboxes;
  Duration delivery_time = std::chrono::milliseconds(400);  // median; each message varies a little around it
};

class PracticeProvider {
 public:
  virtual ~PracticeProvider() = default;
  virtual int smtp_port() const = 0;
  virtual int imap_port() const = 0;
  virtual void set_fault(PracticeFault fault) = 0;  // held mail is delivered when a hold ends
  // Mail for an address of another practice provider goes there after delivery_time, and the other way round.
  virtual void connect_to(PracticeProvider& other) = 0;
  // Message handed over by another provider (its faults apply: an inbound fault).
  virtual void accept_from_peer(std::string recipient, std::string envelope_from, std::string message) = 0;
};
Result<std::unique_ptr<PracticeProvider>> make_practice_provider(EventLoop& loop, PracticeProviderOptions options);

}  // namespace mailcanary
