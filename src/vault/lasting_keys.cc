#include "vault/lasting_keys.h"

#include <algorithm>
#include <string_view>

namespace fastness::vault {
namespace {

constexpr char kTakenOverFile[] = "lasting-keys";

struct Purpose {
  LastingKey key;
  std::string_view text;
};

// The texts are what the keys have been derived by from the first version on.
constexpr std::array<Purpose, kLastingKeyCount> kPurposes{{
    {LastingKey::database, "fastness control database v1"},
    {LastingKey::hub_files, "fastness hub files v1"},
    {LastingKey::api_key_lookup, "fastness lookup api key v1"},
    {LastingKey::device_secret_lookup, "fastness lookup device secret v1"},
    {LastingKey::blind_index, "fastness blind index v1"},
    {LastingKey::pepper, "fastness password pepper v1"},
    {LastingKey::segment_wrap, "fastness segment key wrap v1"},
    {LastingKey::ledger_signing, "fastness ledger signing v1"},
    {LastingKey::audit_signing, "fastness audit signing v1"},
}};

}  // namespace

Result<LastingKeys> LastingKeys::open(const SealedFiles& records, const RootKey& root) {
  const auto taken_over = records.read(kTakenOverFile);
  if (taken_over) {
    ByteReader in(taken_over->reveal());
    LastingKeys keys = decode(in);
    FASTNESS_RETURN_IF_ERROR(in.finish("the keys of the host before"));
    return keys;
  }
  if (taken_over.error().code != Errc::not_found) return Unexpected<Error>{taken_over.error()};
  LastingKeys keys;
  for (std::size_t i = 0; i < kPurposes.size(); ++i) {
    keys.keys_[i] = root.derive(kPurposes[i].text);
  }
  return keys;
}

const crypto::SecretBytes& LastingKeys::of(LastingKey which) const {
  const auto purpose = std::ranges::find(kPurposes, which, &Purpose::key);
  return keys_.at(static_cast<std::size_t>(purpose - kPurposes.begin()));
}

crypto::SecretBytes LastingKeys::copy(LastingKey which) const {
  const crypto::SecretBytes& key = of(which);
  crypto::SecretBytes copied(key.size());
  std::ranges::copy(key.reveal(), copied.reveal().begin());
  return copied;
}

Result<crypto::Ed25519Key> LastingKeys::ledger_signer() const {
  return crypto::Ed25519Key::from_seed(copy(LastingKey::ledger_signing));
}

Result<crypto::Ed25519Key> LastingKeys::audit_signer() const {
  return crypto::Ed25519Key::from_seed(copy(LastingKey::audit_signing));
}

bool LastingKeys::is_same_as(const LastingKeys& other) const {
  bool is_same = true;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    is_same = crypto::constant_time_equal(keys_[i].reveal(), other.keys_[i].reveal()) && is_same;
  }
  return is_same;
}

Result<void> LastingKeys::keep(const SealedFiles& records) const {
  return records.write_keys(kTakenOverFile, *this);
}

void LastingKeys::encode(ByteWriter& out) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    out.u8(static_cast<std::uint8_t>(kPurposes[i].key));
    out.raw(keys_[i].reveal());
  }
}

LastingKeys LastingKeys::decode(ByteReader& in) {
  LastingKeys keys;
  for (std::size_t i = 0; i < keys.keys_.size(); ++i) {
    // Another order or another number is another version of the format.
    if (in.u8() != static_cast<std::uint8_t>(kPurposes[i].key)) {
      static_cast<void>(in.raw(in.rest().size() + 1));
    }
    keys.keys_[i] = crypto::SecretBytes(kKeySize);
    in.copy_to(keys.keys_[i].reveal());
  }
  return keys;
}

}  // namespace fastness::vault
