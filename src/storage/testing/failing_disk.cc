#include "storage/testing/failing_disk.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include <sqlite3.h>

namespace fastness::storage::testing {
namespace {

constexpr const char* kName = "failing-disk";
constexpr const char* kCipherName = "multipleciphers-failing-disk";  // as the library calls it
constexpr std::size_t kSector = 512;

}  // namespace

// What SQLite calls: https://www.sqlite.org/vfs.html. A file's memory is SQLite's; what is in it is
// made by `open` and ended by `close`. Chance, time and sleep are those of the real one.
struct DiskCalls {
  struct OpenFile {
    sqlite3_file base;
    FailingDisk* disk;
    FailingDisk::NodePtr node;
    std::uint64_t generation;
    std::string to_remove;  // on closing
  };

  static FailingDisk& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<FailingDisk*>(vfs->pAppData);
  }
  static OpenFile& open_file(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
  static bool is_dead(const OpenFile& file) {
    return file.disk->is_off_ || file.generation != file.disk->generation_;
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* given) {
    FailingDisk& disk = disk_of(vfs);
    file->pMethods = nullptr;
    if (disk.is_off_) return SQLITE_CANTOPEN;
    FailingDisk::NodePtr node;
    if (name != nullptr) {
      const auto found = disk.names_.find(name);
      if (found != disk.names_.end()) {
        node = found->second;
      } else if ((flags & SQLITE_OPEN_CREATE) == 0) {
        return SQLITE_CANTOPEN;
      }
    }
    if (!node) {
      node = std::make_shared<FailingDisk::Node>();
      if (name != nullptr) disk.names_[name] = node;
    }
    const bool is_passing = name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    new (file) OpenFile{{&kMethods}, &disk, node, disk.generation_, is_passing ? name : ""};
    if (given != nullptr) *given = flags;
    return SQLITE_OK;
  }
  static int close(sqlite3_file* raw) {
    OpenFile& file = open_file(raw);
    if (!file.to_remove.empty() && !is_dead(file)) file.disk->names_.erase(file.to_remove);
    file.~OpenFile();
    return SQLITE_OK;
  }

  static int read(sqlite3_file* raw, void* out, int size, sqlite3_int64 offset) {
    const OpenFile& file = open_file(raw);
    if (is_dead(file)) return SQLITE_IOERR_READ;
    const Bytes& seen = file.node->seen;
    const std::size_t from = std::min(static_cast<std::size_t>(offset), seen.size());
    const std::size_t there = std::min(static_cast<std::size_t>(size), seen.size() - from);
    if (there != 0) std::memcpy(out, seen.data() + from, there);
    if (there == static_cast<std::size_t>(size)) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + there, 0, static_cast<std::size_t>(size) - there);
    return SQLITE_IOERR_SHORT_READ;
  }
  static int write(sqlite3_file* raw, const void* bytes, int size, sqlite3_int64 offset) {
    const OpenFile& file = open_file(raw);
    if (is_dead(file)) return SQLITE_IOERR_WRITE;
    if (const int code = file.disk->begin_call(SQLITE_IOERR_WRITE); code != SQLITE_OK) return code;
    Bytes& seen = file.node->seen;
    const auto at = static_cast<std::size_t>(offset);
    seen.resize(std::max(seen.size(), at + static_cast<std::size_t>(size)));
    std::memcpy(seen.data() + at, bytes, static_cast<std::size_t>(size));
    return SQLITE_OK;
  }
  static int truncate(sqlite3_file* raw, sqlite3_int64 size) {
    const OpenFile& file = open_file(raw);
    if (is_dead(file)) return SQLITE_IOERR_TRUNCATE;
    if (const int code = file.disk->begin_call(SQLITE_IOERR_TRUNCATE); code != SQLITE_OK) {
      return code;
    }
    file.node->seen.resize(static_cast<std::size_t>(size));
    return SQLITE_OK;
  }
  static int sync(sqlite3_file* raw, int) {
    const OpenFile& file = open_file(raw);
    if (is_dead(file)) return SQLITE_IOERR_FSYNC;
    if (const int code = file.disk->begin_call(SQLITE_IOERR_FSYNC); code != SQLITE_OK) return code;
    file.node->durable = file.node->seen;
    return SQLITE_OK;
  }
  static int size(sqlite3_file* raw, sqlite3_int64* out) {
    const OpenFile& file = open_file(raw);
    if (is_dead(file)) return SQLITE_IOERR_FSTAT;
    *out = static_cast<sqlite3_int64>(file.node->seen.size());
    return SQLITE_OK;
  }

