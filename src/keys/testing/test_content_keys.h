#pragma once

#include <filesystem>
#include <memory>

#include "crypto/secret/system_random.h"
#include "keys/content_keys.h"
#include "keys/testing/memory_vault.h"
#include "storage/key_value_store.h"

namespace fastness::keys::testing {

// ContentKeys over a store in a directory of its own, which goes with it.
class TestContentKeys {
 public:
  explicit TestContentKeys(const Clock& clock);
  ~TestContentKeys();
  TestContentKeys(const TestContentKeys&) = delete;
  TestContentKeys& operator=(const TestContentKeys&) = delete;

  [[nodiscard]] ContentKeys& keys() { return *keys_; }
  [[nodiscard]] MemoryVault& vault() { return vault_; }

 private:
  std::filesystem::path directory_;
  crypto::SystemRandom random_;
  MemoryVault vault_;
  std::unique_ptr<storage::KeyValueStore> store_;
  std::unique_ptr<ContentKeys> keys_;
};

}  // namespace fastness::keys::testing
