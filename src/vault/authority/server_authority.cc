#include "vault/authority/server_authority.h"

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/password/password_hash.h"
#include "crypto/public_key/rsa.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"

namespace fastness::vault {
namespace {

using crypto::NameAttribute;

constexpr char kFile[] = "server-authority";
constexpr char kStandbyFile[] = "standby-root";
constexpr char kRootLabel[] = "server-root";
constexpr std::string_view kExportContext = "fastness standby root v1";
constexpr std::chrono::days kRootLifetime{30 * 365 + 7};
constexpr std::chrono::days kIssuerLifetime{5 * 365};
constexpr std::chrono::days kIssuerRenewal{365};  // this long before its end
constexpr std::chrono::days kLeafLifetime{90};
constexpr std::chrono::days kLeafRenewal{60};  // this long after its begin
// Boards and browsers whose clocks are behind must be able to connect at once.
constexpr std::chrono::days kBackDated{1};
constexpr std::size_t kCodeCharacters = 32;
constexpr std::size_t kCodeGroup = 4;

Result<Bytes> authority_name(std::string_view role, const crypto::PublicKey& key) {
  const std::string id = to_hex(ByteView(key.key_id()).first(4));
  return crypto::encode_name({{NameAttribute::organisation, "Fastness"},
                              {NameAttribute::common_name, std::string(role) + " " + id}});
}

// A root's body; the caller signs it with the root's own key.
Result<crypto::CertificateBody> root_body(std::string_view role, const crypto::PublicKey& key,
                                          Bytes serial, Timestamp now) {
  crypto::CertificateBody body;
  body.serial = std::move(serial);
  FASTNESS_ASSIGN_OR_RETURN(body.issuer, authority_name(role, key));
  body.subject = body.issuer;
  body.not_before = std::chrono::floor<std::chrono::days>(now) - kBackDated;
  body.not_after = body.not_before + kRootLifetime;
  body.spki = key.to_spki();
  body.extensions = {crypto::authority_extension(1),
                     crypto::key_usage_extension(crypto::KeyUsage::signs_certificates),
                     crypto::subject_key_id_extension(key.key_id())};
  return body;
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

Result<void> check_server_key(ByteView spki) {
  if (crypto::PublicKey::from_spki(spki)) return {};
  return crypto::check_rsa_spki(spki);
}

}  // namespace

Bytes ServerAuthority::random_serial() const {
  Bytes serial(16);
  random_->fill(serial);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);
  return serial;
}

std::string ServerAuthority::issuer_label() const {
  return "server-issuer-" + std::to_string(issuer_number_);
}

Result<ServerAuthority> ServerAuthority::open(const SealedFiles& files, KeyStore& keys,
                                              const Clock& clock, Random& random) {
  ServerAuthority authority(files, keys, clock, random);
  auto loaded = authority.load();
  if (loaded) return authority;
  if (loaded.error().code != Errc::not_found) return propagate(std::move(loaded));
  FASTNESS_RETURN_IF_ERROR(authority.make_roots());
  FASTNESS_RETURN_IF_ERROR(authority.make_issuer());
  return authority;
}

Result<void> ServerAuthority::load() {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes stored, files_->read(kFile));
  ByteReader in(stored.reveal());
  active_ = to_bytes(in.sized());
  standby_ = to_bytes(in.sized());
  issuer_ = to_bytes(in.sized());
  issuer_number_ = in.u32();
  return in.finish("the server authority's record");
}

Result<void> ServerAuthority::save() const {
  Bytes encoded;
  ByteWriter out(encoded);
  out.sized(active_);
  out.sized(standby_);
  out.sized(issuer_);
  out.u32(issuer_number_);
  return files_->write(kFile, encoded);
}

// Both roots. Their record is saved with the first issuing authority, so a start that was cut off
// makes them anew.
Result<void> ServerAuthority::make_roots() {
  FASTNESS_RETURN_IF_ERROR(keys_->destroy(kRootLabel));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, keys_->create_key(kRootLabel));
  const Timestamp now = clock_->now();
  FASTNESS_ASSIGN_OR_RETURN(const auto body,
                            root_body("Fastness active root", key, random_serial(), now));
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(kRootLabel, tbs));
  active_ = crypto::assemble_certificate(tbs, signature);

  // The standby key never enters the key store: it waits, sealed, to be carried away.
  const crypto::PrivateKey standby = crypto::PrivateKey::generate();
  FASTNESS_ASSIGN_OR_RETURN(
      const auto standby_body,
      root_body("Fastness standby root", standby.public_key(), random_serial(), now));
  const Bytes standby_tbs = standby_body.to_tbs();
  standby_ = crypto::assemble_certificate(standby_tbs, standby.sign(standby_tbs));
  return files_->write(kStandbyFile, standby.to_pkcs8().reveal());
}

