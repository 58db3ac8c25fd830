#include "vault/authority/server_authority.h"

#include <algorithm>

#include "crypto/public_key/rsa.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"
#include "roots/profile.h"
#include "vault/authority/device_profile.h"

namespace fastness::vault {
namespace {

using crypto::NameAttribute;

constexpr char kServerAuthorityFile[] = "server-authority";
constexpr char kRequestFile[] = "server-root-request";
constexpr std::chrono::days kIssuerRenewal{365};  // this long before its end
constexpr std::chrono::days kLeafLifetime{90};
constexpr std::chrono::days kLeafRenewal{60};  // this long after its begin

// Of the standby root of that set. The first one's has no number, for it was there before sets had.
std::string standby_file(std::uint32_t number) {
  return number == 1 ? "standby-root" : "standby-root-" + std::to_string(number);
}

std::string issuer_key(std::uint32_t number) {
  return "server-issuer-" + std::to_string(number);
}

Result<void> check_server_key(ByteView spki) {
  if (crypto::PublicKey::from_spki(spki)) return {};
  return crypto::check_rsa_spki(spki);
}

}  // namespace

Result<ServerAuthority> ServerAuthority::open(const SealedFiles& files, KeyStore& keys,
                                              const Clock& clock, Random& random) {
  ServerAuthority authority(files, keys, clock, random);
  auto loaded = authority.load();
  if (loaded) {
    FASTNESS_RETURN_IF_ERROR(authority.end_what_was_cut_short());
    if (authority.issuer_number_ < 2) return authority;
    // Of a renewal that was cut short once the new one was written down.
    FASTNESS_RETURN_IF_ERROR(keys.destroy(issuer_key(authority.issuer_number_ - 1)));
    return authority;
  }
  if (loaded.error().code != Errc::not_found) return propagate(std::move(loaded));
  FASTNESS_RETURN_IF_ERROR(authority.make_roots());
  FASTNESS_RETURN_IF_ERROR(authority.make_issuer());
  return authority;
}

Result<void> ServerAuthority::restore(const SealedFiles& files, KeyStore& keys, const Clock& clock,
                                      Random& random, const vault_ipc::ServerAnchors& anchors,
                                      ActiveRoot root_is) {
  ServerAuthority authority(files, keys, clock, random);
  authority.anchors_ = anchors;
  if (root_is == ActiveRoot::elsewhere) {
    FASTNESS_RETURN_IF_ERROR(keys.destroy(kRootLabel));
    return authority.save(anchors, {}, 0);
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto root, crypto::Certificate::parse(anchors.active));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, keys.public_key(kRootLabel));
  if (root.key_digest() != key.digest()) {
    return fail(Errc::corrupted, "the key of the server root is not the one that boards trust");
  }
  return authority.make_issuer();
}

Result<void> ServerAuthority::load() {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes stored, files_->read(kServerAuthorityFile));
  ByteReader in(stored.reveal());
  anchors_.active = to_bytes(in.sized());
  anchors_.standby = to_bytes(in.sized());
  issuer_ = to_bytes(in.sized());
  issuer_number_ = in.u32();
  if (in.ok() && !in.rest().empty()) {  // the record ended here before sets had numbers
    anchors_.number = in.u32();
    const std::uint32_t count = in.u32();
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
      anchors_.documents.push_back(to_bytes(in.sized()));
    }
  }
  return in.finish("the server authority's record");
}

Result<void> ServerAuthority::save(const vault_ipc::ServerAnchors& anchors, const Bytes& issuer,
                                   std::uint32_t issuer_number) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.sized(anchors.active);
  out.sized(anchors.standby);
  out.sized(issuer);
  out.u32(issuer_number);
  out.u32(anchors.number);
  out.u32(static_cast<std::uint32_t>(anchors.documents.size()));
  for (const Bytes& document : anchors.documents) out.sized(document);
  FASTNESS_RETURN_IF_ERROR(files_->write(kServerAuthorityFile, encoded));
  anchors_ = anchors;
  issuer_ = issuer;
  issuer_number_ = issuer_number;
  return {};
}

Result<roots::RootSet> ServerAuthority::root_set() const {
  return roots::RootSet::make(anchors_.number, anchors_.active, anchors_.standby);
}

// Both roots. Their record is saved with the first issuing authority, so a start that was cut off
// makes them anew.
Result<void> ServerAuthority::make_roots() {
  FASTNESS_RETURN_IF_ERROR(keys_->destroy(kRootLabel));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, keys_->create_key(kRootLabel));
  FASTNESS_ASSIGN_OR_RETURN(
      const auto body,
      roots::root_body(roots::kActiveRole, key, to_bytes(random_serial(*random_)), clock_->now()));
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(kRootLabel, tbs));
  anchors_.active = crypto::assemble_certificate(tbs, signature);
  FASTNESS_ASSIGN_OR_RETURN(anchors_.standby, make_standby(1));
  return {};
}

