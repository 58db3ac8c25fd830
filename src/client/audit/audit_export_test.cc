#include "client/audit/audit_export.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/merkle.h"
#include "crypto/public_key/ed25519.h"
#include "crypto/secret/secret_bytes.h"
#include "json/time_text.h"
#include "json/writer.h"
#include "ledger/audit_leaf.h"

namespace fastness::client {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTrail = "fastness/test/audit";
constexpr Timestamp kTime = std::chrono::sys_days{std::chrono::January / 1 / 2030};

crypto::Ed25519Key key_of_seed(std::uint8_t seed) {
  Bytes bytes(crypto::Ed25519Key::kSeedSize, seed);
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes::take(bytes)).value();
}

// A trail as the hub and the vault keep it, and the files that are made of it.
class AuditExport : public ::testing::Test {
 protected:
  struct Kept {
    ledger::AuditSalt salt{};
    ledger::AuditContent content;
    Bytes sealed;
    bool has_commitment = true;
    bool is_erased = false;
  };

  static ledger::AuditContent content(const std::string& action) {
    return {"user:1", action, "device:2", "192.0.2.1", "ok", "0011", "abcd", 1};
  }
  void record(const std::string& action) {
    const auto index = static_cast<std::uint8_t>(kept_.size());
    add({{index}, content(action), {index, 1, 2}});
  }
  void add(Kept entry) {
    kept_.push_back(std::move(entry));
    tree_.append(leaf(kept_.size() - 1));
  }
  [[nodiscard]] crypto::Digest leaf(std::size_t index) const {
    const Kept& entry = kept_[index];
    if (!entry.has_commitment) {
      return ledger::plain_audit_leaf(index, kTime, mine_, entry.sealed);
    }
    return ledger::AuditLeaf{index, kTime, mine_,
                             ledger::commit_audit(entry.salt, entry.content.encode()),
                             crypto::sha256(entry.sealed)}
        .merkle_leaf();
  }
  [[nodiscard]] std::string checkpoint_text() const {
    return ledger::sign_checkpoint({kTrail, tree_.size(), tree_.root()}, key_);
  }
  [[nodiscard]] ledger::Checkpoint checkpoint() const {
    return {kTrail, tree_.size(), tree_.root()};
  }
  [[nodiscard]] ledger::VerifierKey verifier_key() const { return {kTrail, key_.public_key()}; }

  static void write_hashes(json::Writer& out, std::string_view name,
                           const std::vector<crypto::Digest>& hashes) {
    out.begin_array(name);
    for (const crypto::Digest& hash : hashes) out.value(to_base64(hash));
    out.end_array();
  }
  [[nodiscard]] std::string header(std::uint64_t from = 0) const {
    json::Writer out;
    out.begin_object();
    out.field("format", "fastness-audit-export-v1");
    out.field("key", verifier_key().to_text());
    out.field("organisation", mine_.value());
    out.field("from", from);
    out.field("size", tree_.size());
    out.field("checkpoint", checkpoint_text());
    if (from > 0) {
      write_hashes(out, "consistency", tree_.consistency_proof(from, tree_.size()).value());
    }
    out.end_object();
    return std::move(out).text();
  }
  [[nodiscard]] std::string line(std::size_t index) const {
    const Kept& entry = kept_[index];
    json::Writer out;
    out.begin_object();
    out.field("index", index);
    out.field("time", kTime);
    out.field("leaf", to_base64(leaf(index)));
    if (entry.has_commitment) {
      out.field("commitment", to_base64(ledger::commit_audit(entry.salt, entry.content.encode())));
      out.field("sealed_digest", to_base64(crypto::sha256(entry.sealed)));
    } else {
      out.field("sealed", to_base64(entry.sealed));
    }
    if (!entry.is_erased) {
      if (entry.has_commitment) {
        out.field("salt", to_base64(entry.salt));
        out.field("content", to_base64(entry.content.encode()));
      }
      out.field("actor", entry.content.actor);
      out.field("action", entry.content.action);
      out.field("object", entry.content.object);
      out.field("address", entry.content.address);
      out.field("result", entry.content.result);
      out.field("request_id", entry.content.request);
      out.field("session", entry.content.session);
    }
    write_hashes(out, "hashes", tree_.inclusion_proof(index, tree_.size()).value());
    out.end_object();
    return std::move(out).text();
  }
  [[nodiscard]] std::vector<std::string> file(std::uint64_t from = 0) const {
    std::vector<std::string> lines{header(from)};
    for (std::size_t index = from; index < kept_.size(); ++index) lines.push_back(line(index));
    lines.push_back("{\"entries\":" + std::to_string(kept_.size() - from) + "}");
    return lines;
  }

