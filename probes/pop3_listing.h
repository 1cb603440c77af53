// What we know of a POP3 mailbox from one session to the next: its messages in their order, which of them have been
// looked at, which are ours. 16 bytes a message, so that 100,000 messages of other people are known and cost nothing.
// Does not: speak to a server.
// Pure; one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "probes/inbox.h"

namespace mailcanary {

class Pop3Listing {
 public:
  bool known() const { return known_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  // Of the last message; only when there is one.
  std::uint64_t last_number() const { return entries_.back().number; }

  // The first listing of a mailbox. What stood before the cursor has been looked at, and what is in `handled`; with a
  // cursor that means nothing here, or none, all but the newest `look_back` messages.
  struct Start {
    std::optional<FolderCursor> cursor;
    std::vector<std::uint64_t> handled;
    std::size_t look_back = 0;
  };
  void begin(const std::vector<std::uint64_t>& numbers, const Start& start);
  // All of a later listing; messages known are known again wherever they stand.
  void replace(const std::vector<std::uint64_t>& numbers);
  void append(const std::vector<std::uint64_t>& numbers);

  // Messages not yet looked at, the oldest first, by their place in this listing from 1.
  std::vector<std::uint32_t> unseen(std::size_t at_most) const;
  std::uint64_t number_at(std::uint32_t place) const { return entries_[place - 1].number; }
  std::optional<std::uint32_t> place_of(std::uint64_t number) const;
  enum class Whose { foreign, ours };
  void looked_at(std::uint32_t place, Whose whose);
  void removed(const std::vector<std::uint64_t>& numbers);

  // Where reading stands: uid_validity is half the number of the last message of others before which all has been
  // looked at (ours will be deleted), next_uid the place after it.
  FolderCursor cursor() const;

 private:
  struct Entry {
    std::uint64_t number = 0;
    bool looked = false, ours = false;
  };
  std::vector<Entry> entries_;
  bool known_ = false;
};

}  // namespace mailcanary
