#include "client/ledger/documents.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "base/bytes.h"
#include "json/value.h"
#include "ledger/proof.h"

namespace fastness::client {
namespace {

constexpr std::string_view kProofFormat = "fastness-ledger-proof-v1";
constexpr std::string_view kConsistencyFormat = "fastness-ledger-consistency-v1";

Unexpected<Error> not_one(std::string why) {
  return fail(Errc::invalid_argument, std::move(why));
}

Result<std::string> text_in(const json::Value& document, std::string_view name) {
  const json::Value* member = document.find(name);
  const auto* text = member != nullptr ? member->get<std::string>() : nullptr;
  if (text == nullptr) return not_one("\"" + std::string(name) + "\" is missing, or is no text");
  return *text;
}

Result<std::uint64_t> count_in(const json::Value& document, std::string_view name) {
  const json::Value* member = document.find(name);
  const auto* count = member != nullptr ? member->get<std::int64_t>() : nullptr;
  if (count == nullptr || *count < 0) {
    return not_one("\"" + std::string(name) + "\" is missing, or is no whole number");
  }
  return static_cast<std::uint64_t>(*count);
}

Result<std::vector<crypto::Digest>> hashes_in(const json::Value& document) {
  const json::Value* member = document.find("hashes");
  const auto* list = member != nullptr ? member->get<json::Array>() : nullptr;
  if (list == nullptr) return not_one("\"hashes\" is missing, or is no list");
  std::vector<crypto::Digest> hashes;
  for (const json::Value& each : *list) {
    const auto* text = each.get<std::string>();
    const auto bytes = text != nullptr ? from_base64(*text) : Result<Bytes>(Bytes());
    if (!bytes || bytes->size() != crypto::Digest().size()) {
      return not_one("\"hashes\" has something that is no SHA-256 in base64");
    }
    std::ranges::copy(*bytes, hashes.emplace_back().begin());
  }
  return hashes;
}

// The document, if it is of this format, says no more than it may, and is about the log of `key`.
Result<json::Value> open(std::string_view untrusted, std::string_view format,
                         std::initializer_list<std::string_view> members,
                         const ledger::VerifierKey& key) {
  auto document = json::parse(untrusted);
  if (!document) return not_one("the file is not JSON: " + document.error().message);
  const auto* object = document->get<json::Object>();
  if (object == nullptr) return not_one("the file is JSON, but no document of a ledger");
  FASTNESS_ASSIGN_OR_RETURN(const std::string found, text_in(*document, "format"));
  if (found != format) return not_one("the file is not of the format " + std::string(format));
  for (const auto& [name, value] : *object) {
    if (std::ranges::find(members, name) == members.end()) {
      return not_one("the file has a member that the format " + std::string(format) +
                     " does not know");
    }
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string named, text_in(*document, "key"));
  if (named != key.to_text()) {
    return fail(Errc::corrupted, "the file is about the ledger of another key than was given");
  }
  return document;
}

Result<ledger::LedgerEntry> entry_in(const json::Value& document) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, text_in(document, "entry"));
  const auto bytes = from_base64(text);
  if (!bytes) return not_one("\"entry\" is not base64");
  auto entry = ledger::LedgerEntry::decode(*bytes);
  if (!entry) return not_one("\"entry\" is no entry of a ledger: " + entry.error().message);
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t index, count_in(document, "index"));
  if (index != entry->index) {
    return fail(Errc::corrupted, "\"index\" is not the place that the entry names");
  }
  return entry;
}

// The certificate is the one whose digest the ledger has, so what the entry says of it must be
// true.
Result<crypto::Certificate> certificate_of(const ledger::LedgerEntry& entry,
                                           const std::string& pem) {
  auto certificate = crypto::Certificate::parse_pem(pem);
  if (!certificate || certificate->to_pem() != pem) {
    return not_one("\"certificate\" is no certificate in PEM");
  }
  if (certificate->digest() != entry.leaf) {
    return fail(Errc::corrupted, "the certificate is not the one in the entry");
  }
  if (certificate->key_digest() != entry.key || certificate->not_after() != entry.not_after ||
      certificate->common_name() != entry.device.value().to_text()) {
    return fail(Errc::corrupted,
                "the entry says of its certificate what the certificate does not say: the ledger "
                "itself is wrong");
  }
  return certificate;
}

}  // namespace

Result<ProvenCertificate> verify_ledger_proof(std::string_view untrusted_document,
                                              const ledger::VerifierKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value document,
      open(untrusted_document, kProofFormat,
           {"format", "key", "index", "entry", "hashes", "checkpoint", "certificate"}, key));
  ledger::InclusionProof proof;
  FASTNESS_ASSIGN_OR_RETURN(proof.entry, entry_in(document));
  FASTNESS_ASSIGN_OR_RETURN(proof.hashes, hashes_in(document));
  FASTNESS_ASSIGN_OR_RETURN(proof.checkpoint, text_in(document, "checkpoint"));
  ProvenCertificate proven;
  FASTNESS_ASSIGN_OR_RETURN(proven.checkpoint, ledger::verify(proof, key));
  proven.entry = proof.entry;
  if (document.find("certificate") == nullptr) return proven;
  FASTNESS_ASSIGN_OR_RETURN(const std::string pem, text_in(document, "certificate"));
  FASTNESS_ASSIGN_OR_RETURN(proven.certificate, certificate_of(proof.entry, pem));
  return proven;
}

Result<ledger::Checkpoint> verify_ledger_consistency(std::string_view untrusted_document,
                                                     const ledger::Checkpoint& older,
                                                     const ledger::VerifierKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document,
                            open(untrusted_document, kConsistencyFormat,
                                 {"format", "key", "from", "hashes", "checkpoint"}, key));
  ledger::ConsistencyProof proof;
  FASTNESS_ASSIGN_OR_RETURN(proof.from, count_in(document, "from"));
  FASTNESS_ASSIGN_OR_RETURN(proof.hashes, hashes_in(document));
  FASTNESS_ASSIGN_OR_RETURN(proof.checkpoint, text_in(document, "checkpoint"));
  return ledger::verify(proof, older, key);
}

}  // namespace fastness::client
