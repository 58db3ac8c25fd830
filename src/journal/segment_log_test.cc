#include "journal/segment_log.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "keys/testing/memory_vault.h"
#include "os/testing/faulty_file_system.h"

namespace fastness::journal {
namespace {

using os::testing::FaultyFileSystem;

constexpr std::uint64_t kSegment = 16'384;

SegmentLog::Options options() {
  return {.directory = "/journal",
          .segment_bytes = kSegment,
          .max_free_segments = 1,
          .consumers = {"history"}};
}

// A record that says which it is, of a size that differs from its neighbours'.
Record record(std::uint64_t number) {
  Record made{static_cast<std::uint8_t>(number % 7), {}};
  ByteWriter out(made.payload);
  out.u64(number);
  made.payload.resize(8 + number % 13 * 100);
  return made;
}

std::uint64_t number_of(const Record& record) {
  ByteReader in(record.payload);
  return in.u64();
}

class SegmentLogs : public ::testing::Test {
 protected:
  std::unique_ptr<SegmentLog> open() {
    auto log = SegmentLog::open(disk_, vault_, options());
    EXPECT_TRUE(log) << log.error().message;
    return log ? std::move(log).value() : nullptr;
  }
  Errc open_error() {
    const auto log = SegmentLog::open(disk_, vault_, options());
    EXPECT_FALSE(log);
    return log ? Errc::not_found : log.error().code;
  }

  // What is there, by position.
  static std::map<Position, std::uint64_t> contents(const SegmentLog& log, Position from = 1) {
    std::map<Position, std::uint64_t> found;
    const auto replayed = log.replay(from, [&](Position position, const Record& each) {
      EXPECT_TRUE(found.emplace(position, number_of(each)).second) << "twice: " << position;
      EXPECT_EQ(each, record(number_of(each)));
      return Result<void>();
    });
    EXPECT_TRUE(replayed) << replayed.error().message;
    return found;
  }

  static void write(SegmentLog& log, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t number = from; number < to; ++number) {
      const std::vector<Record> batch{record(number)};
      const auto position = log.write(batch);
      ASSERT_TRUE(position) << position.error().message;
    }
  }

  std::string newest() {
    std::string name;
    const auto names = disk_.list("/journal");
    for (const std::string& each : *names) {
      if (each.starts_with("segment-")) name = each;
    }
    return "/journal/" + name;
  }
  std::size_t count_files(std::string_view prefix) {
    const std::vector<std::string> names = disk_.list("/journal").value();
    return static_cast<std::size_t>(std::ranges::count_if(
        names, [prefix](const std::string& name) { return name.starts_with(prefix); }));
  }

