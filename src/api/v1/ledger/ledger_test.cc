// The ledger's documents over the API: whole, true, and nobody else's.
#include <gtest/gtest.h>

#include "api/iot/iot_world_test.h"
#include "crypto/public_key/p256.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "json/writer.h"
#include "ledger/proof.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::text_of;

class LedgerApiTest : public testing::IotTest {
 protected:
  std::string enrolled() {
    const std::string device = make_device();
    enrol(device);
    return device;
  }
  void enrol(const std::string& device) {
    const Bytes der = crypto::CertificateRequest::build(key_, "x").value();
    json::Writer body;
    body.begin_object();
    body.field("csr_pem", "-----BEGIN CERTIFICATE REQUEST-----\n" + to_base64(der) +
                              "\n-----END CERTIFICATE REQUEST-----\n");
    body.end_object();
    expect(Status::created, Method::post, "/api/v1/devices/" + device + "/enrol",
           std::move(body).text());
  }
  json::Value proof_of(const std::string& device) {
    return expect(Status::ok, Method::get, "/api/v1/devices/" + device + "/proof");
  }
  static std::vector<crypto::Digest> hashes_in(const json::Value& document) {
    std::vector<crypto::Digest> hashes;
    for (const json::Value& each : *document.find("hashes")->get<json::Array>()) {
      const Bytes bytes = from_base64(*each.get<std::string>()).value();
      std::copy(bytes.begin(), bytes.end(), hashes.emplace_back().begin());
    }
    return hashes;
  }
  const ledger::VerifierKey& key() { return world_.identity().ledger_key(); }

  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
};

TEST_F(LedgerApiTest, AProofStandsOnItsOwn) {
  const std::string device = enrolled();
  enrol(device);
  static_cast<void>(enrolled());

  const json::Value document = proof_of(device);

  EXPECT_EQ(text_of(document, "format"), "fastness-ledger-proof-v1");
  EXPECT_EQ(text_of(document, "key"), key().to_text());
  const Bytes encoded = from_base64(text_of(document, "entry")).value();
  const auto entry = ledger::LedgerEntry::decode(encoded).value();
  EXPECT_EQ(*document.find("index")->get<std::int64_t>(), 1) << "its newest certificate";
  EXPECT_EQ(entry.index, 1U);
  EXPECT_EQ(entry.device.value().to_text(), device);
  EXPECT_EQ(entry.key, key_.public_key().digest());
  const auto certificate = crypto::Certificate::parse_pem(text_of(document, "certificate")).value();
  EXPECT_EQ(certificate.digest(), entry.leaf);
  const auto checkpoint =
      ledger::verify({entry, hashes_in(document), text_of(document, "checkpoint")}, key());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->size, 3U);
}

TEST_F(LedgerApiTest, AnotherOrganisationsDeviceIsNotFound) {
  const std::string device = enrolled();
  const testing::Member stranger = world_.add_member("stranger@example.org");
  const std::string target = "/api/v1/devices/" + device + "/proof";
  const auto refused = world_.ask(Method::get, target, {.token = stranger.token});
  const auto missing =
      world_.ask(Method::get, "/api/v1/devices/00000000-0000-4000-8000-000000000000/proof",
                 {.token = stranger.token});
  EXPECT_EQ(refused.status, Status::not_found);
  EXPECT_EQ(missing.status, Status::not_found);
}

TEST_F(LedgerApiTest, ADeviceThatWasNeverEnrolledHasNone) {
  const auto refused =
      expect(Status::not_found, Method::get, "/api/v1/devices/" + make_device() + "/proof");
  EXPECT_EQ(text_of(*refused.find("error"), "message"),
            "The device has no certificate yet: enrol it first.");
}

TEST_F(LedgerApiTest, WhoMayNotReadDevicesReadsNoLedger) {
  const std::string device = enrolled();
  const std::string token = world_.token_of(me_, accounts::Scopes{accounts::Scope::things_read});
  for (const std::string& target :
       {"/api/v1/devices/" + device + "/proof", std::string("/api/v1/ledger/checkpoint"),
        std::string("/api/v1/ledger/consistency?from=0")}) {
    EXPECT_EQ(world_.ask(Method::get, target, {.token = token}).status, Status::forbidden);
    EXPECT_EQ(world_.ask(Method::get, target).status, Status::unauthorized);
  }
}

TEST_F(LedgerApiTest, CheckpointsLeadFromOneToTheNext) {
  static_cast<void>(enrolled());
  const json::Value before = expect(Status::ok, Method::get, "/api/v1/ledger/checkpoint");
  const auto older = ledger::verify_checkpoint(text_of(before, "checkpoint"), key()).value();
  EXPECT_EQ(older.size, 1U);
  EXPECT_EQ(*before.find("size")->get<std::int64_t>(), 1);
  EXPECT_EQ(text_of(before, "root"), to_base64(older.root));
  EXPECT_EQ(text_of(before, "key"), key().to_text());
  for (int i = 0; i < 4; ++i) static_cast<void>(enrolled());

  const json::Value document = expect(Status::ok, Method::get, "/api/v1/ledger/consistency?from=1");

  EXPECT_EQ(text_of(document, "format"), "fastness-ledger-consistency-v1");
  const auto newer =
      ledger::verify({static_cast<std::uint64_t>(*document.find("from")->get<std::int64_t>()),
                      hashes_in(document), text_of(document, "checkpoint")},
                     older, key());
  ASSERT_TRUE(newer) << newer.error().message;
  EXPECT_EQ(newer->size, 5U);
}

TEST_F(LedgerApiTest, ASizeThatNeverWasIsABadRequest) {
  static_cast<void>(enrolled());
  for (const char* query :
       {"", "?from=", "?from=x", "?from=-1", "?from=2", "?from=99999999999999999999"}) {
    EXPECT_EQ(world_
                  .ask(Method::get, std::string("/api/v1/ledger/consistency") + query,
                       {.token = me_.token})
                  .status,
              Status::bad_request)
        << query;
  }
}

}  // namespace
}  // namespace fastness::api
