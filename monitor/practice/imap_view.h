// An open folder as one IMAP client sees it: sequence numbers stay as they are until the client is told of a change
// (RFC 3501 §7.4.1), and in IDLE it is told at once (RFC 2177).
// Each command writes untagged answers to the stream and returns what follows the tag: "OK …", "NO …", "BAD …".
// Threads: the loop's thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "monitor/practice/imap_syntax.h"
#include "monitor/practice/line_server.h"
#include "monitor/practice/mail_folder.h"

namespace mailcanary::practice {

class ImapView {
 public:
  enum class Access { read_write, read_only };
  enum class Numbers { sequence, uid };

  // Says what SELECT says of the folder.
  ImapView(std::shared_ptr<MailFolder> folder, std::shared_ptr<LineStream> stream, Access access);
  ImapView(const ImapView&) = delete;
  ImapView& operator=(const ImapView&) = delete;

  // FETCH, SEARCH, STORE, EXPUNGE, CLOSE.
  Task<std::string> obey(std::string command, ImapTokens arguments, Numbers numbers);
  void announce_changes();
  void start_announcing();  // at once, until stop_announcing()
  void stop_announcing() { watcher_.reset(); }

 private:
  Task<std::string> fetch(ImapTokens arguments, Numbers numbers);
  std::string search(const ImapTokens& arguments, Numbers numbers);
  std::string store(const ImapTokens& arguments, Numbers numbers);
  std::string expunge(const ImapTokens& arguments, Numbers numbers);
  void announce_new();
  void say(std::string_view line);
  std::optional<std::vector<std::uint32_t>> chosen(const ImapTokens& arguments, Numbers numbers) const;
  std::uint32_t number_of(std::uint32_t uid) const;
  std::uint32_t last_uid() const { return uids_.empty() ? 0 : uids_.back(); }

  std::shared_ptr<MailFolder> folder_;
  std::shared_ptr<LineStream> stream_;
  Access access_;
  std::vector<std::uint32_t> uids_;  // in the order of the sequence numbers the client knows
  std::shared_ptr<MailFolder::Watcher> watcher_;
};

}  // namespace mailcanary::practice
