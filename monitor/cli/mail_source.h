// Messages where people keep them: one in a file, many in an mbox (RFC 4155) or a folder, a Maildir, or standard input.
// Bounded memory: a message counts up to its first MiB; an mbox is read as a stream.
// Blocking; one thread.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace mailcanary {

// `name`: the path, with "#2" for the second of an mbox; "-" for standard input.
using EachMail = std::function<void(const std::string& name, std::string_view message)>;

// Files of a folder come in the order of their names; folders inside it are passed over, but for new/ and cur/ of a
// Maildir. An error names the path; what came before it has been handed over.
Result<void> each_mail(const std::filesystem::path& path, const EachMail& each);

// Does the line part two messages of an mbox: "From ", a sender and a date?
bool parts_mbox(std::string_view line);

}  // namespace mailcanary
