#include "vault/authority/device_profile.h"

#include <cstdlib>

namespace fastness::vault {
namespace {

using crypto::NameAttribute;

constexpr std::chrono::days kStandardLifetime{60};
constexpr std::chrono::years kBoardLifetime{31};
constexpr std::chrono::year kLastBoardYear{2031};  // five bits count from 2000

// Years later, on the same day and hour.
Timestamp add_years(Timestamp begin, std::chrono::years years) {
  const auto day = std::chrono::floor<std::chrono::days>(begin);
  const std::chrono::year_month_day date = std::chrono::year_month_day(day) + years;
  return Timestamp(std::chrono::sys_days(date)) + (begin - day);
}

std::vector<Bytes> standard_extensions(const KeyId& issuer_key) {
  return {crypto::end_entity_extension(), crypto::key_usage_extension(crypto::KeyUsage::signs),
          crypto::extended_key_usage_extension(crypto::ExtendedKeyUsage::client),
          crypto::authority_key_id_extension(issuer_key)};
}

}  // namespace

Serial random_serial(Random& random) {
  Serial serial{};
  random.fill(serial);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);
  return serial;
}

Bytes device_issuer_name() {
  auto name = crypto::encode_name({{NameAttribute::country, "US"},
                                   {NameAttribute::organisation, "Arduino LLC US"},
                                   {NameAttribute::organisational_unit, "IT"},
                                   {NameAttribute::common_name, "Arduino"}});
  if (!name) std::abort();  // constants that fit
  return std::move(name).value();
}

Timestamp begin_of_validity(Timestamp now) {
  const Timestamp hour = std::chrono::floor<std::chrono::hours>(now);
  const auto day = std::chrono::floor<std::chrono::days>(hour);
  const std::chrono::year_month_day date(day);
  const bool is_leap_day =
      date.month() == std::chrono::February && date.day() == std::chrono::day(29);
  return is_leap_day ? Timestamp(day) - std::chrono::hours(1) : hour;
}

Result<crypto::CertificateBody> device_certificate_body(DeviceId device, ledger::Profile profile,
                                                        const crypto::PublicKey& key,
                                                        const Serial& serial, Timestamp begin,
                                                        const KeyId& issuer_key) {
  const bool is_board = profile == ledger::Profile::board;
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(begin));
  if (is_board && date.year() > kLastBoardYear) {
    return fail(Errc::exhausted, "boards cannot store a certificate that begins after 2031");
  }
  crypto::CertificateBody body;
  body.serial = to_bytes(serial);
  body.issuer = device_issuer_name();
  body.not_before = begin;
  body.not_after = is_board ? add_years(begin, kBoardLifetime) : begin + kStandardLifetime;
  FASTNESS_ASSIGN_OR_RETURN(
      body.subject, crypto::encode_name({{NameAttribute::common_name, device.value().to_text()}}));
  body.spki = key.to_spki();
  body.extensions = is_board ? std::vector<Bytes>{crypto::authority_key_id_extension(issuer_key)}
                             : standard_extensions(issuer_key);
  return body;
}

}  // namespace fastness::vault
