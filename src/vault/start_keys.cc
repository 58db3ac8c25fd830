#include "vault/start_keys.h"

namespace fastness::vault {
namespace {

constexpr std::chrono::days kTokenEpoch{30};

crypto::SecretBytes token_key(const RootKey& root, std::uint32_t epoch) {
  return root.derive("fastness token v1 " + std::to_string(epoch));
}

}  // namespace

vault_ipc::StartKeys make_start_keys(const RootKey& root, const LastingKeys& lasting,
                                     Timestamp now) {
  vault_ipc::StartKeys keys;
  keys.instance = root.instance();
  keys.database = lasting.copy(LastingKey::database);
  keys.config = lasting.copy(LastingKey::hub_files);
  keys.api_key = lasting.copy(LastingKey::api_key_lookup);
  keys.session = root.derive("fastness lookup session v1");
  keys.device_secret = lasting.copy(LastingKey::device_secret_lookup);
  keys.setup_link = root.derive("fastness lookup setup link v1");
  keys.blind_index = lasting.copy(LastingKey::blind_index);
  keys.csrf = root.derive("fastness csrf v1");
  keys.token_epoch = static_cast<std::uint32_t>(now.time_since_epoch() / kTokenEpoch);
  keys.token = token_key(root, keys.token_epoch);
  keys.previous_token = token_key(root, keys.token_epoch - 1);
  return keys;
}

std::string ledger_origin(const RootKey& root) {
  return "fastness/" + root.instance().to_text() + "/device-certificates";
}

std::string audit_origin(const RootKey& root) {
  return "fastness/" + root.instance().to_text() + "/audit";
}

}  // namespace fastness::vault
