// A disk that fails when told: while a FaultDisk lives, every database that SQLite opens in this process lies on it
// (it is SQLite's default VFS, on top of the real one). It can be full, fail to write or to sync, and lose its power;
// then what was not synced is there in part or not at all, as on a real disk.
// Threads: any, as long as one at a time uses a database. One FaultDisk at a time.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace mailcanary::test {

class FaultDisk {
 public:
  enum class Fault { full, write_error, sync_error, power_cut };

  FaultDisk();
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  // Lets that many more operations of the kind pass (writes and truncations, or syncs; both for power_cut), then
  // fails every one until heal().
  void fail_after(int operations, Fault fault);
  void heal();
  bool failed() const { return failed_; }  // since the last fail_after()
  // After a power cut, when all databases are closed: the files become what the disk holds. Of the writes since the
  // last sync of a file some survive, chosen by `seed`, the last of them perhaps in part.
  void restore_power(std::uint32_t seed);

  int syncs() const { return syncs_; }
  int reads() const { return reads_; }

  // For the VFS itself: SQLITE_OK when the operation may go on.
  struct Change {
    std::int64_t offset = 0;  // or the new size
    std::string bytes;
    bool truncates = false;
  };
  int before_change();
  int before_sync();
  void opened(const std::string& path);
  void changed(const std::string& path, Change change);
  void synced(const std::string& path);
  void removed(const std::string& path);
  void count_read() { ++reads_; }
  bool is_off() const { return off_; }

 private:
  struct File {
    std::string durable;          // as of the last sync
    std::vector<Change> changes;  // since then
  };
  int count_down(int error);

  std::mutex mutex_;
  std::map<std::string, File> files_;
  std::atomic<int> syncs_ = 0, reads_ = 0;
  std::atomic<bool> failed_ = false, off_ = false;
  bool armed_ = false;
  int left_ = 0;
  Fault fault_ = Fault::full;
};

}  // namespace mailcanary::test
