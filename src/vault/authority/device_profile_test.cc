#include "vault/authority/device_profile.h"

#include <gtest/gtest.h>

#include "crypto/testing/vector_file.h"
#include "crypto/x509/certificate.h"

namespace fastness::vault {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::chrono::year_month_day date, std::chrono::minutes of_day = 0min) {
  return Timestamp(std::chrono::sys_days(date)) + of_day;
}

template <std::size_t Size>
std::array<std::uint8_t, Size> array_of(const Bytes& bytes) {
  std::array<std::uint8_t, Size> array{};
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

// The golden certificate was put together by the board's own code.
TEST(DeviceProfile, BoardIsByteForByteWhatABoardRebuilds) {
  const crypto::testing::VectorFile board(FASTNESS_TEST_VECTORS "/board_certificate.json");
  const auto key = crypto::PublicKey::from_point(board.bytes("device_point"));

  const auto body =
      device_certificate_body(DeviceId(Uuid::parse(board.text("device_id")).value()),
                              ledger::Profile::board, *key, array_of<16>(board.bytes("serial")),
                              at(2026y / 11 / 22), array_of<20>(board.bytes("authority_key_id")));

  ASSERT_TRUE(body);
  EXPECT_EQ(to_hex(body->to_tbs()), board.text("tbs"));
}

// RFC 5280 forbids dates that do not exist, and thirty-one years after a leap day there is none.
TEST(DeviceProfile, NeverBeginsOnALeapDay) {
  for (const int hour : {0, 11, 23}) {
    const Timestamp begin = begin_of_validity(at(2028y / 2 / 29, hour * 60min + 59min));
    EXPECT_EQ(begin, at(2028y / 2 / 28, 23h));
  }
  EXPECT_EQ(begin_of_validity(at(2028y / 3 / 1)), at(2028y / 3 / 1));
  EXPECT_EQ(begin_of_validity(at(2028y / 2 / 28, 61min)), at(2028y / 2 / 28, 60min));
}

TEST(DeviceProfile, BeginsAtTheLastFullHour) {
  EXPECT_EQ(begin_of_validity(at(2026y / 11 / 22, 59min) + 59s + 999999us), at(2026y / 11 / 22));
}

TEST(DeviceProfile, EveryDayOfTheYearsToComeGivesTwoDatesThatExist) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  for (auto day = std::chrono::sys_days(2026y / 1 / 1); day < std::chrono::sys_days(2032y / 1 / 1);
       day += std::chrono::days(1)) {
    const auto body =
        device_certificate_body(DeviceId(Uuid({})), ledger::Profile::board, key.public_key(),
                                Serial{0x40}, begin_of_validity(Timestamp(day)), KeyId{});
    ASSERT_TRUE(body);
    const std::chrono::year_month_day begin(
        std::chrono::floor<std::chrono::days>(body->not_before));
    const std::chrono::year_month_day end(std::chrono::floor<std::chrono::days>(body->not_after));
    ASSERT_TRUE(end.ok());
    ASSERT_EQ(end, begin + std::chrono::years(31));
  }
}

TEST(DeviceProfile, BoardsCannotStoreYearsAfter2031) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  const auto board =
      device_certificate_body(DeviceId(Uuid({})), ledger::Profile::board, key.public_key(),
                              Serial{}, at(2032y / 1 / 1), KeyId{});
  EXPECT_EQ(board.error().code, Errc::exhausted);
  EXPECT_TRUE(device_certificate_body(DeviceId(Uuid({})), ledger::Profile::standard,
                                      key.public_key(), Serial{}, at(2032y / 1 / 1), KeyId{}));
}

TEST(DeviceProfile, StandardLivesSixtyDays) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  const auto body = device_certificate_body(DeviceId(Uuid({})), ledger::Profile::standard,
                                            key.public_key(), Serial{}, at(2026y / 1 / 1), KeyId{});
  EXPECT_EQ(body->not_after - body->not_before, std::chrono::days(60));
  EXPECT_EQ(body->extensions.size(), 4U);
}

}  // namespace
}  // namespace fastness::vault
