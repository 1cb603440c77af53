// A life of a POP3 mailbox, a byte an event: mail comes, people and we delete it, the monitor looks and is started anew.
// Whatever happens, no message that was never looked at is passed over.
#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "probes/pop3_listing.h"
#include "tests/fuzz/check.h"

namespace {

using namespace mailcanary;

struct Life {
  std::vector<std::uint64_t> mailbox;  // as the server has it
  std::set<std::uint64_t> looked, ours;
  Pop3Listing listing;
  std::uint64_t made = 0;

  void arrive() { mailbox.push_back(++made * 0x9e3779b97f4a7c15u); }
  void erase(std::size_t which) {
    if (!mailbox.empty()) mailbox.erase(mailbox.begin() + place(which));
  }
  void reorder(std::size_t which) {
    if (!mailbox.empty()) std::rotate(mailbox.begin(), mailbox.begin() + place(which), mailbox.end());
  }
  std::ptrdiff_t place(std::size_t which) const { return static_cast<std::ptrdiff_t>(which % mailbox.size()); }
  void look(Pop3Listing::Whose whose) {
    const auto places = listing.unseen(1);
    if (places.empty()) return;
    const std::uint64_t number = listing.number_at(places[0]);
    listing.looked_at(places[0], whose);
    looked.insert(number);
    if (whose == Pop3Listing::Whose::ours) ours.insert(number);
  }
  void remove_ours() {
    std::erase_if(mailbox, [&](std::uint64_t number) { return ours.contains(number); });
    listing.removed({ours.begin(), ours.end()});
    ours.clear();
  }
  // Mail may have come, and one may have gone, since the cursor was kept.
  void start_anew(std::size_t which) {
    const FolderCursor cursor = listing.cursor();
    for (std::size_t mails = which % 4; mails > 0; --mails) arrive();
    if (which >= 16) erase(which);
    listing = {};
    listing.begin(mailbox, {cursor, {ours.begin(), ours.end()}, mailbox.size()});
  }
  void check() const {
    FUZZ_CHECK(listing.size() == mailbox.size());
    const auto places = listing.unseen(mailbox.size());
    std::set<std::uint64_t> unseen;
    for (const auto place : places) {
      FUZZ_CHECK(place >= 1 && place <= listing.size());
      unseen.insert(listing.number_at(place));
    }
    for (const auto number : mailbox) {
      FUZZ_CHECK(looked.contains(number) || unseen.contains(number));
      FUZZ_CHECK(!ours.contains(number) || !unseen.contains(number));
      const auto place = listing.place_of(number);
      FUZZ_CHECK(place && listing.number_at(*place) == number);
    }
    const FolderCursor cursor = listing.cursor();
    FUZZ_CHECK(cursor.next_uid <= mailbox.size() + 1);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Life life;
  life.listing.begin({}, {std::nullopt, {}, 0});
  for (std::size_t at = 0; at < std::min<std::size_t>(size, 300); ++at) {
    const std::size_t which = data[at] >> 3;
    switch (data[at] & 7) {
      case 0:
      case 1: life.arrive(); break;
      case 2: life.erase(which); break;
      case 3: life.look(Pop3Listing::Whose::foreign); break;
      case 4: life.look(Pop3Listing::Whose::ours); break;
      case 5: life.remove_ours(); break;
      case 6: life.start_anew(which); break;
      default: life.reorder(which); break;
    }
    life.listing.replace(life.mailbox);
    life.check();
  }
  return 0;
}
