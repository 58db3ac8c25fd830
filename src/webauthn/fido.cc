#include "webauthn/fido.h"

#include <memory>
#include <utility>

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

namespace fastness::webauthn::fido {
namespace {

// libfido2 frees by a pointer to the pointer.
template <auto free>
struct Free {
  template <typename T>
  void operator()(T* object) const noexcept {
    free(&object);
  }
};
using CredPtr = std::unique_ptr<fido_cred_t, Free<fido_cred_free>>;
using AssertPtr = std::unique_ptr<fido_assert_t, Free<fido_assert_free>>;
using Es256Ptr = std::unique_ptr<es256_pk_t, Free<es256_pk_free>>;
using EddsaPtr = std::unique_ptr<eddsa_pk_t, Free<eddsa_pk_free>>;
using Rs256Ptr = std::unique_ptr<rs256_pk_t, Free<rs256_pk_free>>;

int to_cose(Algorithm algorithm) {
  return static_cast<int>(algorithm);
}

// Each thread's first call must be this one; later ones cost nothing.
void begin() {
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
}

// Calls `use` with the key as libfido2 has it; false if it is none, such as a point that is not on
// its curve.
template <typename Use>
bool with_key(const PublicKey& key, Use use) {
  const auto run = [&](auto made, auto parse) {
    return made != nullptr && parse(made.get(), key.bytes.data(), key.bytes.size()) == FIDO_OK &&
           use(made.get());
  };
  switch (key.algorithm) {
    case Algorithm::es256:
      return run(Es256Ptr(es256_pk_new()), es256_pk_from_ptr);
    case Algorithm::eddsa:
      return run(EddsaPtr(eddsa_pk_new()), eddsa_pk_from_ptr);
    case Algorithm::rs256:
      return run(Rs256Ptr(rs256_pk_new()), rs256_pk_from_ptr);
  }
  return false;
}

}  // namespace

Result<PublicKey> read_key(ByteView untrusted_authenticator_data, const Attested& found) {
  begin();
  // Without what follows the key, which nobody asked for and nobody signed.
  Bytes data = to_bytes(untrusted_authenticator_data);
  data[AuthenticatorData::kFlagsAt] &= static_cast<std::uint8_t>(~AuthenticatorData::kExtensions);
  const CredPtr cred(fido_cred_new());
  const bool is_read = cred != nullptr &&
                       fido_cred_set_type(cred.get(), to_cose(found.algorithm)) == FIDO_OK &&
                       fido_cred_set_authdata_raw(cred.get(), data.data(), data.size()) == FIDO_OK;
  if (!is_read) return fail(Errc::invalid_argument, "no credential");
  PublicKey key{found.algorithm,
                to_bytes({fido_cred_pubkey_ptr(cred.get()), fido_cred_pubkey_len(cred.get())})};
  if (!with_key(key, [](const auto*) { return true; })) {
    return fail(Errc::invalid_argument, "a key that is none");
  }
  return key;
}

Result<void> verify(ByteView untrusted_authenticator_data, ByteView signature,
                    const crypto::Digest& client_data, const std::string& party,
                    const PublicKey& key) {
  begin();
  const AssertPtr held(fido_assert_new());
  fido_assert_t* const assertion = held.get();
  const bool is_read =
      assertion != nullptr && fido_assert_set_count(assertion, 1) == FIDO_OK &&
      fido_assert_set_rp(assertion, party.c_str()) == FIDO_OK &&
      fido_assert_set_up(assertion, FIDO_OPT_TRUE) == FIDO_OK &&
      fido_assert_set_uv(assertion, FIDO_OPT_TRUE) == FIDO_OK &&
      fido_assert_set_clientdata_hash(assertion, client_data.data(), client_data.size()) ==
          FIDO_OK &&
      fido_assert_set_authdata_raw(assertion, 0, untrusted_authenticator_data.data(),
                                   untrusted_authenticator_data.size()) == FIDO_OK &&
      fido_assert_set_sig(assertion, 0, signature.data(), signature.size()) == FIDO_OK;
  const bool is_signed =
      is_read && with_key(key, [&](const auto* made) {
        return fido_assert_verify(assertion, 0, to_cose(key.algorithm), made) == FIDO_OK;
      });
  if (!is_signed) return fail(Errc::unauthenticated, "the credential did not sign this");
  return {};
}

}  // namespace fastness::webauthn::fido
