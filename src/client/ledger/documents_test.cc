// The documents that another program computed hold here; changed in any bit they do not.
#include "client/ledger/documents.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"
#include "json/writer.h"

namespace fastness::client {
namespace {

using ::testing::HasSubstr;

class LedgerDocuments : public ::testing::Test {
 protected:
  LedgerDocuments() {
    std::ostringstream text;
    text << std::ifstream(FASTNESS_TEST_VECTORS "/ledger_documents.json").rdbuf();
    vectors = json::parse(text.str()).value();
    key = ledger::VerifierKey::parse(vector("key")).value();
    older = ledger::verify_checkpoint(vector("older"), key).value();
    proof = vector("proof");
    consistency = vector("consistency");
  }

  std::string vector(std::string_view name) const {
    return *vectors.find(name)->get<std::string>();
  }
  // The proof with one member in other words, or without it.
  std::string proof_with(std::string_view name, const std::string& raw) const {
    return with(proof, name, raw);
  }
  static std::string with(const std::string& document, std::string_view name,
                          const std::string& raw) {
    const json::Value parsed = json::parse(document).value();
    json::Writer out;
    out.begin_object();
    for (const auto& [member, value] : *parsed.get<json::Object>()) {
      if (member != name) out.field(member, value);
    }
    if (!raw.empty()) {
      out.key(name);
      out.raw(raw);
    }
    out.end_object();
    return std::move(out).text();
  }
  Error refusal(const std::string& document) const {
    const auto verified = verify_ledger_proof(document, key);
    EXPECT_FALSE(verified) << document;
    return verified ? Error{} : verified.error();
  }

  json::Value vectors;
  ledger::VerifierKey key;
  ledger::Checkpoint older;
  std::string proof;
  std::string consistency;
};

TEST_F(LedgerDocuments, AnotherProgramsProofShowsWhatWasIssued) {
  const auto proven = verify_ledger_proof(proof, key);

  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_EQ(proven->checkpoint.size, 5U);
  EXPECT_EQ(proven->entry.index, 2U);
  EXPECT_EQ(proven->entry.device.value().to_text(), vector("device"));
  EXPECT_EQ(proven->entry.profile, ledger::Profile::board);
  ASSERT_TRUE(proven->certificate);
  EXPECT_EQ(to_hex(proven->certificate->serial()), vector("serial"));
}

TEST_F(LedgerDocuments, AnotherProgramsConsistencyHolds) {
  const auto newer = verify_ledger_consistency(consistency, older, key);
  ASSERT_TRUE(newer) << newer.error().message;
  EXPECT_EQ(newer->size, 5U);
  EXPECT_EQ(newer->root, verify_ledger_proof(proof, key)->checkpoint.root);
}

TEST_F(LedgerDocuments, ItsLayoutIsFree) {
  std::string spaced = proof;
  spaced.insert(1, "\n  ");
  EXPECT_TRUE(verify_ledger_proof(spaced + "\n", key));
  EXPECT_TRUE(verify_ledger_proof(with(proof, "certificate", ""), key)) << "it may be left out";
  EXPECT_FALSE(verify_ledger_proof(with(proof, "certificate", ""), key)->certificate);
}

TEST_F(LedgerDocuments, NoBitCanBeChanged) {
  for (std::size_t i = 0; i < proof.size() * 8; ++i) {
    std::string changed = proof;
    changed[i / 8] =
        static_cast<char>(static_cast<unsigned char>(changed[i / 8]) ^ (1U << (i % 8)));
    EXPECT_FALSE(verify_ledger_proof(changed, key)) << "bit " << i << " of " << changed;
  }
  for (std::size_t i = 0; i < consistency.size() * 8; ++i) {
    std::string changed = consistency;
    changed[i / 8] =
        static_cast<char>(static_cast<unsigned char>(changed[i / 8]) ^ (1U << (i % 8)));
    EXPECT_FALSE(verify_ledger_consistency(changed, older, key)) << "bit " << i;
  }
}

TEST_F(LedgerDocuments, ACutFileIsRefused) {
  for (std::size_t size = 0; size < proof.size(); ++size) {
    EXPECT_FALSE(verify_ledger_proof(proof.substr(0, size), key)) << size;
  }
}

TEST_F(LedgerDocuments, AnotherKeyIsNotBelieved) {
  ledger::VerifierKey other = key;
  other.key[0] ^= 1U;
  const auto refused = verify_ledger_proof(proof, other);
  EXPECT_EQ(refused.error().code, Errc::corrupted);
  EXPECT_EQ(refused.error().message, "the file is about the ledger of another key than was given");
  // The same where the file claims to be about that key: its signature gives it away.
  json::Writer named;
  named.value(other.to_text());
  EXPECT_THAT(verify_ledger_proof(proof_with("key", named.text()), other).error().message,
              HasSubstr("not signed with the key of"));
  EXPECT_FALSE(verify_ledger_consistency(consistency, older, other));
}

TEST_F(LedgerDocuments, AnotherCertificateIsNotTheOneThatWasProved) {
  EXPECT_EQ(refusal(proof_with("certificate", "\"\"")).message,
            "\"certificate\" is no certificate in PEM");
  EXPECT_EQ(refusal(proof_with("certificate", "7")).code, Errc::invalid_argument);
  // A certificate that reads as well, whose signature is another.
  const auto certificate = *verify_ledger_proof(proof, key)->certificate;
  Bytes der = to_bytes(certificate.der());
  der.back() ^= 1U;
  json::Writer pem;
  pem.value(crypto::Certificate::parse(der).value().to_pem());
  EXPECT_EQ(refusal(proof_with("certificate", pem.text())).message,
            "the certificate is not the one in the entry");
}

TEST_F(LedgerDocuments, WhatIsNoSuchDocumentIsToldFromWhatDoesNotHold) {
  for (const std::string& document :
       {std::string(), std::string("[]"), std::string("{}"), std::string("nonsense"), consistency,
        proof_with("more", "1"), proof_with("entry", "\"AAAA\""), proof_with("entry", ""),
        proof_with("index", "\"2\""), proof_with("index", "-1"), proof_with("hashes", "{}"),
        proof_with("hashes", "[\"AAAA\"]"), proof_with("hashes", "[7]"),
        proof_with("checkpoint", "")}) {
    EXPECT_EQ(refusal(document).code, Errc::invalid_argument) << document;
  }
  for (const std::string& document : {proof_with("index", "3"), proof_with("hashes", "[]"),
                                      proof_with("checkpoint", "\"nonsense\"")}) {
    EXPECT_EQ(refusal(document).code, Errc::corrupted) << document;
  }
}

TEST_F(LedgerDocuments, ConsistencyFromAnotherPastIsRefused) {
  ledger::Checkpoint other = older;
  other.root[0] ^= 1U;
  EXPECT_THAT(verify_ledger_consistency(consistency, other, key).error().message,
              HasSubstr("the first 3 entries are not what they were"));
  other = older;
  other.size = 4;
  EXPECT_EQ(verify_ledger_consistency(consistency, other, key).error().code, Errc::corrupted);
  EXPECT_EQ(verify_ledger_consistency(proof, older, key).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::client
