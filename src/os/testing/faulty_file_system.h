#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "os/files/file_system.h"

namespace fastness::os::testing {

// A disk in memory that breaks on command, with the promises of a real one and no more: what was
// not synced may be lost, whole or in part, when the power goes. Thread-safe.
//
//   for (std::uint64_t call = 1;; ++call) {          // a power cut at every call in turn
//     FaultyFileSystem disk(call);                   // seed
//     disk.cut_power_at(call);
//     run(disk);                                     // fails at some point
//     const bool cut = disk.is_off();
//     disk.restore_power();
//     check(disk);
//     if (!cut) break;                               // ran to its end: every call was tried
//   }
class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(std::uint64_t seed);
  ~FaultyFileSystem() override;

  // Every call that changes the disk counts, from 1: writes, preallocations, cuts, syncs, opening
  // with create_new, renames, removals, directories made.
  [[nodiscard]] std::uint64_t calls() const;

  // The call with this number fails with `code` and does nothing or, if it is a write, a part.
  // Later calls work.
  void fail_call(std::uint64_t number, Errc code);

  // The call with this number is cut short by a power cut; it and all later ones fail with
  // `unavailable`, reads too, until restore_power().
  void cut_power_at(std::uint64_t number);
  void cut_power();
  [[nodiscard]] bool is_off() const;

  // Turns the power on again: of every change that was not synced, a part chosen by the seed is on
  // the disk. Writes tear at multiples of 512 bytes. Files opened before stay dead.
  void restore_power();

  // Growing files beyond this many bytes in total fails with `exhausted`; default none.
  void set_capacity(std::optional<std::uint64_t> bytes);

  // Changes one bit of what is stored, behind everybody's back.
  void flip_bit(const std::filesystem::path& path, std::uint64_t offset);

  // Whether any stored byte range equals `needle`, in any file, lost ones included.
  [[nodiscard]] bool holds(ByteView needle) const;

  [[nodiscard]] Result<std::unique_ptr<File>> open(const std::filesystem::path& path,
                                                   OpenMode mode) override;
  [[nodiscard]] Result<void> rename(const std::filesystem::path& from,
                                    const std::filesystem::path& to) override;
  [[nodiscard]] Result<void> remove(const std::filesystem::path& path) override;
  [[nodiscard]] Result<void> create_directory(const std::filesystem::path& path) override;
  [[nodiscard]] Result<void> sync_directory(const std::filesystem::path& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(
      const std::filesystem::path& directory) override;

 private:
  friend class FaultyFile;
  struct Change {
    enum class Kind { write, resize } kind;
    std::uint64_t offset;  // of a write; the new size of a resize
    Bytes bytes;
  };
  struct Node {
    Bytes seen;                   // what the running system reads
    Bytes durable;                // what a power cut leaves for sure
    std::vector<Change> pending;  // what turns durable into seen, in order
  };
  using NodePtr = std::shared_ptr<Node>;  // shared by names, open files and durable names
  using Names = std::map<std::filesystem::path, NodePtr>;
  struct NameChange {
    std::filesystem::path directory;
    std::vector<std::pair<std::filesystem::path, NodePtr>> sets;  // null removes
  };
  enum class Fate { works, fails, torn };

  // Counts one changing call and says what becomes of it.
  [[nodiscard]] Result<Fate> begin_call();
  [[nodiscard]] Result<void> change_node(Node& node, Change change);
  [[nodiscard]] Result<void> reserve(const Node& node, std::uint64_t size) const;
  [[nodiscard]] Result<void> sync_node(Node& node);
  void change_names(const std::filesystem::path& directory,
                    std::vector<std::pair<std::filesystem::path, NodePtr>> sets);
  void settle(Node& node);
  static void apply(Bytes& contents, const Change& change);
  [[nodiscard]] Change torn(const Change& change);
  [[nodiscard]] bool coin() { return (random_() & 1U) != 0; }

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::uint64_t calls_ = 0;
  std::uint64_t generation_ = 0;  // of power; files of an earlier one are dead
  std::optional<std::uint64_t> cut_at_;
  std::map<std::uint64_t, Errc> failures_;
  std::optional<std::uint64_t> capacity_;
  bool off_ = false;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> pending_names_;
  std::set<std::filesystem::path> directories_;
};

}  // namespace fastness::os::testing
