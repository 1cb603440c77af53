// Reads on in a file that grows, from where reading stood, also over rotation: a renamed file is read to its end first
// (as long as it lies uncompressed in the same folder), a truncated one from its start.
// Does not: wait for news, or read the last line before its end of line has come.
// Threads: any; blocks for the disk.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"

namespace mailcanary {

struct LogPlace {
  std::uint64_t file = 0;     // its inode
  std::uint64_t offset = 0;   // all before has been read
  std::string head;           // digest of the first bytes, so that another file of the same inode is known for another
  std::uint64_t head_bytes = 0;
  bool operator==(const LogPlace&) const = default;
};

struct LogRead {
  std::string lines;  // whole ones; at most 4 MiB
  LogPlace place;
  enum class Rest { none, more } rest = Rest::none;
};

// Without a place reading starts at the end: nothing is read, and the place is there.
Result<LogRead> read_on(const std::string& path, const std::optional<LogPlace>& place);

}  // namespace mailcanary
