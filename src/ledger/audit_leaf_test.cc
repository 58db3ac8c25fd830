#include "ledger/audit_leaf.h"

#include <gtest/gtest.h>

#include "crypto/merkle.h"

namespace fastness::ledger {
namespace {

AuditContent content_of_a_test() {
  return {"user:1", "device.revoke", "device:2", "192.0.2.1", "ok", "0011223344556677", "abcd", 1};
}

TEST(AuditLeaf, ContentIsReadAsItWasWrittenAndNothingElseIs) {
  const Bytes bytes = content_of_a_test().encode();

  EXPECT_EQ(AuditContent::decode(bytes).value(), content_of_a_test());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(AuditContent::decode(ByteView(bytes).first(size))) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(AuditContent::decode(longer));
}

TEST(AuditLeaf, ACommitmentIsToOneContentUnderOneSalt) {
  const AuditSalt salt{1};
  AuditContent other = content_of_a_test();
  other.count = 2;

  const auto commitment = commit_audit(salt, content_of_a_test().encode());

  EXPECT_EQ(commitment, commit_audit(salt, content_of_a_test().encode()));
  EXPECT_NE(commitment, commit_audit(salt, other.encode()));
  EXPECT_NE(commitment, commit_audit(AuditSalt{2}, content_of_a_test().encode()));
}

// What is in one field must not pass for what is in the next.
TEST(AuditLeaf, TextDoesNotMoveFromOneFieldToTheNext) {
  AuditContent moved = content_of_a_test();
  moved.actor = "user:1device";
  moved.action = ".revoke";

  EXPECT_NE(moved.encode(), content_of_a_test().encode());
}

TEST(AuditLeaf, EveryFieldOfALeafCounts) {
  const Timestamp time{std::chrono::microseconds(7)};
  const AuditLeaf leaf{3, time, OrganisationId(Uuid({1})), crypto::Digest{2}, crypto::Digest{3}};
  const auto hash = leaf.merkle_leaf();

  const AuditLeaf kOthers[] = {
      {4, leaf.time, leaf.organisation, leaf.commitment, leaf.sealed},
      {3, time + std::chrono::microseconds(1), leaf.organisation, leaf.commitment, leaf.sealed},
      {3, leaf.time, OrganisationId(Uuid({2})), leaf.commitment, leaf.sealed},
      {3, leaf.time, leaf.organisation, crypto::Digest{9}, leaf.sealed},
      {3, leaf.time, leaf.organisation, leaf.commitment, crypto::Digest{9}},
  };
  for (const AuditLeaf& other : kOthers) EXPECT_NE(other.merkle_leaf(), hash);
}

// An old entry whose stored bytes are what a new leaf hashes is still another leaf.
TEST(AuditLeaf, OldAndNewLeavesAreNeverMistakenForEachOther) {
  const Timestamp time{std::chrono::microseconds(7)};
  const AuditLeaf leaf{3, time, OrganisationId(Uuid({1})), crypto::Digest{2}, crypto::Digest{3}};
  Bytes stored(leaf.commitment.begin(), leaf.commitment.end());
  stored.insert(stored.end(), leaf.sealed.begin(), leaf.sealed.end());

  EXPECT_NE(plain_audit_leaf(3, time, leaf.organisation, stored), leaf.merkle_leaf());
}

}  // namespace
}  // namespace fastness::ledger
