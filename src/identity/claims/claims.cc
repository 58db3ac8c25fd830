#include "identity/claims/claims.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text_line.h"
#include "identity/claims/claim_secret.h"

namespace fastness::identity {
namespace {

bool is_of_hardware_id(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// What every code that admits nobody gets, so that nobody learns which there are.
Unexpected<Error> no_live_code() {
  return fail(Errc::unauthenticated, "no live claim code");
}

// Of a certificate that ends of itself.
Result<void> check_span(Timestamp end, Timestamp not_after, Timestamp now) {
  if (not_after <= now) return fail(Errc::invalid_argument, "certificate_pem is over");
  if (end <= not_after) return {};
  return fail(Errc::invalid_argument, "expires_at must not be after the certificate's own end");
}

bool admits(const ClaimCode& code, const ClaimAttempt& attempt, Timestamp now) {
  if (now >= code.expires_at) return false;
  if (attempt.organisation && *attempt.organisation != code.organisation) return false;
  return code.hardware_id.empty() || code.hardware_id == attempt.hardware_id.text();
}

}  // namespace

std::string_view to_text(ClaimState state) {
  switch (state) {
    case ClaimState::waiting:
      return "waiting";
    case ClaimState::admitted:
      return "admitted";
    case ClaimState::refused:
      return "refused";
    case ClaimState::issued:
      return "issued";
  }
  return "unknown";
}

Result<HardwareId> HardwareId::parse(std::string_view untrusted) {
  std::string text(untrusted.substr(0, kMaxSize + 1));
  std::ranges::transform(text, text.begin(), to_lower);
  if (text.empty() || text.size() > kMaxSize || !std::ranges::all_of(text, is_of_hardware_id)) {
    return fail(Errc::invalid_argument,
                "hardware_id must be 1 to 64 of letters, digits, '.', '_' and '-'");
  }
  return HardwareId(std::move(text));
}

Claims::Claims(ClaimStore store, const Clock& clock, Random& random, const Lockdown& lockdown,
               crypto::SecretBytes hash_key, ClaimCertificates certificates)
    : store_(store),
      clock_(&clock),
      random_(&random),
      lockdown_(&lockdown),
      hash_key_(std::move(hash_key)),
      published_(std::make_unique<Published<ClaimCertificates>>(
          std::make_shared<const ClaimCertificates>(std::move(certificates)))) {}

Result<Claims> Claims::open(storage::Database& database, const Clock& clock, Random& random,
                            const Lockdown& lockdown, crypto::SecretBytes hash_key) {
  FASTNESS_ASSIGN_OR_RETURN(ClaimStore store, ClaimStore::open(database));
  FASTNESS_ASSIGN_OR_RETURN(auto ends, store.certificate_ends(clock.now()));
  return Claims(store, clock, random, lockdown, std::move(hash_key),
                ClaimCertificates(std::move(ends)));
}

Result<std::shared_ptr<const ClaimCertificates>> Claims::read_certificates() {
  FASTNESS_ASSIGN_OR_RETURN(auto ends, store_.certificate_ends(clock_->now()));
  return std::make_shared<const ClaimCertificates>(std::move(ends));
}

crypto::Digest Claims::hash_of(std::span<const std::uint8_t> secret) const {
  return crypto::hmac_sha256(hash_key_, secret);
}

Result<void> Claims::check(const ClaimCodeWish& wish, std::size_t count) {
  if (!is_line(wish.label, kMaxLabel)) {
    return fail(Errc::invalid_argument, "label must have at most 32 printable bytes");
  }
  if (wish.most_uses < 1 || wish.most_uses > kMaxUses) {
    return fail(Errc::invalid_argument, "uses must be 1 to 10000");
  }
  if (count < 1 || count > kMaxAtOnce) {
    return fail(Errc::invalid_argument, "codes must be 1 to 1000");
  }
  if (wish.hardware_id && (wish.most_uses != 1 || count != 1)) {
    return fail(Errc::invalid_argument, "hardware_id is one device's: ask for one code of one use");
  }
  const Timestamp now = clock_->now();
  if (wish.expires_at <= now || wish.expires_at > now + kLongestLife) {
    return fail(Errc::invalid_argument, "expires_at must be in the next 366 days");
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t stored, store_.count_codes(wish.organisation));
  if (static_cast<std::size_t>(stored) + count > kMaxCodes) {
    return fail(Errc::exhausted,
                "the organisation has as many claim codes as it may: delete those that are over");
  }
  return {};
}

Result<std::vector<NewClaimCode>> Claims::create(const ClaimCodeWish& wish, std::size_t count) {
  FASTNESS_RETURN_IF_ERROR(lockdown_->check_open());
  const Timestamp now = clock_->now();
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.database().begin());
  FASTNESS_RETURN_IF_ERROR(check(wish, count));
  std::vector<NewClaimCode> made;
  made.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const ClaimSecret secret = ClaimSecret::make(*random_);
    ClaimCode code{ClaimCodeId(random_uuid(*random_)),
                   wish.organisation,
                   wish.label,
                   wish.hardware_id ? wish.hardware_id->text() : std::string(),
                   0,
                   wish.most_uses,
                   wish.approval,
                   wish.by,
                   now,
                   wish.expires_at};
    FASTNESS_RETURN_IF_ERROR(store_.add_code(code, hash_of(secret.reveal())));
    made.push_back({std::move(code), secret.to_text()});
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return made;
}

Result<std::vector<ClaimCode>> Claims::list(OrganisationId organisation) {
  return store_.codes(organisation, ClaimBy::code);
}

Result<ClaimStore::Forgotten> Claims::forget_old() {
  return store_.forget_codes(clock_->now() - kRemembered);
}

Result<void> Claims::forget(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.database().begin());
  FASTNESS_RETURN_IF_ERROR(store_.remove_codes(organisation));
  FASTNESS_ASSIGN_OR_RETURN(auto next, read_certificates());
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  published_->store(std::move(next));
  return {};
}

