// A journal on a disk that the test holds.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "journal/journal.h"
#include "keys/testing/memory_vault.h"
#include "os/testing/faulty_file_system.h"
#include "telemetry/testing/captured_log.h"

namespace fastness::journal::testing {

inline Record record(std::string_view text) {
  return {1, to_bytes(as_bytes(text))};
}

class Journals : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> open(Durability durability = Durability::fsync,
                                std::uint64_t segment_bytes = 1U << 20U) {
    auto journal = Journal::open(disk_, vault_, clock_, log_.log(),
                                 {.directory = "/journal",
                                  .durability = durability,
                                  .commit_window = window_,
                                  .consumers = {"history"},
                                  .segment_bytes = segment_bytes,
                                  .max_queued_bytes = 1'000});
    EXPECT_TRUE(journal) << journal.error().message;
    return std::move(journal).value();
  }

  static Result<Position> append(Journal& journal, std::vector<Record> records) {
    std::promise<Result<Position>> done;
    const auto queued = journal.append(
        std::move(records), [&done](Result<Position> position) { done.set_value(position); });
    if (!queued) return Unexpected<Error>{queued.error()};
    return done.get_future().get();
  }

  static std::vector<std::string> contents(const Journal& journal, Position from = 1) {
    std::vector<std::string> found;
    EXPECT_TRUE(journal.replay(from, [&](Position, const Record& each) {
      found.emplace_back(as_text(each.payload));
      return Result<void>();
    }));
    return found;
  }

  os::testing::FaultyFileSystem disk_{1};
  keys::testing::MemoryVault vault_;
  telemetry::testing::CapturedLog log_;
  fastness::testing::ManualClock clock_{Timestamp{}};
  std::chrono::microseconds window_{0};
};

// What became of an append, for a test that must not wait for it.
class Answer {
 public:
  [[nodiscard]] Journal::Done done() {
    return [state = state_](const Result<Position>& position) { state->set_value(position); };
  }
  [[nodiscard]] bool is_there() const {
    return future_.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  }
  [[nodiscard]] Result<Position> get() { return future_.get(); }

 private:
  // Shared with the callback.
  std::shared_ptr<std::promise<Result<Position>>> state_ =
      std::make_shared<std::promise<Result<Position>>>();
  std::future<Result<Position>> future_ = state_->get_future();
};

}  // namespace fastness::journal::testing
