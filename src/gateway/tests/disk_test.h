#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/testing/hub.h"
#include "journal/testing/open_journal.h"
#include "os/testing/faulty_file_system.h"
#include "os/testing/held_syncs.h"

namespace fastness::gateway::testing {

// Gives the records to a real journal, as the hub does.
inline void append(journal::Journal& journal, std::vector<Bytes> payloads, Durability durability,
                   const std::function<void(Result<LogPosition>)>& done) {
  std::vector<journal::Record> records;
  for (Bytes& payload : payloads) records.push_back({1, std::move(payload)});
  const std::size_t count = records.size();
  const auto queued =
      journal.append(std::move(records), durability,
                     [=](Result<journal::Position> at) { done(at ? *at + count : at); });
  if (!queued) done(Unexpected<Error>{queued.error()});
}

// A real journal in the place of the hub's, on a disk whose syncs can be held and whose power cut.
// Of the gateways that are made after it.
class Disk {
 public:
  Disk(Hub& hub, std::uint64_t seed) : hub_(hub), disk_(seed) {
    open();
    hub.other_journal = [this](auto, std::vector<Bytes> payloads, Durability durability,
                               const std::function<void(Result<LogPosition>)>& done) {
      append(*journal_, std::move(payloads), durability, done);
    };
  }

  ~Disk() {
    if (hub_.gateway) hub_.gateway->stop();
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  [[nodiscard]] os::testing::HeldSyncs& syncs() { return syncs_; }

  // The gateway is killed together with the power, and comes back with what the disk holds.
  void cut_power() {
    disk_.cut_power();
    hub_.gateway->stop();
    hub_.gateway.reset();
    journal_.reset();
    disk_.restore_power();
    open();
    hub_.make_gateway();
    EXPECT_TRUE(journal_->replay(1, [this](auto, const journal::Record& record) {
      return hub_.gateway->replay(record.payload);
    }));
    hub_.gateway->start();
  }

 private:
  void open() {
    auto opened =
        journal::testing::open_journal(syncs_, hub_.registry.vault, hub_.registry.clock, "g");
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(opened).value();
  }

  Hub& hub_;
  os::testing::FaultyFileSystem disk_;
  os::testing::HeldSyncs syncs_{disk_};
  std::unique_ptr<journal::Journal> journal_;
};

}  // namespace fastness::gateway::testing
