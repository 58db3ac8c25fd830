#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/cipher.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "keys/field_id.h"
#include "keys/unwrap_service.h"
#include "storage/key_value_store.h"

namespace fastness::keys {

// The row that a sealed field belongs to: up to 64 bytes that name it within its organisation.
class RowId {
 public:
  static constexpr std::size_t kMaxSize = 64;

  template <typename Tag>
  RowId(const StrongId<Tag, Uuid>& id)  // NOLINT(google-explicit-constructor)
      : RowId(ByteView(id.value().bytes())) {}
  explicit RowId(ByteView bytes);  // longer ones end the process

  [[nodiscard]] ByteView bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::uint8_t, kMaxSize> bytes_{};
  std::size_t size_ = 0;
};

// Where a ciphertext belongs. It opens nowhere else.
struct Address {
  OrganisationId organisation;
  FieldId field;
  RowId row;
  // Whose account this field dies with, if not the organisation's: destroying that person's share
  // erases it.
  std::optional<UserId> person = std::nullopt;
};

// Seals everything that is stored, and opens it again.
//
// There is one content key per organisation, data class and day. It is made here when the first
// field of the day is written, kept in the store sealed to the organisation's public key, and held
// in memory until the day (UTC) ends or the process does. After that only the vault can open it,
// against its budget: a hub that is taken over cannot read what was written before. A key that has
// sealed 2^32 fields makes way for another of the same day.
//
// A sealed field is: version (1), cipher (1), key id (16), nonce (12), ciphertext, tag (16).
// Authenticated with it: all of the header but the nonce, field, organisation, person, row. Each
// field says its cipher, so another can be set at any time: what is sealed from then on has it, and
// everything opens. Each cipher has a key of its own, derived from the content key.
//
// Thread-safe.
class ContentKeys {
 public:
  // The family that the store must have.
  static constexpr std::string_view kFamily = "content_keys";
  static constexpr std::size_t kOverhead = 1 + 1 + 16 + 12 + 16;

  struct Options {
    std::size_t max_cached_keys = 512;  // unwrapped keys of closed days
    std::chrono::minutes max_cached_age{15};
    // Nonces are counted, so a key could seal more; a bound keeps what one key can lose in bounds.
    std::uint64_t max_seals_per_key = std::uint64_t{1} << 32U;
    Cipher cipher = Cipher::aes_256_gcm;  // of what is sealed from now on; any is opened
  };

  // All must outlive this object.
  ContentKeys(storage::KeyValueStore& store, UnwrapService& vault, const Clock& clock,
              Random& random, Options options);
  ContentKeys(storage::KeyValueStore& store, UnwrapService& vault, const Clock& clock,
              Random& random);
  ~ContentKeys();
  ContentKeys(const ContentKeys&) = delete;
  ContentKeys& operator=(const ContentKeys&) = delete;

  // Fails only when a new key is needed and cannot be made or stored; `not_found` if the share of
  // the organisation or person was destroyed.
  [[nodiscard]] Result<Bytes> seal(const Address& address, ByteView plain);

  // `corrupted` if the bytes were not sealed for this address, `exhausted` if the unwrap budget is
  // used up, `not_found` if what they hold was erased, `unavailable` if the vault does not answer.
  [[nodiscard]] Result<Bytes> open(const Address& address, ByteView sealed);

  // Drops every key of the organisation from memory: its share, or a person's, was destroyed.
  void forget(OrganisationId organisation);

 private:
  using KeyId = std::array<std::uint8_t, 16>;
  class CipherKeys;
  class Key;
  using KeyPtr = std::shared_ptr<Key>;  // a key may be dropped while another thread seals with it
  struct WriteSlot {
    OrganisationId organisation;
    DataClass data_class;
    friend auto operator<=>(const WriteSlot&, const WriteSlot&) = default;  // NOLINT: clang-tidy 14
  };
  struct Cached {
    KeyId id;
    OrganisationId organisation;
    SteadyTime since;
    KeyPtr key;
  };

  [[nodiscard]] Result<KeyPtr> writing_key(const Address& address);
  [[nodiscard]] Result<KeyPtr> make_key(OrganisationId organisation, DataClass data_class,
                                        std::int64_t day);
  [[nodiscard]] Result<KeyPtr> reading_key(const Address& address, const KeyId& id);
  [[nodiscard]] Result<KeyPtr> unwrap_key(const Address& address, const KeyId& id);
  [[nodiscard]] KeyPtr find_in_memory(const Address& address, const KeyId& id);
  void remember(OrganisationId organisation, const KeyPtr& key);
  void drop_old(std::int64_t day);
  [[nodiscard]] std::int64_t today() const;

  storage::KeyValueStore& store_;
  storage::Family family_;
  UnwrapService& vault_;
  const Clock& clock_;
  Random& random_;
  Options options_;

  std::mutex mutex_;  // guards what follows; never held while the vault or the disk is asked
  std::map<WriteSlot, KeyPtr> writing_;
  std::list<Cached> cache_;  // most recently used first
  std::int64_t swept_day_ = 0;
  SteadyTime swept_at_{};
};

}  // namespace fastness::keys
