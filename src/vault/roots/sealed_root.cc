#include "vault/roots/sealed_root.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "crypto/aead.h"
#include "crypto/password/password_hash.h"
#include "crypto/public_key/pem.h"
#include "roots/profile.h"

namespace fastness::vault {
namespace {

constexpr std::size_t kCodeCharacters = 32;
constexpr std::size_t kCodeGroup = 4;

struct Kept {
  RootRole role;
  std::string_view label;
  std::string_view context;
};
constexpr std::array<Kept, 2> kKept{{
    {RootRole::active, "FASTNESS SEALED ACTIVE ROOT", "fastness active root v1"},
    {RootRole::standby, "FASTNESS SEALED STANDBY ROOT", "fastness standby root v1"},
}};

const Kept& kept_as(RootRole role) {
  return role == RootRole::active ? kKept[0] : kKept[1];
}

// Upper-case letters and digits that nobody mistakes for others, five bits each.
std::string random_code(Random& random) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::array<std::uint8_t, kCodeCharacters> bytes{};
  random.fill(bytes);
  std::string code;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0 && i % kCodeGroup == 0) code.push_back('-');
    code.push_back(kAlphabet[bytes[i] % kAlphabet.size()]);
  }
  return code;
}

// The code as `random_code` writes it, however it was typed: in fixed-size memory that is zeroed.
crypto::SecretBytes as_written(const crypto::SecretBytes& typed) {
  crypto::SecretBytes code(kCodeCharacters + kCodeCharacters / kCodeGroup - 1);
  const auto out = code.reveal();
  std::size_t size = 0;
  for (const std::uint8_t byte : typed.reveal()) {
    const int character = std::toupper(byte);
    if (std::isalnum(character) == 0) continue;  // a dash or a blank
    if (size % (kCodeGroup + 1) == kCodeGroup && size < out.size()) out[size++] = '-';
    if (size == out.size()) return crypto::SecretBytes(code.size());  // too long: opens nothing
    std::uint8_t meant = static_cast<std::uint8_t>(character);
    if (meant == 'O') meant = '0';
    if (meant == 'I' || meant == 'L') meant = '1';
    out[size++] = meant;
  }
  return code;
}

}  // namespace

std::string SealedRoot::to_file(RootRole role) const {
  return crypto::to_pem(kept_as(role).label, sealed) +
         crypto::to_pem(crypto::kCertificateLabel, certificate);
}

Result<SealedRoot> seal_root(RootRole role, ByteView certificate, const crypto::SecretBytes& pkcs8,
                             Random& random) {
  SealedRoot taken;
  taken.code = random_code(random);
  taken.certificate = to_bytes(certificate);
  taken.sealed.resize(crypto::kPasswordSaltSize);
  random.fill(taken.sealed);
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes seal,
                            crypto::argon2id(taken.code, taken.sealed));
  const Bytes body =
      crypto::seal_with_random_nonce(seal, as_bytes(kept_as(role).context), pkcs8.reveal(), random);
  taken.sealed.insert(taken.sealed.end(), body.begin(), body.end());
  return taken;
}

Result<OpenedRoot> open_sealed_root(std::string_view untrusted_file,
                                    const crypto::SecretBytes& code) {
  const auto unreadable = [] {
    return fail(Errc::invalid_argument,
                "this is no file of a root: `fastness host ca export-root` writes one");
  };
  Result<Bytes> sealed = unreadable();
  std::string_view context;
  for (const Kept& each : kKept) {
    if (sealed) break;
    sealed = crypto::from_pem(each.label, untrusted_file);
    context = each.context;
  }
  const auto der = crypto::from_pem(crypto::kCertificateLabel, untrusted_file);
  if (!sealed || !der || sealed->size() < crypto::kPasswordSaltSize) return unreadable();
  auto certificate = roots::parse_root(*der);
  if (!certificate) return unreadable();

  const crypto::SecretBytes written = as_written(code);
  const ByteView all(*sealed);
  FASTNESS_ASSIGN_OR_RETURN(
      const crypto::SecretBytes seal,
      crypto::argon2id(as_text(written.reveal()), all.first(crypto::kPasswordSaltSize)));
  const auto pkcs8 =
      crypto::open_with_nonce(seal, as_bytes(context), all.subspan(crypto::kPasswordSaltSize));
  if (!pkcs8) {
    return fail(Errc::unauthenticated, "the code does not open this file, or the file was changed");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto key, crypto::PrivateKey::from_pkcs8(*pkcs8));
  if (certificate->key_digest() != key.public_key().digest()) {
    return fail(Errc::unauthenticated, "the certificate in this file is of another key");
  }
  return OpenedRoot{std::move(key), std::move(certificate).value()};
}

}  // namespace fastness::vault
