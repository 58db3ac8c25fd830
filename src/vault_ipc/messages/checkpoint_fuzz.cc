// Arbitrary text as a checkpoint: as it is, and signed by the log's own key, so that what stands
// before the signature is reached too. What is accepted has one spelling.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "vault_ipc/messages/checkpoint.h"

namespace {

using namespace fastness;

const std::string kOrigin = "log";

crypto::Ed25519Key fixed_key() {
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes(crypto::Ed25519Key::kSeedSize)).value();
}

// `body` with the signature that it would have if it were a checkpoint.
std::string sign(std::string_view body, const crypto::Ed25519Key& key) {
  constexpr std::size_t kKeyHashSize = 4;
  const std::string good = vault_ipc::sign_checkpoint({kOrigin, 0, {}}, key);
  const std::size_t space = good.rfind(' ') + 1;
  Bytes signature = from_base64(good.substr(space, good.size() - space - 1)).value();
  const crypto::Ed25519Signature ours = key.sign(as_bytes(body));
  std::copy(ours.begin(), ours.end(), signature.begin() + kKeyHashSize);
  const std::size_t line = good.find("\n\n") + 1;
  return std::string(body) + good.substr(line, space - line) + to_base64(signature) + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::Ed25519Key kKey = fixed_key();
  const std::string_view input = as_text({data, size});
  static_cast<void>(vault_ipc::verify_checkpoint(input, kOrigin, kKey.public_key()));

  const std::string note = sign(input, kKey);
  const auto checkpoint = vault_ipc::verify_checkpoint(note, kOrigin, kKey.public_key());
  if (checkpoint && vault_ipc::sign_checkpoint(*checkpoint, kKey) != note) std::abort();
  return 0;
}