Result<void> Claims::remove(OrganisationId organisation, ClaimCodeId code) {
  FASTNESS_ASSIGN_OR_RETURN(const bool was_there,
                            store_.remove_code(organisation, code, ClaimBy::code));
  if (!was_there) return fail(Errc::not_found, "no such claim code");
  return {};
}

Result<std::optional<ClaimCode>> Claims::find(std::string_view untrusted_code) {
  FASTNESS_ASSIGN_OR_RETURN(const ClaimSecret secret, ClaimSecret::parse(untrusted_code));
  // Who guesses cannot steer the keyed hash, so the time that the index takes tells them nothing.
  return store_.find_code(hash_of(secret.reveal()));
}

Result<ClaimCode> Claims::register_certificate(const ClaimCertificateWish& wish) {
  FASTNESS_RETURN_IF_ERROR(lockdown_->check_open());
  FASTNESS_ASSIGN_OR_RETURN(const crypto::Certificate certificate,
                            read_claim_certificate(wish.untrusted_pem, wish.organisation));
  const Timestamp end = wish.expires_at.value_or(certificate.not_after());
  FASTNESS_RETURN_IF_ERROR(check_span(end, certificate.not_after(), clock_->now()));
  if (std::ssize(wish.hardware_ids) > wish.most_uses) {
    return fail(Errc::invalid_argument, "uses must be at least as many as there are hardware_ids");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.database().begin());
  FASTNESS_RETURN_IF_ERROR(check(
      {wish.organisation, wish.by, wish.label, std::nullopt, wish.most_uses, wish.approval, end},
      1));
  ClaimCode made{ClaimCodeId(random_uuid(*random_)),
                 wish.organisation,
                 wish.label,
                 std::string(),
                 0,
                 wish.most_uses,
                 wish.approval,
                 wish.by,
                 clock_->now(),
                 end,
                 ClaimCertificate{certificate.digest(), certificate.key_digest(), 0}};
  FASTNESS_RETURN_IF_ERROR(store_.add_code(made, made.certificate->leaf));
  for (const HardwareId& each : wish.hardware_ids) {
    FASTNESS_RETURN_IF_ERROR(store_.add_hardware_id(made.id, each));
  }
  FASTNESS_ASSIGN_OR_RETURN(auto stored, store_.find_certificate(made.certificate->leaf));
  FASTNESS_ASSIGN_OR_RETURN(auto next, read_certificates());
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  published_->store(std::move(next));
  return std::move(stored).value_or(std::move(made));
}

Result<std::vector<ClaimCode>> Claims::certificates(OrganisationId organisation) {
  return store_.codes(organisation, ClaimBy::certificate);
}

