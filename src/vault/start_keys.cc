#include "vault/start_keys.h"

namespace fastness::vault {
namespace {

constexpr std::chrono::days kTokenEpoch{30};

crypto::SecretBytes token_key(const RootKey& root, std::uint32_t epoch) {
  return root.derive("fastness token v1 " + std::to_string(epoch));
}

}  // namespace

vault_ipc::StartKeys derive_start_keys(const RootKey& root, Timestamp now) {
  vault_ipc::StartKeys keys;
  keys.instance = root.instance();
  keys.database = root.derive("fastness control database v1");
  keys.config = root.derive("fastness hub files v1");
  keys.api_key = root.derive("fastness lookup api key v1");
  keys.session = root.derive("fastness lookup session v1");
  keys.device_secret = root.derive("fastness lookup device secret v1");
  keys.setup_link = root.derive("fastness lookup setup link v1");
  keys.blind_index = root.derive("fastness blind index v1");
  keys.csrf = root.derive("fastness csrf v1");
  keys.token_epoch = static_cast<std::uint32_t>(now.time_since_epoch() / kTokenEpoch);
  keys.token = token_key(root, keys.token_epoch);
  keys.previous_token = token_key(root, keys.token_epoch - 1);
  return keys;
}

Result<crypto::Ed25519Key> ledger_signing_key(const RootKey& root) {
  return crypto::Ed25519Key::from_seed(root.derive("fastness ledger signing v1"));
}

Result<crypto::Ed25519Key> audit_signing_key(const RootKey& root) {
  return crypto::Ed25519Key::from_seed(root.derive("fastness audit signing v1"));
}

std::string ledger_origin(const RootKey& root) {
  return "fastness/" + root.instance().to_text() + "/device-certificates";
}

std::string audit_origin(const RootKey& root) {
  return "fastness/" + root.instance().to_text() + "/audit";
}

}  // namespace fastness::vault
