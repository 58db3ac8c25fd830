#include "vault/recovery/kit_opening.h"

#include <algorithm>
#include <charconv>

#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "crypto/secret/secret_shares.h"

namespace fastness::vault {
namespace {

constexpr std::size_t kSplitSecretSize = 32;
constexpr std::size_t kShareGroup = 8;  // hexadecimal digits between two dashes
constexpr std::string_view kShareContext = "fastness kit share v1";

crypto::Digest digest_of(const Uuid& kit, const crypto::SecretShare& share) {
  return crypto::Sha256()
      .update(as_bytes(kShareContext))
      .update(kit.bytes())
      .update(ByteView(&share.number, 1))
      .update(share.bytes.reveal())
      .finish();
}

// "3-0f3c12aa-...": its number, then its bytes.
std::string share_text(const crypto::SecretShare& share) {
  const std::string digits = to_hex(share.bytes.reveal());
  std::string text = std::to_string(share.number);
  for (std::size_t i = 0; i < digits.size(); i += kShareGroup) {
    text += "-" + digits.substr(i, kShareGroup);
  }
  return text;
}

Unexpected<Error> no_share(std::string_view which) {
  return fail(Errc::unauthenticated,
              std::string(which) + " is not a share of this kit: look for a slip in it");
}

Result<crypto::SecretShare> parse_share(std::string_view line) {
  std::string digits;
  for (const char c : line) {
    if (c != '-' && c != ' ' && c != '\r') digits += c;
  }
  if (digits.size() <= 2 * kSplitSecretSize) return no_share("a line");
  const std::size_t number_size = digits.size() - 2 * kSplitSecretSize;
  crypto::SecretShare share;
  const auto [end, status] =
      std::from_chars(digits.data(), digits.data() + number_size, share.number);
  auto bytes = from_hex(std::string_view(digits).substr(number_size));
  if (status != std::errc() || end != digits.data() + number_size || !bytes) {
    return no_share("a line");
  }
  Bytes raw = std::move(bytes).value();
  share.bytes = crypto::SecretBytes::take(raw);
  return share;
}

Result<std::vector<crypto::SecretShare>> parse_shares(const ByShares& opening, const Uuid& kit,
                                                      std::string_view text) {
  std::vector<crypto::SecretShare> shares;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \r") == std::string_view::npos) continue;
    FASTNESS_ASSIGN_OR_RETURN(crypto::SecretShare share, parse_share(line));
    const bool is_known =
        share.number >= 1 && share.number <= opening.digests.size() &&
        crypto::constant_time_equal(digest_of(kit, share), opening.digests[share.number - 1U]);
    if (!is_known) return no_share("share " + std::to_string(share.number));
    shares.push_back(std::move(share));
  }
  return shares;
}

Result<crypto::SecretBytes> secret_of_shares(const ByShares& opening, const Uuid& kit,
                                             const crypto::SecretBytes& given) {
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<crypto::SecretShare> shares,
                            parse_shares(opening, kit, as_text(given.reveal())));
  if (shares.size() < opening.needed) {
    return fail(Errc::unauthenticated, "the kit opens with " + std::to_string(opening.needed) +
                                           " of its shares, and " + std::to_string(shares.size()) +
                                           " were given: write one a line");
  }
  return crypto::join_shares(shares);
}

}  // namespace

Result<ProtectedKit> protect_kit(const KitProtection& protection, const Uuid& kit, Random& random) {
  ProtectedKit made;
  if (const auto* passphrase = std::get_if<crypto::SecretBytes>(&protection)) {
    ByPassphrase opening;
    random.fill(opening.salt);
    FASTNESS_ASSIGN_OR_RETURN(made.secret,
                              crypto::argon2id(as_text(passphrase->reveal()), opening.salt));
    made.opening = opening;
    return made;
  }
  const auto& split = std::get<SplitChoice>(protection);
  made.secret = crypto::SecretBytes(kSplitSecretSize);
  random.fill(made.secret.reveal());
  FASTNESS_ASSIGN_OR_RETURN(const auto shares,
                            crypto::split_secret(made.secret, split.needed, split.count));
  ByShares opening;
  opening.needed = static_cast<std::uint8_t>(split.needed);
  for (const crypto::SecretShare& share : shares) {
    opening.digests.push_back(digest_of(kit, share));
    made.shares.push_back(share_text(share));
  }
  made.opening = std::move(opening);
  return made;
}

Result<crypto::SecretBytes> secret_of_kit(const KitHeader& header,
                                          const crypto::SecretBytes& given) {
  if (const auto* passphrase = std::get_if<ByPassphrase>(&header.opening)) {
    return crypto::argon2id(as_text(given.reveal()), passphrase->salt);
  }
  return secret_of_shares(std::get<ByShares>(header.opening), header.id, given);
}

}  // namespace fastness::vault