  [[nodiscard]] Result<VerifiedAuditExport> verify(
      const std::vector<std::string>& lines,
      std::optional<ledger::Checkpoint> older = std::nullopt) const {
    AuditExportVerifier verifier(verifier_key(), std::move(older));
    for (const std::string& each : lines) FASTNESS_RETURN_IF_ERROR(verifier.take(each));
    return verifier.finish();
  }
  static std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what << " in " << text;
    if (at != std::string::npos) text.replace(at, what.size(), with);
    return text;
  }

  const OrganisationId mine_{Uuid({1})};
  crypto::Ed25519Key key_ = key_of_seed(7);
  crypto::MerkleTree tree_;
  std::vector<Kept> kept_;
};

TEST_F(AuditExport, HoldsForWhoeverHasTheKey) {
  for (int i = 0; i < 7; ++i) record("event." + std::to_string(i));

  const auto found = verify(file());

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->entries, 7U);
  EXPECT_EQ(found->unproven, 0U);
  EXPECT_EQ(found->erased, 0U);
  EXPECT_EQ(found->checkpoint, checkpoint());
  EXPECT_EQ(found->first, kTime);
}

TEST_F(AuditExport, AnErasedEntryStillHoldsAndSaysNothing) {
  record("a");
  record("b");
  kept_[0].is_erased = true;

  const auto found = verify(file());

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->erased, 1U);
  EXPECT_EQ(line(0).find("user:1"), std::string::npos);
}

// With its words put back by somebody who remembers them, or makes them up.
TEST_F(AuditExport, AnErasedEntryCannotBeGivenWords) {
  record("a");
  kept_[0].is_erased = true;
  auto lines = file();
  lines[1] = replaced(lines[1], "\"hashes\"", "\"actor\":\"user:9\",\"hashes\"");

  EXPECT_EQ(verify(lines).error().code, Errc::corrupted);
}

TEST_F(AuditExport, AnEntryOfBeforeIsInTheTrailButNotBoundToItsWords) {
  Kept old{{}, content("old"), {9, 9, 9}};
  old.has_commitment = false;
  add(std::move(old));
  record("new");

  const auto found = verify(file());

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->unproven, 1U);
}

TEST_F(AuditExport, NoWordOfAnEntryCanBeChanged) {
  record("device.revoke");
  record("device.create");
  const struct {
    const char* what;
    const char* with;
  } kChanges[] = {{"user:1", "user:3"},          {"device.revoke", "device.resume"},
                  {"device:2", "device:3"},      {"192.0.2.1", "192.0.2.2"},
                  {"\"ok\"", "\"no\""},          {"\"0011\"", "\"0012\""},
                  {"\"abcd\"", "\"abce\""},      {"2030-01-01", "2030-01-02"},
                  {"\"index\":0", "\"index\":1"}};
  for (const auto& [what, with] : kChanges) {
    SCOPED_TRACE(what);
    auto lines = file();
    lines[1] = replaced(lines[1], what, with);
    EXPECT_EQ(verify(lines).error().code, Errc::corrupted);
  }
}

TEST_F(AuditExport, AnEntryThatNobodyRecordedIsFoundOut) {
  record("a");
  record("b");
  const auto before = file();
  kept_[1].content.action = "forged";  // and all its own hashes made to fit
  auto lines = file();
  ASSERT_NE(lines[2], before[2]);

  const auto found = verify(lines);

  EXPECT_EQ(found.error().code, Errc::corrupted);
  EXPECT_THAT(found.error().message, HasSubstr("not in the trail"));
}

TEST_F(AuditExport, AnotherOrganisationsEntryIsNotMine) {
  record("a");
  auto lines = file();
  lines[0] = replaced(lines[0], mine_.value().to_text(), Uuid({2}).to_text());

  EXPECT_EQ(verify(lines).error().code, Errc::corrupted);
}

TEST_F(AuditExport, AnotherKeysFileIsRefused) {
  record("a");
  const auto lines = file();
  const crypto::Ed25519Key thief = key_of_seed(8);

  AuditExportVerifier verifier({kTrail, thief.public_key()});
  EXPECT_EQ(verifier.take(lines[0]).error().code, Errc::corrupted);
  // The thief names the true key and signs with the own.
  auto forged = lines;
  forged[0] = replaced(forged[0], json::to_text(checkpoint_text()),
                       json::to_text(ledger::sign_checkpoint(checkpoint(), thief)));
  EXPECT_EQ(verify(forged).error().code, Errc::corrupted);
}

TEST_F(AuditExport, AFileThatWasCutOrMixedUpIsFoundOut) {
  for (const char* action : {"a", "b", "c"}) record(action);
  const auto whole = file();

  auto cut = whole;
  cut.pop_back();
  EXPECT_EQ(verify(cut).error().code, Errc::corrupted);
  auto shorter = whole;
  shorter.erase(shorter.begin() + 2);
  EXPECT_EQ(verify(shorter).error().code, Errc::corrupted) << "the last line counts";
  auto turned = whole;
  std::swap(turned[1], turned[2]);
  EXPECT_EQ(verify(turned).error().code, Errc::corrupted);
  auto twice = whole;
  twice.insert(twice.begin() + 2, twice[1]);
  EXPECT_EQ(verify(twice).error().code, Errc::corrupted);
  auto longer = whole;
  longer.push_back(whole[1]);
  EXPECT_EQ(verify(longer).error().code, Errc::invalid_argument);
  EXPECT_EQ(verify({}).error().code, Errc::invalid_argument);
}

