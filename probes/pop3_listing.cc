#include "probes/pop3_listing.h"

#include <algorithm>

namespace mailcanary {
namespace {

std::uint32_t half_of(std::uint64_t number) { return static_cast<std::uint32_t>(number >> 32); }

// The place after the cursor's message; nothing when it is not there. It may have moved to the front since.
std::optional<std::size_t> place_after(const FolderCursor& cursor, const std::vector<std::uint64_t>& numbers) {
  if (cursor.next_uid <= 1) return 0;
  for (std::size_t at = std::min<std::size_t>(cursor.next_uid - 1, numbers.size()); at > 0; --at) {
    if (half_of(numbers[at - 1]) == cursor.uid_validity) return at;
  }
  return std::nullopt;
}

}  // namespace

void Pop3Listing::begin(const std::vector<std::uint64_t>& numbers, const Start& start) {
  entries_.clear();
  known_ = true;
  append(numbers);
  auto from = start.cursor ? place_after(*start.cursor, numbers) : std::nullopt;
  if (!from) from = numbers.size() - std::min(numbers.size(), start.look_back);
  for (std::size_t at = 0; at < *from; ++at) entries_[at].looked = true;
  std::vector<std::uint64_t> handled = start.handled;
  std::sort(handled.begin(), handled.end());
  for (Entry& entry : entries_) {
    if (std::binary_search(handled.begin(), handled.end(), entry.number)) entry.looked = entry.ours = true;
  }
}

void Pop3Listing::replace(const std::vector<std::uint64_t>& numbers) {
  const auto before = [](const Entry& a, const Entry& b) { return a.number < b.number; };
  std::vector<Entry> known = std::move(entries_);
  std::sort(known.begin(), known.end(), before);
  entries_.clear();
  append(numbers);
  for (Entry& entry : entries_) {
    const auto same = std::lower_bound(known.begin(), known.end(), entry, before);
    if (same != known.end() && same->number == entry.number) entry = *same;
  }
}

void Pop3Listing::append(const std::vector<std::uint64_t>& numbers) {
  for (const auto number : numbers) entries_.push_back({number});
}

std::vector<std::uint32_t> Pop3Listing::unseen(std::size_t at_most) const {
  std::vector<std::uint32_t> places;
  for (std::size_t at = 0; at < entries_.size() && places.size() < at_most; ++at) {
    if (!entries_[at].looked) places.push_back(static_cast<std::uint32_t>(at + 1));
  }
  return places;
}

std::optional<std::uint32_t> Pop3Listing::place_of(std::uint64_t number) const {
  // From the end: what is asked for is mostly young.
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                  [number](const Entry& entry) { return entry.number == number; });
  if (found == entries_.rend()) return std::nullopt;
  return static_cast<std::uint32_t>(entries_.rend() - found);
}

void Pop3Listing::looked_at(std::uint32_t place, Whose whose) {
  entries_[place - 1].looked = true;
  entries_[place - 1].ours = whose == Whose::ours;
}

void Pop3Listing::removed(const std::vector<std::uint64_t>& numbers) {
  std::erase_if(entries_, [&numbers](const Entry& entry) {
    return std::find(numbers.begin(), numbers.end(), entry.number) != numbers.end();
  });
}

FolderCursor Pop3Listing::cursor() const {
  FolderCursor cursor{"INBOX", 0, 1};
  for (std::size_t at = 0; at < entries_.size() && entries_[at].looked; ++at) {
    if (!entries_[at].ours) cursor = {"INBOX", half_of(entries_[at].number), static_cast<std::uint32_t>(at + 2)};
  }
  return cursor;
}

}  // namespace mailcanary
