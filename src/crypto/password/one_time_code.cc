#include "crypto/password/one_time_code.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/require.h"

namespace fastness::crypto {

std::uint64_t one_time_step(Timestamp time) {
  const auto since = time.time_since_epoch();
  if (since < Timestamp::duration::zero()) return 0;
  return static_cast<std::uint64_t>(since / kOneTimeStep);
}

std::string one_time_code(const SecretBytes& secret, std::uint64_t step, int digits) {
  Bytes counter;
  ByteWriter(counter).u64(step);
  std::array<std::uint8_t, 20> mac{};
  unsigned int size = 0;
  require(HMAC(EVP_sha1(), secret.reveal().data(), static_cast<int>(secret.size()), counter.data(),
               counter.size(), mac.data(), &size) != nullptr &&
          size == mac.size());

  // RFC 4226, 5.3: four bytes from where the last one points, without the sign.
  const std::size_t offset = mac.back() & 0xFU;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = (number << 8U) | mac.at(offset + i);
  number &= 0x7FFFFFFFU;
  secure_zero(mac);
  std::string code(static_cast<std::size_t>(std::clamp(digits, 6, 8)), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit) {
    *digit = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return code;
}

std::string to_base32(ByteView bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8U) | byte;
    for (count += 8; count >= 5; count -= 5) {
      text += kAlphabet[(bits >> static_cast<unsigned>(count - 5)) & 0x1FU];
    }
  }
  if (count > 0) text += kAlphabet[(bits << static_cast<unsigned>(5 - count)) & 0x1FU];
  return text;
}

}  // namespace fastness::crypto
