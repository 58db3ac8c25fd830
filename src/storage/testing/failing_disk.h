#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

struct sqlite3_vfs;

namespace fastness::storage::testing {

// A disk in memory under every Database that is opened while it lives, with the promises of a real
// one and no more: what was not synced may be lost, whole or in part, when the power goes. Names
// are kept at once, since nothing here rests on one. One at a time, one thread.
//
//   for (std::uint64_t call = 1;; ++call) {          // a power cut at every call in turn
//     FailingDisk disk(call);                        // seed
//     disk.cut_power_at(call);
//     run();                                         // fails at some point
//     const bool cut = disk.is_off();
//     disk.restore_power();
//     check();
//     if (!cut) break;                               // ran to its end: every call was tried
//   }
class FailingDisk {
 public:
  using Files = std::map<std::string, Bytes>;  // by their names

  // With these files on it.
  explicit FailingDisk(std::uint64_t seed, const Files& files = {});
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;
  // Every database must be closed.
  ~FailingDisk();

  // For another disk, to try from there what takes long to come to. Every database must be closed.
  [[nodiscard]] Files files() const;

  // Every call that changes the disk counts, from 1: writes, cuts, syncs, removals.
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

  // The call with this number does nothing and fails, as if the disk were full or did not answer.
  // Later calls work.
  enum class Fault : std::uint8_t { full, broken };
  void fail_call(std::uint64_t number, Fault fault) { failure_ = {number, fault}; }

  // The call with this number and all later ones fail, reads too, until restore_power().
  void cut_power_at(std::uint64_t number) { cut_at_ = number; }
  [[nodiscard]] bool is_off() const { return is_off_; }

  // Of each 512 bytes that were not synced, those of before or of after are on the disk, as the
  // seed has it. Every database must be closed.
  void restore_power();

 private:
  friend struct DiskCalls;
  struct Node {
    Bytes seen;                                  // what the running system reads
    Bytes durable;                               // what a power cut leaves for sure
    std::vector<std::unique_ptr<Bytes>> shared;  // between the connections to it
  };
  using NodePtr = std::shared_ptr<Node>;

  // Counts one changing call; SQLITE_OK, or what it fails with.
  [[nodiscard]] int begin_call(int broken);
  void settle(Node& node);

  std::mt19937_64 random_;
  std::uint64_t calls_ = 0;
  std::uint64_t generation_ = 0;  // of power
  std::optional<std::pair<std::uint64_t, Fault>> failure_;
  std::optional<std::uint64_t> cut_at_;
  bool is_off_ = false;
  std::map<std::string, NodePtr> names_;
  sqlite3_vfs* real_;  // the default before this one
  std::unique_ptr<sqlite3_vfs> own_;
};

}  // namespace fastness::storage::testing
