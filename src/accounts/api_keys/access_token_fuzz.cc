// Arbitrary text as an access token, and as the claims of one that is signed by our own key: nobody
// is let in but by a key that lives.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "accounts/api_keys/access_tokens.h"
#include "accounts/api_keys/scope.h"

namespace {

using namespace fastness;
using namespace fastness::accounts;

AccountKeys fixed_keys() {
  AccountKeys keys;
  keys.token_current = crypto::SecretBytes(32);
  return keys;
}

constexpr Timestamp kNow{std::chrono::seconds{1'000'000}};
const std::string kAlive = "fkalive";
const OrganisationId kOrganisation(Uuid({}));
const UserId kUser(Uuid({}));

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const AccountKeys kKeys = fixed_keys();
  static const AccessTokens kTokens(kKeys);
  static const KeySnapshot kSnapshot(
      {{kAlive, KeyView{kOrganisation, kUser, {}, Timestamp::max()}}});
  static const std::string kHeader = [] {
    const std::string token =
        kTokens.issue(ApiKey{kAlive, kOrganisation, kUser, "", {}, {}, {}, std::nullopt}, kNow);
    return token.substr(0, token.find('.'));
  }();
  const std::string_view input = as_text({data, size});
  static_cast<void>(parse_scope(input));
  if (kTokens.verify(input, kSnapshot, kNow)) std::abort();

  std::string token = kHeader + "." + to_base64url(as_bytes(input));
  token += "." + to_base64url(crypto::hmac_sha256(kKeys.token_current, as_bytes(token)));
  const auto bearer = kTokens.verify(token, kSnapshot, kNow);
  if (bearer && bearer->client_id != kAlive) std::abort();
  return 0;
}
