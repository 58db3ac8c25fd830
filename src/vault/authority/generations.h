#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "vault/store/key_store.h"
#include "vault/store/sealed_files.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

// The generations of the device authority: each one key, moving through
// staged → trusted → issuing → retiring → distrusted → destroyed. Lives on one thread.
class Generations {
 public:
  // Reads the list, or begins with an empty one. All arguments must outlive the object.
  [[nodiscard]] static Result<Generations> open(const SealedFiles& files, KeyStore& keys,
                                                const Clock& clock, Random& random);

  // Whether there is a list yet, and so keys.
  [[nodiscard]] static Result<bool> are_stored(const SealedFiles& files);

  // Writes the list of an authority that there was on another host, none of whose keys is here.
  [[nodiscard]] static Result<void> restore(const SealedFiles& files,
                                            const std::vector<vault_ipc::Generation>& list);

  [[nodiscard]] const std::vector<vault_ipc::Generation>& all() const { return list_; }

  // The one that signs now. When it has signed for its thirty days, or there is none, the next one
  // is made and takes over.
  [[nodiscard]] Result<const vault_ipc::Generation*> issuing();

  // Makes a key, its certificate, and its NewWithOld if one is issuing; in state `staged`.
  [[nodiscard]] Result<vault_ipc::GenerationId> stage();

  // See vault_ipc::ChangeGeneration. Nothing has changed if it fails.
  [[nodiscard]] Result<void> change(vault_ipc::GenerationId id, vault_ipc::GenerationState state,
                                    std::optional<Timestamp> board_cut_off);

  [[nodiscard]] Result<crypto::EcdsaSignature> sign(vault_ipc::GenerationId id, ByteView tbs) const;

  [[nodiscard]] static std::string key_label(vault_ipc::GenerationId id);

 private:
  Generations(const SealedFiles& files, KeyStore& keys, const Clock& clock, Random& random)
      : files_(&files), keys_(&keys), clock_(&clock), random_(&random) {}

  [[nodiscard]] Result<void> save(std::vector<vault_ipc::Generation> changed);
  [[nodiscard]] Result<crypto::PublicKey> make_key(vault_ipc::GenerationId id);
  [[nodiscard]] Result<Bytes> self_signed(const std::string& label, const crypto::PublicKey& key,
                                          Timestamp now) const;
  [[nodiscard]] Result<Bytes> link(const vault_ipc::Generation& subject,
                                   const vault_ipc::Generation& signer) const;
  [[nodiscard]] Result<void> retire_issuing(std::vector<vault_ipc::Generation>& list,
                                            const vault_ipc::Generation& successor) const;
  [[nodiscard]] Result<void> roll_over();

  const SealedFiles* files_;  // pointers, so that the object can be moved; all outlive it
  KeyStore* keys_;
  const Clock* clock_;
  Random* random_;
  std::vector<vault_ipc::Generation> list_;
};

}  // namespace fastness::vault
