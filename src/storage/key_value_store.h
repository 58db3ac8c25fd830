#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::storage {

class Batch;
class Cursor;

// One named space of keys inside a KeyValueStore, as a value. Means something to its store only.
class Family {
 public:
  friend bool operator==(const Family&, const Family&) = default;

 private:
  friend class KeyValueStore;
  explicit Family(std::size_t index) : index_(index) {}
  std::size_t index_;
};

// When a write counts as done.
enum class Durability {
  buffered,  // survives the end of the process; a power cut may take the latest of these back
  synced,    // survives a power cut, and with it everything written before
};

// Sorted keys and values on disk (RocksDB) with checksums and capped memory, for data that is
// written often and read in order. Encryption is the caller's: values are to be sealed, keys to be
// opaque ids. Thread-safe. Errors: `corrupted` when a checksum fails, `exhausted` when the disk is
// full, else `unavailable`.
//
// After a write that failed, reads go on, and each further write tries to begin anew, which takes
// some free space and that no Cursor is alive.
class KeyValueStore {
 public:
  class Engine;

  struct Options {
    std::filesystem::path directory;
    std::vector<std::string> families;      // created if missing
    std::size_t memory_bytes = 64U << 20U;  // cache and write buffers together
  };

  // Fails with `unavailable` if another process has it open.
  [[nodiscard]] static Result<std::unique_ptr<KeyValueStore>> open(const Options& options);

  // Opens the store of a directory to read only and reads every key and value of it, so that each
  // block is held against its checksum. Changes nothing there. `corrupted` if a file is missing or
  // damaged, or one of the families is not there, `unavailable` if it was asked to stop.
  [[nodiscard]] static Result<void> check(const Options& options, const std::stop_token& stop = {});

  KeyValueStore(const KeyValueStore&) = delete;
  KeyValueStore& operator=(const KeyValueStore&) = delete;
  ~KeyValueStore();

  // Precondition: `name` is among the options' families.
  [[nodiscard]] Family family(std::string_view name) const;

  // Nothing if there is no such key.
  [[nodiscard]] Result<std::optional<Bytes>> get(Family family, ByteView key) const;
  [[nodiscard]] Result<void> put(Family family, ByteView key, ByteView value,
                                 Durability durability = Durability::buffered);
  [[nodiscard]] Result<void> erase(Family family, ByteView key,
                                   Durability durability = Durability::buffered);

  // An empty Batch for this store.
  [[nodiscard]] Batch batch() const;
  // All of the batch or nothing.
  [[nodiscard]] Result<void> write(const Batch& batch,
                                   Durability durability = Durability::buffered);

  // The keys that begin with `prefix`, in order, as they are now: later writes are not seen. Must
  // not outlive the store.
  [[nodiscard]] Cursor scan(Family family, ByteView prefix) const;
  // The keys in [from, to).
  [[nodiscard]] Cursor scan_range(Family family, ByteView from, ByteView to) const;

  // Makes every buffered write survive a power cut.
  [[nodiscard]] Result<void> sync();

  // About how many bytes the family takes on disk, deleted ones not counted.
  [[nodiscard]] std::uint64_t approximate_bytes(Family family) const;

  // Everything as it is at some moment of this call, as a store of its own in a directory that must
  // not exist yet; its parent must. Whatever was written before the call is in it. Takes no space
  // worth naming on the same file system, where it shares the files that are written once. What a
  // failure leaves there is to be removed; the store itself goes on.
  [[nodiscard]] Result<void> copy_to(const std::filesystem::path& directory);

  // Rewrites the keys in [from, to) so that what was deleted there leaves the disk.
  [[nodiscard]] Result<void> compact(Family family, ByteView from, ByteView to);

 private:
  KeyValueStore(Options options, std::shared_ptr<Engine> engine);
  [[nodiscard]] std::shared_ptr<Engine> engine() const;
  [[nodiscard]] Result<std::shared_ptr<Engine>> engine_for_writing();

  const Options options_;
  mutable std::mutex mutex_;
  std::shared_ptr<Engine>
      engine_;  // shared with cursors and calls under way; null if reopening failed
};

// Writes that happen together. Thread-compatible.
class Batch {
 public:
  void put(Family family, ByteView key, ByteView value);
  void erase(Family family, ByteView key);
  // Erases the keys in [from, to).
  void erase_range(Family family, ByteView from, ByteView to);
  // Erases every key that begins with `prefix`, which must hold a byte other than 0xff.
  void erase_prefix(Family family, ByteView prefix);

  [[nodiscard]] std::size_t size_bytes() const { return size_; }
  [[nodiscard]] bool is_empty() const { return writes_.empty(); }

 private:
  friend class KeyValueStore;
  enum class Kind { put, erase, erase_range };
  struct Write {
    Kind kind;
    Family family;
    Bytes key;
    Bytes value;  // or the end of the range
  };
  Batch() = default;
  void add(Write write);

  std::vector<Write> writes_;
  std::size_t size_ = 0;
};

// A position among the keys of one scan. Thread-compatible. Views live until the next move.
//
//   for (Cursor at = store.scan(family, prefix); at.is_valid(); at.next()) use(at.key(), ...);
//   FASTNESS_RETURN_IF_ERROR(at.status());   // is_valid() ends also when a checksum failed
class Cursor {
 public:
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  [[nodiscard]] bool is_valid() const;
  [[nodiscard]] Result<void> status() const;
  [[nodiscard]] ByteView key() const;
  [[nodiscard]] ByteView value() const;

  void next();
  void previous();
  void seek(ByteView key);               // to the first key at or after `key`
  void seek_for_previous(ByteView key);  // to the last key at or before `key`
  void seek_to_first();
  void seek_to_last();

 private:
  friend class KeyValueStore;
  struct State;
  explicit Cursor(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// The first key after all that begin with `prefix`; empty if there is none.
[[nodiscard]] Bytes after_prefix(ByteView prefix);

}  // namespace fastness::storage
