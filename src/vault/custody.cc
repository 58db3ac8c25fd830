#include "vault/custody.h"

#include <set>
#include <vector>

#include "vault/store/moved_key_store.h"
#include "vault/store/software_key_store.h"
#include "vault/store/token_key_store.h"

namespace fastness::vault {
namespace {

// The label of the token; missing in an instance whose keys are in sealed files.
constexpr char kTokenRecord[] = "token";
constexpr char kPinRecord[] = "token-pin";

Result<std::optional<crypto::SecretBytes>> read_record(const SealedFiles& records,
                                                       const char* name) {
  auto record = records.read(name);
  if (record) return std::optional(std::move(record).value());
  if (record.error().code == Errc::not_found) return std::optional<crypto::SecretBytes>();
  return propagate(std::move(record));
}

Result<void> check_choice(const std::optional<std::string>& before,
                          const std::optional<TokenChoice>& now, bool is_new) {
  if (before && !now) {
    return fail(Errc::invalid_argument, "the authority keys are in the token \"" + *before +
                                            "\": set vault.keys = \"token\" and name its module");
  }
  if (before && *before != now->label) {
    return fail(Errc::invalid_argument, "the authority keys are in the token \"" + *before +
                                            "\", not in \"" + now->label + "\"");
  }
  if (!before && now && !is_new && now->old_keys == TokenChoice::OldKeys::in_the_token) {
    return fail(Errc::invalid_argument,
                "the authority keys are in sealed files: stop the instance and run fastness host "
                "vault migrate, which has new ones made in the token, or set vault.keys = "
                "\"sealed\"");
  }
  return {};
}

// Whether the token makes keys that sign, as one must before an instance relies on it.
Result<void> try_out(KeyStore& token) {
  constexpr char kTrialLabel[] = "trial";
  constexpr std::string_view kMessage = "fastness token trial";
  FASTNESS_RETURN_IF_ERROR(token.destroy(kTrialLabel));  // of a trial that was cut off
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, token.create_key(kTrialLabel));
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, token.sign(kTrialLabel, as_bytes(kMessage)));
  FASTNESS_RETURN_IF_ERROR(token.destroy(kTrialLabel));
  if (key.verify(as_bytes(kMessage), signature)) return {};
  return fail(Errc::unavailable, "the token signs what its own public key does not verify");
}

Result<std::unique_ptr<KeyStore>> open_token(const SealedFiles& records, const RootKey& root,
                                             TokenChoice choice, bool is_recorded) {
  std::optional<crypto::SecretBytes> pin = std::move(choice.pin);
  const bool is_given = pin.has_value();
  if (!is_given) {
    FASTNESS_ASSIGN_OR_RETURN(pin, read_record(records, kPinRecord));
  }
  if (!pin) {
    return fail(Errc::unauthenticated, "the PIN of the token \"" + choice.label +
                                           "\" is needed this once: --token-pin-fd 0 asks for it");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto token, pkcs11::Token::open(*choice.module, choice.label, *pin));
  const std::string prefix = "fastness/" + root.instance().to_text() + "/";
  auto store = std::make_unique<TokenKeyStore>(std::move(token), prefix);
  if (!is_recorded) FASTNESS_RETURN_IF_ERROR(try_out(*store));
  if (is_given) FASTNESS_RETURN_IF_ERROR(records.write(kPinRecord, pin->reveal()));
  if (!is_recorded) {
    // From here on the instance is the token's.
    FASTNESS_RETURN_IF_ERROR(records.write(kTokenRecord, as_bytes(choice.label)));
  }
  return std::unique_ptr<KeyStore>(std::move(store));
}

}  // namespace

Result<std::optional<std::string>> token_in_use(const SealedFiles& records) {
  FASTNESS_ASSIGN_OR_RETURN(const auto recorded, read_record(records, kTokenRecord));
  if (!recorded) return std::optional<std::string>();
  return std::optional(std::string(as_text(recorded->reveal())));
}

Result<std::unique_ptr<KeyStore>> open_key_store(const SealedFiles& records, SealedFiles sealed,
                                                 const RootKey& root, bool is_new,
                                                 std::optional<TokenChoice> token) {
  FASTNESS_ASSIGN_OR_RETURN(const auto before, token_in_use(records));
  FASTNESS_RETURN_IF_ERROR(check_choice(before, token, is_new));
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<std::string> names, sealed.names());
  auto files = std::make_unique<SoftwareKeyStore>(std::move(sealed));
  if (!token) return std::unique_ptr<KeyStore>(std::move(files));
  FASTNESS_ASSIGN_OR_RETURN(auto of_token,
                            open_token(records, root, std::move(*token), before.has_value()));
  if (names.empty()) return of_token;
  return std::unique_ptr<KeyStore>(std::make_unique<MovedKeyStore>(
      std::move(files), std::set<std::string>(names.begin(), names.end()), std::move(of_token)));
}

}  // namespace fastness::vault