TEST_F(AuditExport, WhatIsNoExportIsSaidToBeNone) {
  record("a");
  const auto whole = file();
  for (const char* line :
       {"", "[]", "7", "{}", "not JSON", R"({"format":"fastness-ledger-proof-v1"})"}) {
    SCOPED_TRACE(line);
    EXPECT_EQ(verify({line}).error().code, Errc::invalid_argument);
    EXPECT_EQ(verify({whole[0], line}).error().code, Errc::invalid_argument);
  }
  auto more = whole;
  more[1] = replaced(more[1], "\"index\"", "\"remark\":1,\"index\"");
  EXPECT_EQ(verify(more).error().code, Errc::invalid_argument);
}

TEST_F(AuditExport, OneExportContinuesAnother) {
  for (const char* action : {"a", "b", "c"}) record(action);
  const auto older = checkpoint();
  for (const char* action : {"d", "e"}) record(action);

  const auto found = verify(file(older.size), older);

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->continues_older);
  EXPECT_EQ(found->entries, 2U);
  EXPECT_EQ(verify(file(), older).error().code, Errc::invalid_argument) << "made without --since";
}

// Somebody with the signing key wrote the past anew.
TEST_F(AuditExport, ARewrittenPastIsFoundOut) {
  for (const char* action : {"a", "b", "c"}) record(action);
  const auto older = checkpoint();
  kept_.clear();
  tree_ = {};
  for (const char* action : {"a", "changed", "c"}) record(action);
  EXPECT_EQ(verify(file(), older).error().code, Errc::corrupted) << "of one size";
  record("d");
  EXPECT_EQ(verify(file(older.size), older).error().code, Errc::corrupted);
}

TEST_F(AuditExport, ATrailThatWasTakenBackIsFoundOut) {
  record("a");
  const auto lines = file();
  record("b");

  EXPECT_EQ(verify(lines, checkpoint()).error().code, Errc::corrupted);
}

TEST_F(AuditExport, TheFirstLineAloneGivesTheCheckpoint) {
  record("a");

  EXPECT_EQ(checkpoint_of_audit_export(header(), verifier_key()).value(), checkpoint());
  EXPECT_FALSE(checkpoint_of_audit_export(line(0), verifier_key()));
}

// What another program made from docs/audit.md alone.
class AuditExportVectors : public ::testing::Test {
 protected:
  AuditExportVectors() {
    std::ostringstream text;
    text << std::ifstream(FASTNESS_TEST_VECTORS "/audit_export.json").rdbuf();
    vectors_ = json::parse(text.str()).value();
    key_ = ledger::VerifierKey::parse(vector("key")).value();
  }
  [[nodiscard]] std::string vector(std::string_view name) const {
    return *vectors_.find(name)->get<std::string>();
  }
  [[nodiscard]] Result<VerifiedAuditExport> verify(
      const std::string& file, std::optional<ledger::Checkpoint> older = std::nullopt) const {
    AuditExportVerifier verifier(key_, std::move(older));
    std::istringstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      FASTNESS_RETURN_IF_ERROR(verifier.take(line));
    }
    return verifier.finish();
  }

  json::Value vectors_;
  ledger::VerifierKey key_;
};

TEST_F(AuditExportVectors, Hold) {
  const auto whole = verify(vector("whole"));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->entries, 4U);
  EXPECT_EQ(whole->checkpoint.size, 5U);
  EXPECT_EQ(whole->unproven, 1U);
  EXPECT_EQ(whole->erased, 1U);

  const auto older = ledger::verify_checkpoint(vector("older"), key_).value();
  const auto since = verify(vector("since"), older);
  ASSERT_TRUE(since) << since.error().message;
  EXPECT_TRUE(since->continues_older);
  EXPECT_EQ(since->entries, 2U);
}

// Every bit of it counts: one that is turned makes it another file or no file at all.
TEST_F(AuditExportVectors, NoBitOfAnEntryThatIsBoundCanBeTurned) {
  const std::string whole = vector("whole");
  const std::size_t begin = whole.find("{\"index\":1,");
  const std::size_t end = whole.find('\n', begin);
  ASSERT_NE(end, std::string::npos);
  for (std::size_t at = begin; at < end; ++at) {
    for (const int bit : {0, 2, 5}) {
      std::string turned = whole;
      turned[at] = static_cast<char>(turned[at] ^ (1 << bit));
      EXPECT_FALSE(verify(turned)) << "bit " << bit << " of byte " << at;
    }
  }
}

}  // namespace
}  // namespace fastness::client
