#include "keys/content_keys.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/public_key/sealed_box.h"

namespace fastness::keys {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kKeySize = crypto::AeadKey::kKeySize;
constexpr std::size_t kNonceSize = crypto::AeadKey::kNonceSize;

struct Header {
  Cipher cipher = Cipher::aes_256_gcm;
  std::array<std::uint8_t, 16> key_id{};
  ByteView nonce;
  ByteView body;
};

std::optional<Cipher> cipher_of(std::uint8_t number) {
  for (const Cipher cipher : {Cipher::aes_256_gcm, Cipher::chacha20_poly1305}) {
    if (number == static_cast<std::uint8_t>(cipher)) return cipher;
  }
  return std::nullopt;
}

Result<Header> parse_header(ByteView sealed) {
  ByteReader in(sealed);
  Header header;
  const std::uint8_t version = in.u8();
  const std::optional<Cipher> cipher = cipher_of(in.u8());
  in.copy_to(header.key_id);
  header.nonce = in.raw(kNonceSize);
  header.body = in.rest();
  if (!in.ok()) return fail(Errc::corrupted, "a sealed field is cut short");
  if (version != kVersion || !cipher) {
    return fail(Errc::corrupted, "a sealed field is of an unknown version or cipher");
  }
  header.cipher = *cipher;
  return header;
}

constexpr std::chrono::minutes kSweepInterval{1};

// What binds a ciphertext to its place.
Bytes context_of(const Address& address, Cipher cipher, ByteView key_id) {
  Bytes context;
  context.reserve(96);
  ByteWriter out(context);
  out.u8(kVersion);
  out.u8(static_cast<std::uint8_t>(cipher));
  out.u16(static_cast<std::uint16_t>(address.field));
  out.raw(address.organisation.value().bytes());
  out.raw(key_id);
  out.u8(address.person ? 1 : 0);
  if (address.person) out.raw(address.person->value().bytes());
  out.sized(address.row.bytes());
  return context;
}

// Of a stored content key: org, key id -> class, day, sealed key.
Bytes directory_key(OrganisationId organisation, ByteView key_id) {
  Bytes key = to_bytes(organisation.value().bytes());
  key.insert(key.end(), key_id.begin(), key_id.end());
  return key;
}

crypto::SecretBytes derive(const crypto::SecretBytes& content_key,
                           const crypto::SecretBytes& share) {
  return crypto::hkdf_sha256(content_key, share.reveal(), "fastness content key 1", kKeySize);
}

}  // namespace

RowId::RowId(ByteView bytes) : size_(bytes.size()) {
  if (size_ > kMaxSize) std::abort();
  std::ranges::copy(bytes, bytes_.begin());
}

// One derived key, ready for whatever cipher is asked for: no key is ever used by two.
class ContentKeys::CipherKeys {
 public:
  explicit CipherKeys(crypto::SecretBytes base) : base_(std::move(base)), aes_(base_) {}

  [[nodiscard]] const crypto::SecretBytes& base() const { return base_; }

  [[nodiscard]] crypto::AeadKey& of(Cipher cipher) {
    if (cipher == Cipher::aes_256_gcm) return aes_;
    if (!chacha_) {
      chacha_.emplace(crypto::hkdf_sha256(base_, {}, "fastness content key 1 chacha20", kKeySize),
                      Cipher::chacha20_poly1305);
    }
    return *chacha_;
  }

 private:
  crypto::SecretBytes base_;
  crypto::AeadKey aes_;  // of `base_` itself
  std::optional<crypto::AeadKey> chacha_;
};

