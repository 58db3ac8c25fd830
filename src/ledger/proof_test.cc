// Attacks on what the ledger proves: each step of each proof, broken.
#include "ledger/proof.h"

#include <utility>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "crypto/merkle.h"
#include "ledger/testing/sample_entry.h"

namespace fastness::ledger {
namespace {

using testing::sample_entry;

Uuid uuid(std::uint8_t last) {
  Uuid::Bytes bytes{};
  bytes[15] = last;
  return Uuid(bytes);
}

TEST(LedgerEntry, SurvivesItsEncodingAndNothingElseDoes) {
  const LedgerEntry entry = sample_entry();
  const Bytes bytes = entry.encode();
  ASSERT_EQ(bytes.size(), LedgerEntry::kEncodedSize);
  EXPECT_EQ(LedgerEntry::decode(bytes).value(), entry);
  EXPECT_FALSE(LedgerEntry::decode(ByteView(bytes).first(bytes.size() - 1)));
  LedgerEntry unknown = entry;
  unknown.continuity = static_cast<Continuity>(5);
  EXPECT_EQ(LedgerEntry::decode(unknown.encode()).error().code, Errc::corrupted);
  unknown = entry;
  unknown.profile = static_cast<Profile>(3);
  EXPECT_FALSE(LedgerEntry::decode(unknown.encode()));
}

// The tree hashes these bytes for ever, so their layout is pinned down here.
TEST(LedgerEntry, HasOneLayoutForEver) {
  const std::string five_hours = "0000000430e23400";
  const std::string six_hours = "000000050775d800";
  EXPECT_EQ(to_hex(sample_entry().encode()),
            std::string("000000000000004d00000000000000000000000000000001") + to_hex(Bytes(32, 2)) +
                to_hex(Bytes(32, 3)) + "0200000004" + five_hours + six_hours + "03");
  EXPECT_EQ(sample_entry().merkle_leaf(), crypto::merkle_leaf(sample_entry().encode()));
}

crypto::Ed25519Key ledger_key(std::uint8_t seed) {
  Bytes bytes(crypto::Ed25519Key::kSeedSize, seed);
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes::take(bytes)).value();
}

// A ledger of thirteen certificates, one for each device.
class LedgerProofs : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSize = 13;

  LedgerProofs() {
    for (std::uint64_t i = 0; i < kSize; ++i) {
      entries.push_back(sample_entry());
      entries.back().index = i;
      entries.back().device = DeviceId(uuid(static_cast<std::uint8_t>(i)));
      tree.append(entries.back().merkle_leaf());
    }
  }

  std::string checkpoint_at(std::uint64_t size) const {
    return sign_checkpoint({verifier.name, size, tree.root_at(size)}, key);
  }
  InclusionProof inclusion(std::uint64_t index, std::uint64_t size) const {
    return {entries[index], tree.inclusion_proof(index, size).value(), checkpoint_at(size)};
  }
  ConsistencyProof consistency(std::uint64_t from, std::uint64_t size) const {
    return {from, tree.consistency_proof(from, size).value(), checkpoint_at(size)};
  }
  Checkpoint at(std::uint64_t size) const {
    return verify_checkpoint(checkpoint_at(size), verifier).value();
  }
  // The same ledger, but for one entry.
  crypto::MerkleTree rewritten(std::uint64_t changed) const {
    crypto::MerkleTree other;
    for (LedgerEntry entry : entries) {
      if (entry.index == changed) entry.key.fill(0x66);
      other.append(entry.merkle_leaf());
    }
    return other;
  }

  const crypto::Ed25519Key key = ledger_key(1);
  const VerifierKey verifier{"fastness/x/device-certificates", key.public_key()};
  std::vector<LedgerEntry> entries;
  crypto::MerkleTree tree;
};

TEST_F(LedgerProofs, EveryEntryOfEverySizeIsProved) {
  for (std::uint64_t size = 1; size <= kSize; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      EXPECT_EQ(verify(inclusion(index, size), verifier).value(), at(size));
    }
  }
}

TEST_F(LedgerProofs, NoBitOfAnEntryOrOfAHashCanBeChanged) {
  const InclusionProof good = inclusion(5, kSize);
  const Bytes encoded = good.entry.encode();
  for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    Bytes changed = encoded;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto entry = LedgerEntry::decode(changed);
    if (!entry) continue;  // a word that nobody knows is refused before
    EXPECT_FALSE(verify({*entry, good.hashes, good.checkpoint}, verifier)) << bit;
  }
  for (std::size_t i = 0; i < good.hashes.size(); ++i) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
      InclusionProof changed = good;
      changed.hashes[i][bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(verify(changed, verifier));
    }
  }
}

