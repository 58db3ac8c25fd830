#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "gateway/services.h"
#include "net/event_loop.h"

namespace fastness::gateway {

// What one turn of a loop has for the journal: given away once at its end, so that a thousand
// messages cost one group commit. Continuations run on the loop, in the order in which they were
// added, after what they wait for is durable or is known not to become so. Lives on its loop.
class JournalBatch {
 public:
  enum class Outcome : std::uint8_t { durable, failed };
  using Then = std::function<void(Outcome)>;

  // Both must outlive the batch, and the loop must not run once it is destroyed.
  JournalBatch(net::EventLoop& loop, const Services& services) : loop_(loop), services_(services) {}

  // `then` may be empty.
  void add_record(Bytes record, Then then);
  void add_readings(std::vector<things::Reading> readings, Then then);

  // Gives away what was added since the last call.
  void commit();

  // Every record of this loop before this position has had its continuation; nothing if no record
  // is under way, so that this loop holds no position back.
  [[nodiscard]] std::optional<LogPosition> horizon() const;

 private:
  net::EventLoop& loop_;
  const Services& services_;
  std::vector<Bytes> records_;
  std::vector<Then> after_records_;
  std::vector<things::Reading> readings_;
  std::vector<Then> after_readings_;
  std::size_t under_way_ = 0;
  LogPosition next_ = 1;
};

}  // namespace fastness::gateway
