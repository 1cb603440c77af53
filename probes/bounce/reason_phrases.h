// The tables behind reasons.h. A row is lower case; " * " stands for up to 80 bytes, "{a,b}" for either of the two; any mail
// address is written "@". Does not: search or decide (phrase_index.h, reasons.h). Constant tables; any thread.
#pragma once
#include <span>
#include <string_view>

namespace mailcanary::bounce {

// What a phrase proves. `certain` decides whatever else is said; `likely` decides by the order of the reasons; `weak`
// counts when nothing else matches;
// `unknown_user` is userunknown when the refusal came at RCPT or with a status of that meaning, else filtered.
enum class Proof { certain, likely, weak, unknown_user };

struct ReasonPhrases {
  std::string_view reason;
  Proof proof;
  std::span<const std::string_view> phrases;
};

std::span<const ReasonPhrases> mailbox_phrases();    // the mailbox and who may write to it
std::span<const ReasonPhrases> recipient_phrases();  // the recipient: unknown, or moved
std::span<const ReasonPhrases> sender_phrases();     // the sender: its address, its rights
std::span<const ReasonPhrases> client_phrases();     // the host that sends
std::span<const ReasonPhrases> message_phrases();    // the message: its size and form
std::span<const ReasonPhrases> filter_phrases();     // spam, viruses, policies
std::span<const ReasonPhrases> network_phrases();    // names and networks
std::span<const ReasonPhrases> system_phrases();     // queues, programs, disks
std::span<const ReasonPhrases> general_phrases();    // what is common to the sentences of many; all weak

// What an enhanced status means when no words do; without its class: "1.1". Empty when it means nothing by itself.
std::string_view reason_of_status(std::string_view status);
// A status so exact that words do not matter.
std::string_view reason_of_exact_status(std::string_view status);

}  // namespace mailcanary::bounce
