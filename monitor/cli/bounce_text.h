// What `mailcanary bounce` prints.
// Pure; any thread.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "core/ids.h"
#include "probes/bounce/bounce.h"

namespace mailcanary {

// The JSON of the design (§5), one line a recipient; a message that is no bounce has one line of kind none.
std::string bounce_json(const std::string& file, const BounceMail& mail, const std::optional<CanaryId>& canary);
// `file recipient status reply action reason hard agent`, parted by tabs; hard is 1 or 0.
std::string bounce_tsv_header();
std::string bounce_tsv(const std::string& file, const BounceMail& mail);
// For people: the file, and below it a line or two for each recipient.
std::string bounce_text(const std::string& file, const BounceMail& mail, const std::optional<CanaryId>& canary);

// How many of what, over many messages.
class BounceTally {
 public:
  void add(const BounceMail& mail);
  int messages() const { return messages_; }
  std::string text() const;

 private:
  int messages_ = 0, no_bounce_ = 0, recipients_ = 0, hard_ = 0;
  std::map<std::string, int> reasons_;
};

}  // namespace mailcanary