Result<void> Claims::remove_certificate(OrganisationId organisation, ClaimCodeId id) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.database().begin());
  FASTNESS_ASSIGN_OR_RETURN(const bool was_there,
                            store_.remove_code(organisation, id, ClaimBy::certificate));
  if (!was_there) return fail(Errc::not_found, "no such claim certificate");
  FASTNESS_ASSIGN_OR_RETURN(auto next, read_certificates());
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  published_->store(std::move(next));
  return {};
}

Result<std::optional<ClaimCode>> Claims::find_certificate(const crypto::Digest& leaf) {
  return store_.find_certificate(leaf);
}

Result<Claimed> Claims::claim(const std::optional<ClaimCode>& code, const ClaimAttempt& attempt) {
  FASTNESS_RETURN_IF_ERROR(lockdown_->check_open());
  const Timestamp now = clock_->now();
  // The same questions for a code that nobody has.
  const ClaimCodeId id = code ? code->id : ClaimCodeId(Uuid(Uuid::Bytes{}));
  FASTNESS_ASSIGN_OR_RETURN(auto mine, store_.find_claim(id, attempt.key));
  FASTNESS_ASSIGN_OR_RETURN(const bool is_used_by_hardware,
                            store_.is_used_by(id, attempt.hardware_id.text()));
  FASTNESS_ASSIGN_OR_RETURN(const bool has_waiting, store_.has_waiting(id));
  FASTNESS_ASSIGN_OR_RETURN(const bool is_meant, store_.is_meant(id, attempt.hardware_id.text()));
  if (!code || !is_meant || !admits(*code, attempt, now)) return no_live_code();
  // Each of the batch has that one.
  if (code->certificate && code->certificate->key == attempt.key) {
    return fail(Errc::invalid_argument,
                "A device needs a key of its own, not the claim certificate's.");
  }
  if (mine && mine->state == ClaimState::refused) {
    return fail(Errc::permission_denied, "the owner refused this key");
  }
  if (mine) return Claimed{*std::move(mine), false};

  const bool is_spent = code->uses >= code->most_uses;
  const bool is_rival = is_spent ? code->most_uses == 1 && has_waiting : is_used_by_hardware;
  if (is_rival) return fail(Errc::already_exists, "the claim code is used with another key");
  if (is_spent) return no_live_code();
  Claim made{ClaimId(random_uuid(*random_)),
             code->id,
             code->organisation,
             code->label,
             attempt.key,
             attempt.hardware_id.text(),
             DeviceId(random_uuid(*random_)),
             code->approval == Approval::none ? ClaimState::admitted : ClaimState::waiting,
             attempt.address,
             now,
             code->expires_at,
             code->by()};
  FASTNESS_RETURN_IF_ERROR(store_.spend(made));
  return Claimed{std::move(made), true};
}

Result<void> Claims::note_issued(ClaimId claim) {
  return store_.set_state(claim, ClaimState::issued);
}

Result<std::vector<Claim>> Claims::waiting(OrganisationId organisation) {
  return store_.waiting(organisation, clock_->now(), kMaxWaiting);
}

Result<Claim> Claims::require(OrganisationId organisation, ClaimId claim) {
  FASTNESS_ASSIGN_OR_RETURN(auto found, store_.find_claim(claim));
  if (!found || found->organisation != organisation) {
    return fail(Errc::not_found, "no such claim");
  }
  return std::move(*found);
}

Result<Claim> Claims::approve(OrganisationId organisation, ClaimId claim) {
  FASTNESS_RETURN_IF_ERROR(lockdown_->check_open());
  FASTNESS_ASSIGN_OR_RETURN(Claim found, require(organisation, claim));
  if (found.state == ClaimState::refused) {
    return fail(Errc::already_exists, "the claim was refused");
  }
  if (clock_->now() >= found.expires_at) {
    return fail(Errc::permission_denied, "the claim code is over");
  }
  if (found.state == ClaimState::waiting) {
    found.state = ClaimState::admitted;
    FASTNESS_RETURN_IF_ERROR(store_.set_state(claim, found.state));
  }
  return found;
}

Result<Claim> Claims::refuse(OrganisationId organisation, ClaimId claim) {
  FASTNESS_ASSIGN_OR_RETURN(Claim found, require(organisation, claim));
  if (found.state == ClaimState::issued) {
    return fail(Errc::already_exists, "the device has its certificate");
  }
  if (found.state != ClaimState::refused) {
    found.state = ClaimState::refused;
    FASTNESS_RETURN_IF_ERROR(store_.set_state(claim, found.state));
  }
  return found;
}

}  // namespace fastness::identity