// The standby key never enters the key store: it waits, sealed, to be carried away.
Result<Bytes> ServerAuthority::make_standby(std::uint32_t number) {
  const crypto::PrivateKey standby = crypto::PrivateKey::generate();
  FASTNESS_ASSIGN_OR_RETURN(const auto body,
                            roots::root_body(roots::kStandbyRole, standby.public_key(),
                                             to_bytes(random_serial(*random_)), clock_->now()));
  const Bytes tbs = body.to_tbs();
  FASTNESS_RETURN_IF_ERROR(files_->write(standby_file(number), standby.to_pkcs8().reveal()));
  return crypto::assemble_certificate(tbs, standby.sign(tbs));
}

Result<void> ServerAuthority::make_issuer() {
  FASTNESS_RETURN_IF_ERROR(withdraw());  // its key has the number that is needed now
  const std::string label = requested_issuer_label();
  FASTNESS_RETURN_IF_ERROR(keys_->destroy(label));  // of a start that was cut off
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, keys_->create_key(label));
  FASTNESS_ASSIGN_OR_RETURN(const auto root, crypto::Certificate::parse(anchors_.active));
  FASTNESS_ASSIGN_OR_RETURN(
      const auto body,
      roots::issuer_body(root, key, to_bytes(random_serial(*random_)), clock_->now()));
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(kRootLabel, tbs));
  return save(anchors_, crypto::assemble_certificate(tbs, signature), issuer_number_ + 1);
}

// A root that lies elsewhere signs the next one when it is asked (`prepare`).
Result<void> ServerAuthority::renew_issuer_if_due() {
  if (!has_issuer()) {
    return fail(Errc::unavailable,
                "this host was restored without the server's root, which lies elsewhere and has to "
                "sign once before anything is served: begin with `fastness host ca root-request`");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto issuer, crypto::Certificate::parse(issuer_));
  if (clock_->now() < issuer.not_after() - kIssuerRenewal) return {};
  FASTNESS_ASSIGN_OR_RETURN(const bool has_root, has_active());
  if (!has_root) {
    if (clock_->now() < issuer.not_after()) return {};
    return fail(Errc::unavailable,
                "the authority that signs the server's certificates is over, and its root lies "
                "elsewhere: begin with `fastness host ca root-request`");
  }
  return replace_issuer();
}

std::string ServerAuthority::issuer_label() const {
  return issuer_key(issuer_number_);
}

std::string ServerAuthority::requested_issuer_label() const {
  return issuer_key(issuer_number_ + 1);
}

Result<void> ServerAuthority::replace_issuer() {
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
  body.serial = to_bytes(random_serial(*random_));
  body.issuer = to_bytes(issuer.subject());
  body.not_before = std::max<Timestamp>(now - roots::kBackDated, issuer.not_before());
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
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(issuer_key(issuer_number_), tbs));
  return vault_ipc::IssuedServerCertificate{
      {crypto::assemble_certificate(tbs, signature), issuer_}, body.not_after, now + kLeafRenewal};
}

Result<SealedRoot> ServerAuthority::export_standby() const {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_here, has_standby());
  if (!is_here) return fail(Errc::not_found, "the vault does not have the standby root's key");
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes key,
                            files_->read(standby_file(anchors_.number)));
  return seal_root(RootRole::standby, anchors_.standby, key, *random_);
}

Result<void> ServerAuthority::forget_standby() {
  return files_->destroy(standby_file(anchors_.number));
}

Result<bool> ServerAuthority::has_standby() const {
  const auto key = files_->read(standby_file(anchors_.number));
  if (key) return true;
  if (key.error().code == Errc::not_found) return false;
  return Unexpected<Error>{key.error()};
}

Result<SealedRoot> ServerAuthority::export_active() const {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_here, has_active());
  if (!is_here) return fail(Errc::not_found, "the vault does not have the active root's key");
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes key, keys_->take_out(kRootLabel));
  return seal_root(RootRole::active, anchors_.active, key, *random_);
}

Result<void> ServerAuthority::forget_active() {
  return keys_->destroy(kRootLabel);
}

Result<bool> ServerAuthority::has_active() const {
  const auto key = keys_->public_key(kRootLabel);
  if (!key && key.error().code == Errc::not_found) return false;
  if (!key) return Unexpected<Error>{key.error()};
  FASTNESS_ASSIGN_OR_RETURN(const auto root, crypto::Certificate::parse(anchors_.active));
  return root.key_digest() == key->digest();
}

Result<void> ServerAuthority::forget(const OpenedRoot& proof) {
  const auto is = [&](const Bytes& root) {
    return std::ranges::equal(proof.certificate.der(), root);
  };
  if (is(anchors_.active)) return forget_active();
  if (is(anchors_.standby)) return forget_standby();
  return fail(Errc::invalid_argument, "the file is of a root that is not this instance's");
}

