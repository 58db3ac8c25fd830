#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/durability.h"
#include "gateway/services.h"
#include "net/loop_gate.h"

namespace fastness::gateway {

// What one turn of a loop has for the journal: given away once at its end, so that a thousand
// messages cost one group commit. Continuations run on the loop, in the order in which they were
// added, after what they wait for is as durable as they asked, or is known not to become so: inside
// `commit` if the journal answers at once, else in a later turn. Those that ask for nothing but
// memory run at once, and overtake. Lives on its loop.
class JournalBatch {
 public:
  enum class Outcome : std::uint8_t { durable, failed };
  using Then = std::function<void(Outcome)>;

  // `services` must outlive the batch. Answers come through `gate`, which is to be closed before
  // the batch is destroyed.
  JournalBatch(std::shared_ptr<net::LoopGate> gate, const Services& services)
      : gate_(std::move(gate)), services_(services) {}

  // What `then` waits for.
  void add_record(Bytes record, Durability durability, Then then);
  // A record that nobody waits for is written in its place, and is a reason for a sync or not.
  void add_record(Bytes record, Durability durability);
  // Readings go into the journal together with the records beside them: all or none.
  void add_readings(std::vector<things::Reading> readings, Durability durability, Then then);

  // Gives away what was added since the last call.
  void commit();

  // Every record of this loop before this position has had its continuation; nothing if no record
  // is under way, so that this loop holds no position back.
  [[nodiscard]] std::optional<LogPosition> horizon() const;

 private:
  // What was added in a row and asked for the same durability.
  struct Run {
    Durability durability;
    std::vector<Bytes> records;
    std::vector<things::Reading> readings;
    std::vector<Then> after;
    std::size_t bytes = 0;  // of the records
  };

  // A run that was given away. Shared with the journal's answer.
  struct Given {
    std::vector<Then> after;
    std::optional<LogPosition> answer;  // came before `append` returned; zero if it failed
  };

  [[nodiscard]] Run& run_of(Durability durability);
  void commit(Run run);
  void run_at_once(Run run);
  void give(Run run, const std::shared_ptr<Given>& given);
  void settle(const Given& given, LogPosition next);

  std::shared_ptr<net::LoopGate> gate_;  // shared with continuations that may come late
  const Services& services_;
  std::vector<Run> runs_;
  std::size_t under_way_ = 0;
  LogPosition next_ = 1;
};

}  // namespace fastness::gateway