// One content key in memory: the key of the organisation's own fields, and those derived from it
// for persons who have fields of this day. Thread-safe.
class ContentKeys::Key {
 public:
  Key(const KeyId& id, DataClass data_class, std::int64_t day, crypto::SecretBytes content_key,
      const crypto::SecretBytes& organisation_share)
      : id_(id),
        data_class_(data_class),
        day_(day),
        own_(derive(content_key, organisation_share)) {}

  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] DataClass data_class() const { return data_class_; }
  [[nodiscard]] std::int64_t day() const { return day_; }

  [[nodiscard]] bool has_sealed(std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    return seals_ >= count;
  }

  [[nodiscard]] bool has_person(const std::optional<UserId>& person) {
    const std::lock_guard lock(mutex_);
    return !person || persons_.contains(*person);
  }

  void add_person(UserId person, const crypto::SecretBytes& share) {
    const std::lock_guard lock(mutex_);
    persons_.try_emplace(person, derive(own_.base(), share));
  }

  Bytes seal(const Address& address, Cipher cipher, ByteView plain) {
    Bytes sealed;
    sealed.reserve(kOverhead + plain.size());
    ByteWriter out(sealed);
    out.u8(kVersion);
    out.u8(static_cast<std::uint8_t>(cipher));
    out.raw(id_);
    const Bytes context = context_of(address, cipher, id_);

    const std::lock_guard lock(mutex_);
    // A counter never repeats, and this key is written with by this process only.
    out.u32(0);
    out.u64(seals_++);
    const Bytes nonce(sealed.end() - kNonceSize, sealed.end());
    keys_of(address).of(cipher).seal_onto(sealed, nonce, context, plain);
    return sealed;
  }

  Result<Bytes> open(const Address& address, const Header& header) {
    const Bytes context = context_of(address, header.cipher, id_);
    const std::lock_guard lock(mutex_);
    auto plain = keys_of(address).of(header.cipher).open(header.nonce, context, header.body);
    if (plain) return plain;
    return fail(Errc::corrupted, "the field " + std::string(field(address.field).name) +
                                     " was not sealed for where it stands");
  }

 private:
  // Precondition: has_person(address.person), and the lock is held.
  CipherKeys& keys_of(const Address& address) {
    return address.person ? persons_.at(*address.person) : own_;
  }

  const KeyId id_;
  const DataClass data_class_;
  const std::int64_t day_;
  std::mutex mutex_;  // guards what follows
  CipherKeys own_;
  std::map<UserId, CipherKeys> persons_;
  std::uint64_t seals_ = 0;
};

ContentKeys::ContentKeys(storage::KeyValueStore& store, UnwrapService& vault, const Clock& clock,
                         Random& random, Options options)
    : store_(store),
      family_(store.family(kFamily)),
      vault_(vault),
      clock_(clock),
      random_(random),
      options_(options) {}

ContentKeys::ContentKeys(storage::KeyValueStore& store, UnwrapService& vault, const Clock& clock,
                         Random& random)
    : ContentKeys(store, vault, clock, random, Options{}) {}

ContentKeys::~ContentKeys() = default;

std::int64_t ContentKeys::today() const {
  return std::chrono::floor<std::chrono::days>(clock_.now()).time_since_epoch().count();
}

Result<Bytes> ContentKeys::seal(const Address& address, ByteView plain) {
  FASTNESS_ASSIGN_OR_RETURN(const KeyPtr key, writing_key(address));
  if (!key->has_person(address.person)) {
    FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes share,
                              vault_.person_share(address.organisation, *address.person));
    key->add_person(*address.person, share);
  }
  return key->seal(address, options_.cipher, plain);
}

Result<Bytes> ContentKeys::open(const Address& address, ByteView sealed) {
  FASTNESS_ASSIGN_OR_RETURN(const Header header, parse_header(sealed));
  FASTNESS_ASSIGN_OR_RETURN(const KeyPtr key, reading_key(address, header.key_id));
  if (!key->has_person(address.person)) {
    FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes share,
                              vault_.person_share(address.organisation, *address.person));
    key->add_person(*address.person, share);
  }
  return key->open(address, header);
}

Result<ContentKeys::KeyPtr> ContentKeys::writing_key(const Address& address) {
  const DataClass data_class = field(address.field).data_class;
  const std::int64_t day = today();
  const WriteSlot slot{address.organisation, data_class};
  {
    const std::lock_guard lock(mutex_);
    drop_old(day);
    const auto found = writing_.find(slot);
    if (found != writing_.end() && found->second->day() == day &&
        !found->second->has_sealed(options_.max_seals_per_key)) {
      return found->second;
    }
  }
  FASTNESS_ASSIGN_OR_RETURN(KeyPtr fresh, make_key(address.organisation, data_class, day));
  const std::lock_guard lock(mutex_);
  // Two threads may both have made one: both are stored, and the later one is used.
  writing_[slot] = fresh;
  return fresh;
}