Result<std::string> ServerAuthority::prepare(roots::Purpose purpose) {
  FASTNESS_RETURN_IF_ERROR(end_what_was_cut_short());
  FASTNESS_ASSIGN_OR_RETURN(const roots::RootSet current, root_set());
  FASTNESS_ASSIGN_OR_RETURN(const bool has_root, has_active());
  if (purpose == roots::Purpose::renew_issuer && has_root) {
    return fail(Errc::permission_denied,
                "the vault has the active root and needs nobody to sign with it");
  }
  const auto open = read_request();
  if (open && open->request.parts().purpose == purpose) return open->pem;
  FASTNESS_RETURN_IF_ERROR(withdraw());
  const std::string label = requested_issuer_label();
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, keys_->create_key(label));
  roots::RootRequest::Parts parts{purpose, current, key,
                                  std::chrono::floor<std::chrono::seconds>(clock_->now())};
  if (purpose == roots::Purpose::switch_to_standby) {
    FASTNESS_ASSIGN_OR_RETURN(const Bytes next, make_standby(current.number + 1));
    FASTNESS_ASSIGN_OR_RETURN(parts.next_standby, roots::parse_root(next));
    if (has_root) {
      FASTNESS_ASSIGN_OR_RETURN(const auto unsigned_yet, roots::RootRequest::make(parts));
      FASTNESS_ASSIGN_OR_RETURN(parts.by_active, keys_->sign(kRootLabel, unsigned_yet.statement()));
    }
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto request, roots::RootRequest::make(std::move(parts)));
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(label, request.to_be_signed()));
  std::string pem = request.to_pem(signature);
  FASTNESS_RETURN_IF_ERROR(files_->write(kRequestFile, as_bytes(pem)));
  return pem;
}

Result<void> ServerAuthority::accept(std::string_view untrusted_answer) {
  FASTNESS_RETURN_IF_ERROR(end_what_was_cut_short());
  const auto open = read_request();
  if (!open && open.error().code == Errc::not_found) {
    return fail(Errc::not_found,
                "no root was asked to sign anything: begin with `fastness host ca root-request`");
  }
  if (!open) return Unexpected<Error>{open.error()};
  FASTNESS_ASSIGN_OR_RETURN(const auto answer, roots::RootAnswer::parse_pem(untrusted_answer));
  FASTNESS_RETURN_IF_ERROR(roots::check_answer(open->request, answer, clock_->now()));
  vault_ipc::ServerAnchors next = anchors_;
  if (open->request.parts().purpose == roots::Purpose::switch_to_standby) {
    next.number = open->request.next().number;
    next.active = to_bytes(open->request.next().active.der());
    next.standby = to_bytes(open->request.next().standby.der());
    if (!answer.root_set.empty()) next.documents.push_back(answer.root_set);
  }
  FASTNESS_RETURN_IF_ERROR(save(next, answer.issuer, issuer_number_ + 1));
  // It has happened. What a disk that fails now keeps of the old keys goes when it is next used.
  static_cast<void>(end_what_was_cut_short());
  return {};
}

Result<ServerAuthority::OpenRequest> ServerAuthority::read_request() const {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes stored, files_->read(kRequestFile));
  std::string pem(as_text(stored.reveal()));
  FASTNESS_ASSIGN_OR_RETURN(auto request, roots::RootRequest::parse_pem(pem));
  return OpenRequest{std::move(request), std::move(pem)};
}

// The request first: nobody may answer one whose key is gone. What a crash leaves of the rest goes
// with the next request.
Result<void> ServerAuthority::withdraw() {
  FASTNESS_RETURN_IF_ERROR(end_what_was_cut_short());
  FASTNESS_RETURN_IF_ERROR(files_->destroy(kRequestFile));
  FASTNESS_RETURN_IF_ERROR(keys_->destroy(requested_issuer_label()));
  return files_->destroy(standby_file(anchors_.number + 1));
}

// Once a request was answered, the keys that gave way to new ones are destroyed: the issuing
// authority's, and after a switch those of the root that was given up and of the standby root,
// which is to lie elsewhere.
Result<void> ServerAuthority::end_what_was_cut_short() {
  const auto open = read_request();
  if (!open && open.error().code == Errc::not_found) return {};
  if (!open) return Unexpected<Error>{open.error()};
  if (!has_issuer()) return {};  // still open
  FASTNESS_ASSIGN_OR_RETURN(const auto issuer, crypto::Certificate::parse(issuer_));
  if (issuer.key_digest() != open->request.parts().issuer_key.digest()) return {};  // still open
  FASTNESS_RETURN_IF_ERROR(keys_->destroy(issuer_key(issuer_number_ - 1)));
  if (open->request.parts().purpose == roots::Purpose::switch_to_standby) {
    FASTNESS_RETURN_IF_ERROR(keys_->destroy(kRootLabel));
    FASTNESS_RETURN_IF_ERROR(files_->destroy(standby_file(anchors_.number - 1)));
  }
  return files_->destroy(kRequestFile);
}

}  // namespace fastness::vault