  // Nobody else opens these files.
  static int lock(sqlite3_file*, int) { return SQLITE_OK; }
  static int is_reserved(sqlite3_file*, int* out) {
    *out = 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector(sqlite3_file*) { return static_cast<int>(kSector); }
  static int traits(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int share(sqlite3_file* raw, int number, int size, int extend, void volatile** out) {
    const OpenFile& file = open_file(raw);
    *out = nullptr;
    if (is_dead(file)) return SQLITE_IOERR_SHMMAP;
    auto& shared = file.node->shared;
    const auto index = static_cast<std::size_t>(number);
    if (index >= shared.size() && extend == 0) return SQLITE_OK;
    while (index >= shared.size()) {
      shared.push_back(std::make_unique<Bytes>(static_cast<std::size_t>(size)));
    }
    *out = shared[index]->data();
    return SQLITE_OK;
  }
  static int lock_shared(sqlite3_file*, int, int, int) { return SQLITE_OK; }
  static void order_shared(sqlite3_file*) {}
  static int unshare(sqlite3_file* raw, int remove) {
    if (remove != 0) open_file(raw).node->shared.clear();
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int) {
    FailingDisk& disk = disk_of(vfs);
    if (disk.is_off_) return SQLITE_IOERR_DELETE;
    if (!disk.names_.contains(name)) return SQLITE_IOERR_DELETE_NOENT;
    if (const int code = disk.begin_call(SQLITE_IOERR_DELETE); code != SQLITE_OK) return code;
    disk.names_.erase(name);
    return SQLITE_OK;
  }
  static int is_there(sqlite3_vfs* vfs, const char* name, int, int* out) {
    const FailingDisk& disk = disk_of(vfs);
    if (disk.is_off_) return SQLITE_IOERR_ACCESS;
    *out = disk.names_.contains(name) ? 1 : 0;
    return SQLITE_OK;
  }
  static int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    if (std::strlen(name) >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);  // NOLINT: its length was looked at
    return SQLITE_OK;
  }

  static const sqlite3_io_methods kMethods;
};

const sqlite3_io_methods DiskCalls::kMethods = {
    2,           close,        read,        write,   truncate, sync,   size,
    lock,        lock,         is_reserved, control, sector,   traits, share,
    lock_shared, order_shared, unshare,     nullptr, nullptr};

FailingDisk::FailingDisk(std::uint64_t seed, const Files& files)
    : random_(seed),
      real_(sqlite3_vfs_find(nullptr)),
      own_(std::make_unique<sqlite3_vfs>(*sqlite3_vfs_find("unix"))) {
  for (const auto& [name, bytes] : files) {
    auto& node = names_[name] = std::make_shared<Node>();
    node->seen = node->durable = bytes;
  }
  own_->iVersion = 2;
  own_->szOsFile = sizeof(DiskCalls::OpenFile);
  own_->pNext = nullptr;
  own_->zName = kName;
  own_->pAppData = this;
  own_->xOpen = DiskCalls::open;
  own_->xDelete = DiskCalls::remove;
  own_->xAccess = DiskCalls::is_there;
  own_->xFullPathname = DiskCalls::full_path;
  sqlite3_vfs_register(own_.get(), 0);
  sqlite3mc_vfs_create(kName, 1);
}

FailingDisk::~FailingDisk() {
  sqlite3_vfs_register(real_, 1);
  sqlite3mc_vfs_destroy(kCipherName);
  sqlite3_vfs_unregister(own_.get());
}

FailingDisk::Files FailingDisk::files() const {
  Files files;
  for (const auto& [name, node] : names_) files.emplace(name, node->seen);
  return files;
}

int FailingDisk::begin_call(int broken) {
  ++calls_;
  if (cut_at_ && calls_ >= *cut_at_) is_off_ = true;
  if (is_off_) return broken;
  if (!failure_ || failure_->first != calls_) return SQLITE_OK;
  return failure_->second == Fault::full ? SQLITE_FULL : broken;
}

void FailingDisk::settle(Node& node) {
  Bytes left = (random_() & 1U) != 0 ? node.seen : node.durable;
  for (std::size_t at = 0; at < left.size(); at += kSector) {
    const Bytes& from = (random_() & 1U) != 0 ? node.seen : node.durable;
    const std::size_t end = std::min({at + kSector, left.size(), from.size()});
    if (at < end) {
      std::copy(from.begin() + static_cast<std::ptrdiff_t>(at),
                from.begin() + static_cast<std::ptrdiff_t>(end),
                left.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  node.seen = left;
  node.durable = std::move(left);
  node.shared.clear();
}

void FailingDisk::restore_power() {
  for (const auto& [name, node] : names_) settle(*node);
  ++generation_;
  cut_at_.reset();
  is_off_ = false;
}

}  // namespace fastness::storage::testing