Result<ContentKeys::KeyPtr> ContentKeys::make_key(OrganisationId organisation, DataClass data_class,
                                                  std::int64_t day) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SealPublicKey recipient, vault_.public_key(organisation));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes share,
                            vault_.organisation_share(organisation));
  KeyId id{};
  random_.fill(id);
  crypto::SecretBytes content_key(kKeySize);
  random_.fill(content_key.reveal());

  Bytes entry;
  ByteWriter out(entry);
  out.u8(static_cast<std::uint8_t>(data_class));
  out.i64(day);
  out.raw(crypto::seal_to(recipient, content_key.reveal()));
  // On disk before anything is sealed with it: else a power cut could leave data without its key.
  FASTNESS_RETURN_IF_ERROR(
      store_.put(family_, directory_key(organisation, id), entry, storage::Durability::synced));
  return std::make_shared<Key>(id, data_class, day, std::move(content_key), share);
}

Result<ContentKeys::KeyPtr> ContentKeys::reading_key(const Address& address, const KeyId& id) {
  KeyPtr key;
  {
    const std::lock_guard lock(mutex_);
    drop_old(today());
    key = find_in_memory(address, id);
  }
  if (!key) {
    FASTNESS_ASSIGN_OR_RETURN(key, unwrap_key(address, id));
    const std::lock_guard lock(mutex_);
    remember(address.organisation, key);
  }
  // A key of one class must not serve another: the classes have budgets of their own.
  if (key->data_class() != field(address.field).data_class) {
    return fail(Errc::corrupted, "a sealed field names a key of another class");
  }
  return key;
}

Result<ContentKeys::KeyPtr> ContentKeys::unwrap_key(const Address& address, const KeyId& id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto entry,
                            store_.get(family_, directory_key(address.organisation, id)));
  if (!entry) return fail(Errc::corrupted, "a sealed field names a key that is not there");
  ByteReader in(*entry);
  const auto data_class = static_cast<DataClass>(in.u8());
  const std::int64_t day = in.i64();
  if (!in.ok() || data_class != field(address.field).data_class) {
    return fail(Errc::corrupted, "a sealed field names a key of another class");
  }
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes share,
                            vault_.organisation_share(address.organisation));
  FASTNESS_ASSIGN_OR_RETURN(crypto::SecretBytes content_key,
                            vault_.unwrap(address.organisation, data_class, in.rest()));
  if (content_key.size() != kKeySize) {
    return fail(Errc::corrupted, "an unwrapped content key is not of 32 bytes");
  }
  return std::make_shared<Key>(id, data_class, day, std::move(content_key), share);
}

ContentKeys::KeyPtr ContentKeys::find_in_memory(const Address& address, const KeyId& id) {
  const WriteSlot slot{address.organisation, field(address.field).data_class};
  if (const auto writing = writing_.find(slot);
      writing != writing_.end() && writing->second->id() == id) {
    return writing->second;
  }
  // Neighbouring rows are mostly of the same day, so the key is mostly near the front.
  const auto found = std::ranges::find_if(cache_, [&](const Cached& cached) {
    return cached.id == id && cached.organisation == address.organisation;
  });
  if (found == cache_.end()) return nullptr;
  cache_.splice(cache_.begin(), cache_, found);
  return cache_.front().key;
}

void ContentKeys::remember(OrganisationId organisation, const KeyPtr& key) {
  cache_.push_front({key->id(), organisation, clock_.steady(), key});
  if (cache_.size() > options_.max_cached_keys) cache_.pop_back();
}

void ContentKeys::drop_old(std::int64_t day) {
  const SteadyTime now = clock_.steady();
  if (day == swept_day_ && now < swept_at_ + kSweepInterval) return;
  swept_day_ = day;
  swept_at_ = now;
  std::erase_if(writing_, [day](const auto& entry) { return entry.second->day() != day; });
  const SteadyTime oldest = now - options_.max_cached_age;
  std::erase_if(cache_, [oldest](const Cached& cached) { return cached.since < oldest; });
}

void ContentKeys::forget(OrganisationId organisation) {
  const std::lock_guard lock(mutex_);
  std::erase_if(writing_, [&](const auto& e) { return e.first.organisation == organisation; });
  std::erase_if(cache_, [&](const Cached& cached) { return cached.organisation == organisation; });
}

}  // namespace fastness::keys
