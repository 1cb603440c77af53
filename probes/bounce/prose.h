// The people's part of a bounce: whom it speaks of and what it says of each. Formats differ without end, so this goes
// by shape and not by mailer: an address at the head of a line and the lines below it, an address after words that
// introduce one, and the mark at which the original message begins. The words are tables in prose_words.cc.
// Pure; any thread; linear in the text, of which the first 64 KiB count.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mailcanary::bounce {

constexpr std::size_t max_prose = 64 * 1024;

// The text before the original message, and the original message when it follows.
struct ProseParts {
  std::string_view report, original;
};
ProseParts part_prose(std::string_view text);

struct ProseRecipient {
  std::string address;
  std::string says;  // what the text says of it
};

// Addresses that are no recipients: the sender to whom the bounce came, the daemon it is from.
using Strangers = std::vector<std::string>;

// The recipients that the text names; at most 1000.
std::vector<ProseRecipient> recipients_in(std::string_view report, const Strangers& strangers);
// Only those at the head of a line, strangers or not: for somebody's mail to himself.
std::vector<ProseRecipient> recipients_at_heads(std::string_view report);
// What the text says of recipients that are known already, in their order.
std::vector<ProseRecipient> said_of(std::string_view report, const std::vector<std::string>& recipients);

}  // namespace mailcanary::bounce
