#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_random.h"
#include "history/history.h"
#include "keys/testing/away_vault.h"
#include "keys/testing/memory_vault.h"

namespace fastness::history::testing {

// A history over a real store in a directory of its own, with a vault and a clock that the test
// commands.
class HistoryFixture : public ::testing::Test {
 protected:
  HistoryFixture();
  ~HistoryFixture() override;

  // Ends the process, as far as history and its keys go, and starts it again on what is stored.
  void reopen();

  [[nodiscard]] History& history() { return *history_; }
  [[nodiscard]] keys::ContentKeys& keys() { return *keys_; }
  [[nodiscard]] keys::testing::MemoryVault& vault() { return vault_; }
  // Between that one and the keys.
  [[nodiscard]] keys::testing::AwayVault& way_to_vault() { return way_to_vault_; }
  [[nodiscard]] fastness::testing::ManualClock& clock() { return clock_; }
  [[nodiscard]] History::Options& options() { return options_; }  // for the next reopen()

  // An hour of the day that the clock began with: 08:00.
  [[nodiscard]] Timestamp start() const { return start_; }
  [[nodiscard]] const Series& series() const { return series_; }
  [[nodiscard]] OrganisationId other_organisation() const;
  [[nodiscard]] std::uint64_t next_position() { return position_++; }

  [[nodiscard]] bool disk_holds(std::string_view text) const;
  [[nodiscard]] std::size_t stored_chunks() const;
  // Changes the last bit of the first value of a family, or all values into nonsense.
  void flip_stored_bit(std::string_view family);
  void spoil(std::string_view family);

 private:
  std::filesystem::path directory_;
  Timestamp start_{std::chrono::days(20'000) + std::chrono::hours(8)};
  fastness::testing::ManualClock clock_{start_ + std::chrono::hours(1)};
  fastness::testing::SeededRandom random_{1};
  keys::testing::MemoryVault vault_;
  keys::testing::AwayVault way_to_vault_{vault_};
  History::Options options_;
  Series series_;
  std::uint64_t position_ = 1;
  std::unique_ptr<storage::KeyValueStore> store_;
  std::unique_ptr<keys::ContentKeys> keys_;
  std::unique_ptr<History> history_;
};

}  // namespace fastness::history::testing
