#include "crypto/secret/secret_shares.h"

#include <algorithm>
#include <memory>

#include <sodium.h>

#include "crypto/require.h"

extern "C" {
#include <libgfshare.h>
}

namespace fastness::crypto {
namespace {

struct FreeShares {
  void operator()(gfshare_ctx* context) const noexcept { gfshare_ctx_free(context); }
};
using SharesPtr = std::unique_ptr<gfshare_ctx, FreeShares>;

// The library asks for chance through a pointer that is null until somebody sets it. It needs it
// for the coefficients, and to overwrite what it frees.
void give_chance() {
  require(sodium_init() >= 0);
  gfshare_fill_rand = [](unsigned char* out, unsigned int size) { randombytes_buf(out, size); };
}

Result<std::vector<std::uint8_t>> numbers_of(std::span<const SecretShare> shares) {
  std::vector<std::uint8_t> numbers;
  for (const SecretShare& share : shares) {
    if (share.number == 0 || share.bytes.size() != shares.front().bytes.size()) {
      return fail(Errc::invalid_argument, "the shares do not belong together");
    }
    if (std::ranges::find(numbers, share.number) != numbers.end()) {
      return fail(Errc::invalid_argument,
                  "share " + std::to_string(share.number) + " was given twice");
    }
    numbers.push_back(share.number);
  }
  return numbers;
}

}  // namespace

Result<std::vector<SecretShare>> split_secret(const SecretBytes& secret, std::size_t needed,
                                              std::size_t count) {
  if (needed < 2 || needed > count || count > kMaxShares || secret.size() == 0) {
    return fail(Errc::invalid_argument,
                "a secret is split into two to sixteen shares, of which two or more are needed");
  }
  give_chance();
  std::vector<std::uint8_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<std::uint8_t>(i + 1);
  const SharesPtr context(gfshare_ctx_init_enc(numbers.data(), static_cast<unsigned>(count),
                                               static_cast<unsigned char>(needed),
                                               static_cast<unsigned>(secret.size())));
  require(context != nullptr);
  SecretBytes copy(secret.size());  // the library's parameter is not const
  std::ranges::copy(secret.reveal(), copy.reveal().begin());
  gfshare_ctx_enc_setsecret(context.get(), copy.reveal().data());
  std::vector<SecretShare> shares;
  for (std::size_t i = 0; i < count; ++i) {
    SecretShare share{numbers[i], SecretBytes(secret.size())};
    gfshare_ctx_enc_getshare(context.get(), static_cast<unsigned char>(i),
                             share.bytes.reveal().data());
    shares.push_back(std::move(share));
  }
  return shares;
}

Result<SecretBytes> join_shares(std::span<const SecretShare> shares) {
  if (shares.empty()) return fail(Errc::invalid_argument, "there are no shares");
  FASTNESS_ASSIGN_OR_RETURN(std::vector<std::uint8_t> numbers, numbers_of(shares));
  give_chance();
  const std::size_t size = shares.front().bytes.size();
  const SharesPtr context(gfshare_ctx_init_dec(
      numbers.data(), static_cast<unsigned>(numbers.size()), static_cast<unsigned>(size)));
  require(context != nullptr);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    SecretBytes copy(size);
    std::ranges::copy(shares[i].bytes.reveal(), copy.reveal().begin());
    gfshare_ctx_dec_giveshare(context.get(), static_cast<unsigned char>(i), copy.reveal().data());
  }
  SecretBytes secret(size);
  gfshare_ctx_dec_extract(context.get(), secret.reveal().data());
  return secret;
}

}  // namespace fastness::crypto
