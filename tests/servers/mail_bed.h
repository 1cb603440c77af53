// A private Postfix and Dovecot for one test or bench, with faults that can be switched. tests/servers/mailbed does
// the work (see `mailbed --help`); this starts it in a fresh directory and removes it in the end, also when the test
// program crashes.
// Does not: need names, ports or files of the machine; any number of beds run side by side.
// Threads: one at a time. Failures are std::runtime_error with what mailbed said: in a test there is no way on.
#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mailcanary::testbed {

struct MailBedOptions {
  std::vector<std::string> names = {"shop", "watch"};
  int accounts = 0;  // at least this many; those beyond the names are a001, a002, ...
  std::vector<std::string> also = {};  // "exim", "opensmtpd", "cyrus", "courier", "opendkim"
};

// One message as Dovecot's log tells of it, to the microsecond.
struct Arrival {
  std::chrono::sys_time<std::chrono::microseconds> at;
  std::string address;  // of the mailbox
  std::string folder;
  std::string message_id;  // without angle brackets
};

class MailBed {
 public:
  explicit MailBed(const MailBedOptions& options = {});
  ~MailBed();
  MailBed(const MailBed&) = delete;
  MailBed& operator=(const MailBed&) = delete;

  // Places.
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path ca() const { return directory_ / "ca.pem"; }
  std::filesystem::path configuration() const { return directory_ / "mailcanary.yaml"; }  // the first two accounts
  std::filesystem::path mesh_configuration() const { return directory_ / "mesh.yaml"; }   // all of them
  std::filesystem::path dovecot_log() const { return directory_ / "dovecot.log"; }        // UTC, microseconds
  std::filesystem::path postfix_log() const { return directory_ / "postfix.log"; }        // UTC, seconds
  std::filesystem::path maildir(const std::string& account) const { return directory_ / "mail" / account / "Maildir"; }
  std::filesystem::path password_file(const std::string& account) const { return directory_ / "secrets" / account; }

  // Servers; all on 127.0.0.1.
  int smtps_port() const { return number("SMTPS_PORT"); }
  int submission_port() const { return number("SUBMISSION_PORT"); }  // STARTTLS and a login demanded
  int smtp_port() const { return number("SMTP_PORT"); }              // STARTTLS offered, no login needed
  int imaps_port() const { return number("IMAPS_PORT"); }
  int imap_port() const { return number("IMAP_PORT"); }  // STARTTLS offered
  int pop3s_port() const { return number("POP3S_PORT"); }
  int pop3_port() const { return number("POP3_PORT"); }
  int lmtp_port() const { return number("LMTP_PORT"); }
  // Of the others: "EXIM_SMTPS", "OPENSMTPD_SUBMISSION", "CYRUS_IMAPS", "COURIER_POP3S", ...
  int port(const std::string& server) const { return number(server + "_PORT"); }
  bool opensmtpd_has_tls() const { return env_.at("OPENSMTPD_TLS") == "yes"; }

  // Accounts; the address is the user name too. In Cyrus and Courier the user is the name, and the address
  // NAME@cyrus.bed.example, NAME@courier.bed.example.
  std::vector<std::string> accounts() const;
  std::string address(const std::string& account) const;
  std::string password(const std::string& account) const;

  // What has arrived so far, oldest first.
  std::vector<Arrival> arrivals() const;
  // Waits until there are that many; what there is when the time is over.
  std::vector<Arrival> wait_for_arrivals(std::size_t count, std::chrono::milliseconds at_most) const;

  // Faults. Each returns when it is in force; sessions that are open see refuse, defer, accept and hold at once.
  void stop_postfix() { tell({"postfix", "stop"}); }
  void start_postfix() { tell({"postfix", "start"}); }
  void stop_dovecot() { tell({"dovecot", "stop"}); }
  void start_dovecot() { tell({"dovecot", "start"}); }
  void refuse(const std::string& address) { tell({"refuse"}, {address}); }  // 550 5.1.1 at RCPT
  void refuse(const std::string& address, const std::string& reply) { tell({"refuse"}, {address, reply}); }
  void defer(const std::string& address) { tell({"defer"}, {address}); }    // 452 4.2.2 at RCPT
  void bounce(const std::string& address) { tell({"bounce"}, {address}); }  // accepted, then returned
  // What the next server says: 5xx is returned, 4xx waits in the queue.
  void bounce(const std::string& address, const std::string& reply) { tell({"bounce"}, {address, reply}); }
  void lose(const std::string& address) { tell({"lose"}, {address}); }      // accepted, never seen again
  void junk(const std::string& address) { tell({"junk"}, {address}); }
  void accept(const std::string& address) { tell({"accept"}, {address}); }  // undoes all of these
  void hold_queue() { tell({"hold"}); }
  void release_queue() { tell({"release"}); }
  void delay_delivery(std::chrono::seconds time) { tell({"delay"}, {std::to_string(time.count())}); }
  void expire_certificate() { tell({"expire-cert"}); }
  void renew_certificate() { tell({"renew-cert"}); }
  void change_password(const std::string& account, const std::string& to) { tell({"passwd"}, {account, to}); }
  // Words of `mailbed alter`: "subject", "links", "footer", "twice"; "nothing" undoes them.
  void alter(const std::vector<std::string>& what) { tell({"alter"}, what); }
  void set_postfix(const std::string& name_and_value) { tell({"set"}, {name_and_value}); }  // "name=value"

 private:
  void tell(std::vector<std::string> command, const std::vector<std::string>& arguments = {}) const;
  int number(const std::string& name) const;

  std::filesystem::path directory_;
  std::map<std::string, std::string> env_;
};

}  // namespace mailcanary::testbed