Result<void> ServerAuthority::make_issuer() {
  ++issuer_number_;
  const std::string label = issuer_label();
  FASTNESS_RETURN_IF_ERROR(keys_->destroy(label));  // of a start that was cut off
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, keys_->create_key(label));
  FASTNESS_ASSIGN_OR_RETURN(const auto root, crypto::Certificate::parse(active_));
  crypto::CertificateBody body;
  body.serial = random_serial();
  body.issuer = to_bytes(root.subject());
  FASTNESS_ASSIGN_OR_RETURN(body.subject, authority_name("Fastness server issuer", key));
  body.not_before = std::chrono::floor<std::chrono::days>(clock_->now()) - kBackDated;
  body.not_after = std::min(body.not_before + kIssuerLifetime, root.not_after());
  body.spki = key.to_spki();
  body.extensions = {crypto::authority_extension(0),
                     crypto::key_usage_extension(crypto::KeyUsage::signs_certificates),
                     crypto::subject_key_id_extension(key.key_id()),
                     crypto::authority_key_id_extension(root.subject_key_id())};
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(kRootLabel, tbs));
  issuer_ = crypto::assemble_certificate(tbs, signature);
  return save();
}

Result<void> ServerAuthority::renew_issuer_if_due() {
  FASTNESS_ASSIGN_OR_RETURN(const auto issuer, crypto::Certificate::parse(issuer_));
  if (clock_->now() < issuer.not_after() - kIssuerRenewal) return {};
  const std::string old_label = issuer_label();
  FASTNESS_RETURN_IF_ERROR(make_issuer());
  return keys_->destroy(old_label);
}

Result<vault_ipc::IssuedServerCertificate> ServerAuthority::issue(
    const vault_ipc::IssueServerCertificate& request) {
  FASTNESS_RETURN_IF_ERROR(check_server_key(request.spki));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes names, crypto::subject_names_extension(request.names));
  FASTNESS_RETURN_IF_ERROR(renew_issuer_if_due());
  FASTNESS_ASSIGN_OR_RETURN(const auto issuer, crypto::Certificate::parse(issuer_));
  const Timestamp now = std::chrono::floor<std::chrono::seconds>(clock_->now());
  crypto::CertificateBody body;
  body.serial = random_serial();
  body.issuer = to_bytes(issuer.subject());
  body.not_before = std::max<Timestamp>(now - kBackDated, issuer.not_before());
  body.not_after = std::min<Timestamp>(now + kLeafLifetime, issuer.not_after());
  // The names are in the extension, where clients look; this one is for people.
  FASTNESS_ASSIGN_OR_RETURN(body.subject,
                            crypto::encode_name({{NameAttribute::organisation, "Fastness"},
                                                 {NameAttribute::common_name, "Fastness server"}}));
  body.spki = request.spki;
  body.extensions = {crypto::end_entity_extension(),
                     crypto::key_usage_extension(crypto::KeyUsage::signs),
                     crypto::extended_key_usage_extension(crypto::ExtendedKeyUsage::server), names,
                     crypto::authority_key_id_extension(issuer.subject_key_id())};
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(issuer_label(), tbs));
  return vault_ipc::IssuedServerCertificate{
      {crypto::assemble_certificate(tbs, signature), issuer_}, body.not_after, now + kLeafRenewal};
}

Result<ServerAuthority::StandbyExport> ServerAuthority::export_standby() const {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes key, files_->read(kStandbyFile));
  StandbyExport taken;
  taken.code = random_code(*random_);
  taken.certificate = standby_;
  taken.sealed.resize(crypto::kPasswordSaltSize);
  random_->fill(taken.sealed);
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes seal,
                            crypto::argon2id(taken.code, taken.sealed));
  const Bytes body =
      crypto::seal_with_random_nonce(seal, as_bytes(kExportContext), key.reveal(), *random_);
  taken.sealed.insert(taken.sealed.end(), body.begin(), body.end());
  return taken;
}

Result<void> ServerAuthority::forget_standby() {
  return files_->destroy(kStandbyFile);
}

Result<bool> ServerAuthority::has_standby() const {
  const auto key = files_->read(kStandbyFile);
  if (key) return true;
  if (key.error().code == Errc::not_found) return false;
  return Unexpected<Error>{key.error()};
}

}  // namespace fastness::vault
