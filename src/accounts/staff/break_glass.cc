#include "accounts/staff/break_glass.h"

#include <algorithm>

#include "accounts/sign_in/code_text.h"

namespace fastness::accounts {

BreakGlass::BreakGlass(StaffStore& store, const AccountKeys& keys, const Clock& clock,
                       Random& random)
    : store_(store),
      clock_(clock),
      random_(random),
      key_(crypto::hkdf_sha256(keys.setup_link, {}, "fastness break-glass codes", 32)) {}

Result<std::vector<std::string>> BreakGlass::make() {
  std::vector<std::string> codes;
  std::vector<crypto::Digest> digests;
  for (std::size_t i = 0; i < kCodes; ++i) {
    std::array<std::uint8_t, kCodeBytes> secret{};
    random_.fill(secret);
    codes.push_back(to_code_text(secret));
    crypto::secure_zero(secret);
    digests.push_back(digest(codes.back()));
  }
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.replace_codes(digests, clock_.now()));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return codes;
}

Result<bool> BreakGlass::are_there() {
  FASTNESS_ASSIGN_OR_RETURN(const auto codes, store_.codes());
  return !codes.empty();
}

Result<void> BreakGlass::use(UserId by, const TwoCodes& untrusted_codes) {
  const std::string bucket = by.value().to_text();
  if (!attempts_.take(bucket, clock_.steady())) {
    return fail(Errc::exhausted, "too many attempts with codes");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto sealed, store_.codes());
  const auto is_one = [&](const crypto::Digest& code) {
    return std::ranges::find(sealed, code) != sealed.end();
  };
  const crypto::Digest one = digest(untrusted_codes[0]);
  const crypto::Digest other = digest(untrusted_codes[1]);
  // One code twice is one code. Digests under a key may be compared in any time.
  if (one == other || !is_one(one) || !is_one(other)) {
    return fail(Errc::unauthenticated, "these are not two of the sealed codes");
  }
  FASTNESS_RETURN_IF_ERROR(store_.replace_codes({}, clock_.now()));
  attempts_.give_back(bucket);
  return {};
}

crypto::Digest BreakGlass::digest(std::string_view code) const {
  return crypto::hmac_sha256(key_, as_bytes(plain_code(code)));
}

}  // namespace fastness::accounts
