#include "tests/monitor/fault_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <random>

namespace mailcanary::test {
namespace {

FaultDisk* disk = nullptr;

// What SQLite holds of one open file; the real one lies behind it in the same memory.
struct FaultFile {
  sqlite3_file base;
  std::string* path;  // null: passed through (shared memory index, temporary files)
  sqlite3_file* real;
};

FaultFile* ours(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return ours(file)->real; }
sqlite3_vfs* real_vfs(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int close(sqlite3_file* file) {
  delete ours(file)->path;
  return real(file)->pMethods->xClose(real(file));
}
int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  if (ours(file)->path) disk->count_read();
  return real(file)->pMethods->xRead(real(file), bytes, size, offset);
}
int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const std::string* path = ours(file)->path;
  if (!path) return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
  if (const int code = disk->before_change(); code != SQLITE_OK) return code;
  disk->changed(*path, {offset, std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)), false});
  return real(file)->pMethods->xWrite(real(file), bytes, size, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const std::string* path = ours(file)->path;
  if (!path) return real(file)->pMethods->xTruncate(real(file), size);
  if (const int code = disk->before_change(); code != SQLITE_OK) return code;
  disk->changed(*path, {size, "", true});
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int) {
  const std::string* path = ours(file)->path;
  if (!path) return SQLITE_OK;
  if (const int code = disk->before_sync(); code != SQLITE_OK) return code;
  disk->synced(*path);  // the tests need no real sync: this is the disk
  return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int reserved(sqlite3_file* file, int* is) { return real(file)->pMethods->xCheckReservedLock(real(file), is); }
int control(sqlite3_file* file, int code, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), code, argument);
}
int sector_size(sqlite3_file*) { return 512; }
int characteristics(sqlite3_file*) { return 0; }  // promise nothing
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

// Version 2: with shared memory for WAL, without memory-mapped reading.
const sqlite3_io_methods methods = {
    2,         close,    read,    write,       truncate,        sync,    file_size, lock,
    unlock,    reserved, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
    shm_unmap, nullptr,  nullptr};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* mine = ours(file);
  mine->real = reinterpret_cast<sqlite3_file*>(mine + 1);
  mine->path = nullptr;
  std::memset(static_cast<void*>(mine->real), 0, static_cast<std::size_t>(real_vfs(vfs)->szOsFile));
  const int code = real_vfs(vfs)->xOpen(real_vfs(vfs), name, mine->real, flags, out_flags);
  mine->base.pMethods = mine->real->pMethods ? &methods : nullptr;
  if (code == SQLITE_OK && name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL))) {
    mine->path = new std::string(name);
    disk->opened(*mine->path);
  }
  return code;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  if (disk->is_off()) return SQLITE_IOERR_DELETE;
  disk->removed(name);
  return real_vfs(vfs)->xDelete(real_vfs(vfs), name, sync_folder);
}

sqlite3_vfs make_vfs() {
  sqlite3_vfs* under = sqlite3_vfs_find("unix");
  sqlite3_vfs vfs = *under;
  vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + under->szOsFile;
  vfs.zName = "fault_disk";
  vfs.pNext = nullptr;
  vfs.pAppData = under;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = [](sqlite3_vfs* v, const char* name, int flags, int* result) {
    return real_vfs(v)->xAccess(real_vfs(v), name, flags, result);
  };
  vfs.xFullPathname = [](sqlite3_vfs* v, const char* name, int size, char* out) {
    return real_vfs(v)->xFullPathname(real_vfs(v), name, size, out);
  };
  return vfs;
}
sqlite3_vfs fault_vfs;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void apply_change(const FaultDisk::Change& change, std::string& bytes) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.truncates) {
    bytes.resize(offset);
    return;
  }
  if (bytes.size() < offset + change.bytes.size()) bytes.resize(offset + change.bytes.size());
  bytes.replace(offset, change.bytes.size(), change.bytes);
}

}  // namespace

FaultDisk::FaultDisk() {
  if (disk) std::abort();  // two of them would share one VFS
  disk = this;
  fault_vfs = make_vfs();
  sqlite3_vfs_register(&fault_vfs, 1);
}

FaultDisk::~FaultDisk() {
  sqlite3_vfs_unregister(&fault_vfs);
  sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1);
  disk = nullptr;
}

void FaultDisk::fail_after(int operations, Fault fault) {
  const std::lock_guard guard(mutex_);
  armed_ = true;
  left_ = operations;
  fault_ = fault;
  failed_ = false;
}

void FaultDisk::heal() {
  const std::lock_guard guard(mutex_);
  armed_ = false;
}

int FaultDisk::count_down(int error) {
  if (left_-- > 0) return SQLITE_OK;
  left_ = 0;
  failed_ = true;
  if (fault_ == Fault::power_cut) off_ = true;
  return error;
}

int FaultDisk::before_change() {
  const std::lock_guard guard(mutex_);
  if (!armed_ || fault_ == Fault::sync_error) return SQLITE_OK;
  return count_down(fault_ == Fault::full ? SQLITE_FULL : SQLITE_IOERR_WRITE);
}

int FaultDisk::before_sync() {
  const std::lock_guard guard(mutex_);
  ++syncs_;
  if (!armed_ || fault_ == Fault::full || fault_ == Fault::write_error) return SQLITE_OK;
  return count_down(SQLITE_IOERR_FSYNC);
}

void FaultDisk::opened(const std::string& path) {
  const std::lock_guard guard(mutex_);
  const auto [file, is_new] = files_.try_emplace(path);
  if (is_new) file->second.durable = contents(path);
}

void FaultDisk::changed(const std::string& path, Change change) {
  const std::lock_guard guard(mutex_);
  files_[path].changes.push_back(std::move(change));
}

void FaultDisk::synced(const std::string& path) {
  const std::lock_guard guard(mutex_);
  File& file = files_[path];
  for (const Change& change : file.changes) apply_change(change, file.durable);
  file.changes.clear();
}

void FaultDisk::removed(const std::string& path) {
  const std::lock_guard guard(mutex_);
  files_.erase(path);
}

void FaultDisk::restore_power(std::uint32_t seed) {
  const std::lock_guard guard(mutex_);
  std::mt19937 random(seed);
  for (auto& [path, file] : files_) {
    // A cache may write in any order: each survives or not. The last one may have been cut at a sector.
    for (std::size_t i = 0; i < file.changes.size(); ++i) {
      if (random() % 2 == 0) continue;
      Change change = file.changes[i];
      if (i + 1 == file.changes.size() && !change.truncates)
        change.bytes.resize(std::min<std::size_t>(change.bytes.size(), 512 * (random() % 9)));
      apply_change(change, file.durable);
    }
    file.changes.clear();
    std::ofstream(path, std::ios::binary | std::ios::trunc) << file.durable;
  }
  armed_ = off_ = false;
}

}  // namespace mailcanary::test
