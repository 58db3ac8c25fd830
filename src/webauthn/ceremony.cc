#include "webauthn/ceremony.h"

#include <utility>

#include "webauthn/attested.h"
#include "webauthn/fido.h"

namespace fastness::webauthn {
namespace {

// P-256's base point (SEC 2, 2.4.2): a key that anybody can sign by, and that nothing is taken
// from.
const PublicKey& key_of_nobody() {
  static const PublicKey key{
      Algorithm::es256, from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                                 "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
                            .value()};
  return key;
}

// 7.1 and 7.2, what both ask of the browser and of the authenticator.
Result<AuthenticatorData> check_both(const ClientData& client_data, ClientData::Type type,
                                     ByteView untrusted_authenticator_data,
                                     const RelyingParty& party) {
  if (client_data.type() != type) return fail(Errc::invalid_argument, "another ceremony");
  if (client_data.origin() != party.origin()) {
    return fail(Errc::invalid_argument, "of another origin");
  }
  FASTNESS_ASSIGN_OR_RETURN(const AuthenticatorData data,
                            AuthenticatorData::parse(untrusted_authenticator_data));
  if (data.party() != crypto::sha256(as_bytes(party.id()))) {
    return fail(Errc::invalid_argument, "for another party");
  }
  if (!data.is_user_present() || !data.is_user_verified()) {
    return fail(Errc::invalid_argument, "the user was not verified");
  }
  if (data.has_credential() != (type == ClientData::Type::create)) {
    return fail(Errc::invalid_argument, "a credential where none belongs, or none where one does");
  }
  // We ask for none. At its making a credential may have some all the same (9.), which count for
  // nothing; what is signed later has no reason to.
  if (data.has_extensions() && type == ClientData::Type::get) {
    return fail(Errc::invalid_argument, "extensions that nobody asked for");
  }
  return data;
}

}  // namespace

Result<CredentialId> CredentialId::of(ByteView untrusted_bytes) {
  if (untrusted_bytes.size() < kLeastBytes || untrusted_bytes.size() > kMostBytes) {
    return fail(Errc::invalid_argument, "no credential id has this length");
  }
  return CredentialId(to_bytes(untrusted_bytes));
}

Result<Credential> register_credential(const ClientData& client_data,
                                       ByteView untrusted_authenticator_data,
                                       const RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(
      const AuthenticatorData data,
      check_both(client_data, ClientData::Type::create, untrusted_authenticator_data, party));
  FASTNESS_ASSIGN_OR_RETURN(Attested made, find_attested(untrusted_authenticator_data));
  FASTNESS_ASSIGN_OR_RETURN(PublicKey key,
                            fido::read_key(untrusted_authenticator_data.first(made.end), made));
  return Credential{std::move(made.id), std::move(key), data.counter(), data.backup()};
}

Result<Use> check_assertion(const ClientData& client_data, const RawAssertion& untrusted,
                            const RelyingParty& party, const PublicKey& key) {
  const auto data =
      check_both(client_data, ClientData::Type::get, untrusted.authenticator_data, party);
  if (!data) return fail(Errc::unauthenticated, data.error().message);
  FASTNESS_RETURN_IF_ERROR(fido::verify(untrusted.authenticator_data, untrusted.signature,
                                        client_data.digest(), party.id(), key));
  return Use{data->counter(), data->backup()};
}

Unexpected<Error> refuse_assertion(const ClientData& client_data, const RawAssertion& untrusted,
                                   const RelyingParty& party) {
  static_cast<void>(check_assertion(client_data, untrusted, party, key_of_nobody()).has_value());
  return fail(Errc::unauthenticated, "nobody's credential");
}

}  // namespace fastness::webauthn
