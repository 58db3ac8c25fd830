#include "vault_ipc/known_vault.h"

#include "crypto/secret/secret_bytes.h"

namespace fastness::vault_ipc {
namespace {

crypto::Digest hash_of_lasting(const StartKeys& keys) {
  Bytes fields;
  ByteWriter out(fields);
  out.raw(keys.instance.bytes());
  for (const auto* key : {&keys.database, &keys.config, &keys.api_key, &keys.session,
                          &keys.device_secret, &keys.setup_link, &keys.blind_index, &keys.csrf}) {
    out.raw(crypto::sha256(key->reveal()));
  }
  out.sized(keys.ledger_origin);
  out.raw(keys.ledger_key);
  out.sized(keys.audit_origin);
  out.raw(keys.audit_key);
  return crypto::sha256(fields);
}

}  // namespace

KnownVault::KnownVault(const StartKeys& keys)
    : lasting_(hash_of_lasting(keys)),
      token_epoch_(keys.token_epoch),
      token_(crypto::sha256(keys.token.reveal())),
      previous_token_(crypto::sha256(keys.previous_token.reveal())) {}

bool KnownVault::is_same(const StartKeys& keys) const {
  const KnownVault other(keys);
  if (!crypto::constant_time_equal(lasting_, other.lasting_)) return false;
  if (other.token_epoch_ == token_epoch_) {
    return crypto::constant_time_equal(token_, other.token_) &&
           crypto::constant_time_equal(previous_token_, other.previous_token_);
  }
  if (other.token_epoch_ == token_epoch_ + 1) {
    return crypto::constant_time_equal(token_, other.previous_token_);
  }
  if (other.token_epoch_ + 1 == token_epoch_) {
    return crypto::constant_time_equal(previous_token_, other.token_);
  }
  return true;  // no epoch is known to both
}

}  // namespace fastness::vault_ipc
