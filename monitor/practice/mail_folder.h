// One folder of a mailbox, in memory, as IMAP sees it: messages with rising UIDs, flags, and watchers that are told
// of every change.
// Bounds: 64 MiB and 10,000 messages a folder. Threads: the loop's thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"

namespace mailcanary::practice {

// System flags of RFC 3501 §2.3.2, as bits.
enum class MailFlag : unsigned { answered = 1, flagged = 2, deleted = 4, seen = 8, draft = 16 };

struct StoredMail {
  std::uint32_t uid = 0;
  WallTime arrived_at;
  std::shared_ptr<const std::string> bytes;  // CRLF line ends
  unsigned flags = 0;

  bool has(MailFlag flag) const { return (flags & static_cast<unsigned>(flag)) != 0; }
};

class MailFolder {
 public:
  using Watcher = std::function<void()>;
  MailFolder(std::string name, std::uint32_t uid_validity) : name_(std::move(name)), uid_validity_(uid_validity) {}

  const std::string& name() const { return name_; }
  std::uint32_t uid_validity() const { return uid_validity_; }
  std::uint32_t uid_next() const { return uid_next_; }
  const std::vector<StoredMail>& messages() const { return messages_; }  // by UID
  const StoredMail* find(std::uint32_t uid) const;

  enum class Stored { done, full };
  Stored store(std::string bytes, WallTime now);
  void set_flags(std::uint32_t uid, unsigned flags);
  void remove(std::uint32_t uid);
  // Called after every arrival and removal for as long as the returned handle lives. It must not change the folder.
  std::shared_ptr<Watcher> watch(Watcher watcher);

 private:
  void tell_watchers();

  std::string name_;
  std::uint32_t uid_validity_;
  std::uint32_t uid_next_ = 1;
  std::vector<StoredMail> messages_;
  std::size_t size_ = 0;
  std::vector<std::weak_ptr<Watcher>> watchers_;
};

struct Mailbox {
  std::string address, user, password;
  std::shared_ptr<MailFolder> inbox, junk;
};

}  // namespace mailcanary::practice
