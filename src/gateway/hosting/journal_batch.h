#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "gateway/services.h"
#include "net/loop_gate.h"

namespace fastness::gateway {

// What one turn of a loop has for the journal: given away once at its end, so that a thousand
// messages cost one group commit. Continuations run on the loop, in the order in which they were
// added, after what they wait for is durable or is known not to become so. Lives on its loop.
class JournalBatch {
 public:
  enum class Outcome : std::uint8_t { durable, failed };
  using Then = std::function<void(Outcome)>;

  // `services` must outlive the batch. Answers come through `gate`, which is to be closed before
  // the batch is destroyed.
  JournalBatch(std::shared_ptr<net::LoopGate> gate, const Services& services)
      : gate_(std::move(gate)), services_(services) {}

  // `then` may be empty.
  void add_record(Bytes record, Then then);
  void add_readings(std::vector<things::Reading> readings, Then then);

  // Gives away what was added since the last call.
  void commit();

  // Every record of this loop before this position has had its continuation; nothing if no record
  // is under way, so that this loop holds no position back.
  [[nodiscard]] std::optional<LogPosition> horizon() const;

 private:
  void commit_records();
  void commit_readings();

  std::shared_ptr<net::LoopGate> gate_;  // shared with continuations that may come late
  const Services& services_;
  std::vector<Bytes> records_;
  std::vector<Then> after_records_;
  std::vector<things::Reading> readings_;
  std::vector<Then> after_readings_;
  std::size_t under_way_ = 0;
  LogPosition next_ = 1;
};

}  // namespace fastness::gateway
