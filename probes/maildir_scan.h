// Looks through the folders of a Maildir: what is new since the last scan, read by its header; and deletes canaries.
// Made for a thread of its own: disks can be slow, and folders can hold 100,000 files.
// Does not: change anything but files whose signature verifies; follow symbolic links; read what is no regular file.
// Threads: a MaildirScan belongs to one thread at a time.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/result.h"
#include "probes/message_reading.h"

namespace mailcanary {

struct MaildirOptions {
  std::string path;
  std::string junk_folder;  // as people name it; empty: the usual names
  ReadBy by;
  std::optional<WallTime> changed_since;  // of the first scan: older files are passed over; absent: all that is there
  std::unordered_set<std::uint64_t> handled;
};

class MaildirScan {
 public:
  explicit MaildirScan(MaildirOptions options) : options_(std::move(options)) {}

  struct Found {
    Sighting sighting;  // its arrival is not yet set
    WallTime written;   // the file's own time
  };
  struct Outcome {
    std::vector<Found> found;
    std::vector<TrafficBounce> traffic;
    bool enough() const;  // for one report
    bool complete = false;       // false without failure: the rest is for the next scan
    std::optional<Error> failure;
  };
  // `now` is told since nobody reads a clock here.
  Outcome scan(WallTime now);
  // Messages that are gone, or are not ours after all, count as deleted.
  Result<void> remove(const std::vector<MessageRef>& messages);
  // The folders that mail comes to ("new" and "cur" of inbox and junk), for watching; empty while they are missing.
  std::vector<std::string> folders() const;

 private:
  struct Part {
    std::string directory;
    std::string folder;  // "INBOX", ".Junk"
    bool junk = false;
  };
  std::vector<Part> parts() const;
  // Errors: not_found when the file has gone meanwhile, io.
  Result<void> look_at(const Part& part, const std::string& name, std::uint64_t number, WallTime now, Outcome& outcome);

  MaildirOptions options_;
  std::unordered_set<std::uint64_t> known_;  // what was looked at and was there at the last scan
  bool started_ = false;
};

}  // namespace mailcanary