TEST_F(LedgerProofs, AnotherDevicesEntryIsNotProvedByThisOnesHashes) {
  InclusionProof proof = inclusion(5, kSize);
  proof.entry = entries[6];
  EXPECT_EQ(verify(proof, verifier).error().message,
            "the hashes do not lead from the entry to the signed root: the entry is not in the "
            "ledger that was signed");
  proof.entry.index = 5;
  EXPECT_FALSE(verify(proof, verifier));
}

TEST_F(LedgerProofs, ASizeBeyondTheTreeIsRefused) {
  InclusionProof proof = inclusion(5, kSize);
  proof.checkpoint = checkpoint_at(5);
  EXPECT_EQ(verify(proof, verifier).error().message,
            "entry 5 is beyond the checkpoint, which covers 5 entries");
  proof.checkpoint = sign_checkpoint({verifier.name, 4 * kSize, tree.root()}, key);
  EXPECT_FALSE(verify(proof, verifier)) << "so large a tree is higher than this proof";
}

TEST_F(LedgerProofs, ACheckpointOfAnotherLogOrKeyIsRefused) {
  InclusionProof proof = inclusion(5, kSize);
  const auto other_key = ledger_key(2);
  proof.checkpoint = sign_checkpoint({verifier.name, kSize, tree.root()}, other_key);
  EXPECT_EQ(verify(proof, verifier).error().message,
            "it is not signed with the key of fastness/x/device-certificates");
  EXPECT_TRUE(verify(proof, {verifier.name, other_key.public_key()})) << "so that it was the key";

  proof.checkpoint = sign_checkpoint({"fastness/x/audit", kSize, tree.root()}, key);
  EXPECT_FALSE(verify(proof, verifier));
  // The log's own signature below another log's name.
  proof.checkpoint =
      sign_note("fastness/x/audit\n13\n" + to_base64(tree.root()) + "\n", verifier.name, key);
  EXPECT_EQ(verify(proof, verifier).error().message, "the checkpoint is of another log");
}

TEST_F(LedgerProofs, EveryOlderCheckpointLeadsToEveryNewerOne) {
  for (std::uint64_t size = 1; size <= kSize; ++size) {
    for (std::uint64_t from = 1; from <= size; ++from) {
      EXPECT_EQ(verify(consistency(from, size), at(from), verifier).value(), at(size));
    }
  }
  EXPECT_TRUE(verify({0, {}, checkpoint_at(kSize)}, at(0), verifier));
  EXPECT_FALSE(verify({0, {tree.root()}, checkpoint_at(kSize)}, at(0), verifier));
}

TEST_F(LedgerProofs, AChangedPastIsFoundOut) {
  for (std::uint64_t from = 1; from <= kSize; ++from) {
    for (std::uint64_t changed = 0; changed < from; ++changed) {
      // Signed with the log's own key, as a thief of it would.
      const crypto::MerkleTree other = rewritten(changed);
      const std::string text = sign_checkpoint({verifier.name, kSize, other.root()}, key);
      for (const crypto::MerkleTree* hashes_of : {&std::as_const(tree), &other}) {
        const auto verified =
            verify(ConsistencyProof{from, hashes_of->consistency_proof(from, kSize).value(), text},
                   at(from), verifier);
        ASSERT_FALSE(verified) << from << ", " << changed;
        EXPECT_EQ(verified.error().code, Errc::corrupted);
      }
    }
  }
}

TEST_F(LedgerProofs, AShorterLedgerIsFoundOut) {
  const ConsistencyProof proof{kSize, {}, checkpoint_at(kSize - 1)};
  EXPECT_EQ(verify(proof, at(kSize), verifier).error().message,
            "the ledger has 12 entries, and it once had 13 entries: entries were taken back");
}

TEST_F(LedgerProofs, NoBitOfAConsistencyProofCanBeChanged) {
  const ConsistencyProof good = consistency(5, kSize);
  for (std::size_t i = 0; i < good.hashes.size(); ++i) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
      ConsistencyProof changed = good;
      changed.hashes[i][bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(verify(changed, at(5), verifier));
    }
  }
  EXPECT_EQ(verify(good, at(6), verifier).error().message,
            "the proof begins at 5 entries, and the older checkpoint has 6 entries");
  ConsistencyProof longer = good;
  longer.hashes.push_back(tree.root());
  EXPECT_FALSE(verify(longer, at(5), verifier));
  Checkpoint elsewhere = at(5);
  elsewhere.origin = "fastness/y/device-certificates";
  EXPECT_EQ(verify(good, elsewhere, verifier).error().message,
            "the older checkpoint is of another log");
}

}  // namespace
}  // namespace fastness::ledger