  FaultyFileSystem disk_{1};
  keys::testing::MemoryVault vault_;
};

TEST_F(SegmentLogs, KeepWhatWasWrittenInOrder) {
  {
    auto log = open();
    const std::vector<Record> three{record(1), record(2), record(3)};
    EXPECT_EQ(*log->write(three), 1U);
    EXPECT_EQ(*log->write(std::span(three).first(1)), 4U);
  }

  auto log = open();

  EXPECT_EQ(contents(*log), (std::map<Position, std::uint64_t>{{1, 1}, {2, 2}, {3, 3}, {4, 1}}));
  EXPECT_EQ(contents(*log, 4), (std::map<Position, std::uint64_t>{{4, 1}}));
  EXPECT_EQ(log->next_position(), 5U);
  EXPECT_FALSE(log->had_torn_tail());
}

TEST_F(SegmentLogs, GoOnAcrossSegmentsAndRestarts) {
  for (std::uint64_t start = 0; start < 5; ++start) {
    auto log = open();
    EXPECT_EQ(contents(*log).size(), start * 50);
    write(*log, start * 50 + 1, start * 50 + 51);
  }

  auto log = open();
  const auto found = contents(*log);
  EXPECT_EQ(found.size(), 250U);
  for (const auto& [position, number] : found) EXPECT_EQ(position, number);
  EXPECT_GT(count_files("segment-"), 8U);
}

TEST_F(SegmentLogs, GoOverToAnotherCipherAndBack) {
  const auto start = [this](Cipher cipher) {
    SegmentLog::Options wanted = options();
    wanted.cipher = cipher;
    return SegmentLog::open(disk_, vault_, std::move(wanted)).value();
  };
  write(*start(Cipher::aes_256_gcm), 1, 51);
  write(*start(Cipher::chacha20_poly1305), 51, 101);
  write(*start(Cipher::aes_256_gcm), 101, 151);

  const auto found = contents(*open());

  EXPECT_EQ(found.size(), 150U);
  for (const auto& [position, number] : found) EXPECT_EQ(position, number);
  EXPECT_TRUE(disk_.holds(to_bytes(as_bytes("FSTNJRN1"))));
  EXPECT_TRUE(disk_.holds(to_bytes(as_bytes("FSTNJRN2"))));
}

TEST_F(SegmentLogs, AHeaderThatNamesAnotherCipherIsReported) {
  for (const Cipher cipher : {Cipher::aes_256_gcm, Cipher::chacha20_poly1305}) {
    FaultyFileSystem disk{1};
    SegmentLog::Options wanted = options();
    wanted.cipher = cipher;
    write(*SegmentLog::open(disk, vault_, wanted).value(), 1, 100);
    const auto file =
        disk.open("/journal/segment-0000000000000001", os::OpenMode::read_write).value();
    Bytes block(SegmentHeader::kBlock);
    ASSERT_TRUE(file->read_at(0, block));
    SegmentHeader header = SegmentHeader::decode(block).value();
    EXPECT_EQ(header.cipher, cipher);
    header.cipher = cipher == Cipher::aes_256_gcm ? Cipher::chacha20_poly1305 : Cipher::aes_256_gcm;
    ASSERT_TRUE(file->write_at(0, header.encode()));  // with the digest that belongs to it

    const auto log = SegmentLog::open(disk, vault_, wanted).value();
    const auto replayed = log->replay(1, [](Position, const Record&) { return Result<void>(); });
    ASSERT_FALSE(replayed);
    EXPECT_EQ(replayed.error().code, Errc::corrupted);
  }
}

TEST_F(SegmentLogs, DestroyKeysOfSegmentsThatNobodyNeeds) {
  auto log = open();
  write(*log, 1, 20);
  Bytes block(SegmentHeader::kBlock);
  const auto first = disk_.open("/journal/segment-0000000000000001", os::OpenMode::read).value();
  ASSERT_TRUE(first->read_at(0, block));
  const Bytes wrapped = SegmentHeader::decode(block).value().wrapped_key;
  ASSERT_TRUE(disk_.holds(wrapped));
  write(*log, 20, 100);
  const std::size_t before = count_files("segment-");

  ASSERT_TRUE(log->checkpoint("history", 90));

  EXPECT_FALSE(disk_.holds(wrapped));
  EXPECT_LT(count_files("segment-"), before);
  EXPECT_EQ(count_files("free-"), 1U);
  write(*log, 100, 200);
  ASSERT_TRUE(log->checkpoint("history", 190));
  auto again = open();
  EXPECT_EQ(again->checkpoint_of("history"), 190U);
  const auto found = contents(*again, 190);
  EXPECT_EQ(found.begin()->first, 190U);
  EXPECT_EQ(found.rbegin()->first, 199U);
}

TEST_F(SegmentLogs, KeepWhatTheSlowestConsumerNeeds) {
  SegmentLog::Options two = options();
  two.consumers = {"history", "values"};
  auto log = SegmentLog::open(disk_, vault_, two).value();
  write(*log, 1, 200);

  ASSERT_TRUE(log->checkpoint("history", 200));
  ASSERT_TRUE(log->checkpoint("values", 50));
  ASSERT_TRUE(log->checkpoint("nobody", 200));

  auto again = SegmentLog::open(disk_, vault_, two).value();
  EXPECT_EQ(contents(*again, 50).size(), 150U);
}

TEST_F(SegmentLogs, NoRecordIsReadableOnTheDisk) {
  auto log = open();
  const std::string_view planted = "planted-secret-value";
  const std::vector<Record> batch{{1, to_bytes(as_bytes(planted))}};
  ASSERT_TRUE(log->write(batch));

  EXPECT_FALSE(disk_.holds(as_bytes(planted)));
}

TEST_F(SegmentLogs, ATornTailIsLeftOut) {
  {
    auto log = open();
    write(*log, 1, 10);
  }
  // The last frame loses its end.
  auto file = disk_.open(newest(), os::OpenMode::read_write).value();
  Bytes all(kSegment);
  ASSERT_TRUE(file->read_at(0, all));
  const auto end = std::find_if(all.rbegin(), all.rend(), [](std::uint8_t b) { return b != 0; });
  const auto size = static_cast<std::uint64_t>(all.rend() - end);
  ASSERT_TRUE(file->write_at(size - 5, Bytes(5)));

  auto log = open();

  EXPECT_EQ(contents(*log).size(), 8U);
  EXPECT_TRUE(log->had_torn_tail());
  write(*log, 9, 20);
  EXPECT_EQ(contents(*open()).size(), 19U);
}

TEST_F(SegmentLogs, DamageBeforeTheTailIsReported) {
  {
    auto log = open();
    write(*log, 1, 6);
  }
  disk_.flip_bit(newest(), SegmentHeader::kBlock + 100);

  EXPECT_EQ(open_error(), Errc::corrupted);
}

TEST_F(SegmentLogs, EveryFlippedBitOfAClosedSegmentIsReported) {
  {
    auto log = open();
    write(*log, 1, 60);
  }
  auto whole = open();
  for (std::uint64_t offset = 0; offset < kSegment / 2; offset += 37) {
    if (offset >= 150 && offset < SegmentHeader::kBlock) continue;  // padding of the header
    SCOPED_TRACE(offset);
    disk_.flip_bit("/journal/segment-0000000000000001", offset);
    bool is_reported = false;
    auto log = SegmentLog::open(disk_, vault_, options());
    is_reported = !log && log.error().code == Errc::corrupted;
    if (log) {
      const auto replayed =
          log.value()->replay(1, [](Position, const Record&) { return Result<void>(); });
      is_reported = !replayed && replayed.error().code == Errc::corrupted;
    }
    EXPECT_TRUE(is_reported);
    disk_.flip_bit("/journal/segment-0000000000000001", offset);
  }
}

TEST_F(SegmentLogs, AMissingSegmentIsReported) {
  {
    auto log = open();
    write(*log, 1, 100);
  }
  ASSERT_TRUE(disk_.remove("/journal/segment-0000000000000002"));

  EXPECT_EQ(open_error(), Errc::corrupted);
}

TEST_F(SegmentLogs, SwappedSegmentsAreReported) {
  {
    auto log = open();
    write(*log, 1, 100);
  }
  ASSERT_TRUE(disk_.rename("/journal/segment-0000000000000002", "/journal/x"));
  ASSERT_TRUE(
      disk_.rename("/journal/segment-0000000000000001", "/journal/segment-0000000000000002"));
  ASSERT_TRUE(disk_.rename("/journal/x", "/journal/segment-0000000000000001"));

  EXPECT_EQ(open_error(), Errc::corrupted);
}

TEST_F(SegmentLogs, AFullDiskIsSaidAndForgottenOnceThereIsSpace) {
  auto log = open();
  write(*log, 1, 5);
  disk_.set_capacity(2 * kSegment);
  Result<Position> last = Position{0};
  std::uint64_t number = 5;
  for (; last && number < 200; ++number) {
    const std::vector<Record> batch{record(number)};
    last = log->write(batch);
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Errc::exhausted);
  const Position next = log->next_position();

  disk_.set_capacity(std::nullopt);
  write(*log, next, next + 50);

  const auto found = contents(*open());
  EXPECT_EQ(found.size(), next + 49);
  for (const auto& [position, each] : found) EXPECT_EQ(position, each);
}

TEST_F(SegmentLogs, BatchesLargerThanASegmentAreRefused) {
  auto log = open();
  const std::vector<Record> batch{{1, Bytes(kSegment)}};

  EXPECT_EQ(log->write(batch).error().code, Errc::invalid_argument);
  write(*log, 1, 3);
  EXPECT_EQ(contents(*open()).size(), 2U);
}

}  // namespace
}  // namespace fastness::journal
