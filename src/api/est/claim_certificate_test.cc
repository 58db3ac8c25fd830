// Enrolment by a claim certificate: who comes in, and above all who does not. That the holder has
// its key, the TLS handshake proves; here its digest is what came of that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/public_key/pem.h"
#include "crypto/testing/self_signed.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "crypto/x509/est_messages.h"
#include "json/writer.h"
#include "things/devices.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using http::Method;
using http::Status;
using testing::Ask;
using ::testing::HasSubstr;
using testing::Member;
using testing::text_of;
using testing::World;

constexpr const char* kFirstEnrolment = "/.well-known/est/simpleenroll";
constexpr const char* kClaimCertificates = "/api/v1/claim-certificates";

class ClaimCertificateEnrolment : public ::testing::Test {
 protected:
  // Registers my certificate; its id.
  std::string register_it(const std::string& more) {
    const json::Value pem(crypto::to_pem(crypto::kCertificateLabel, leaf_));
    const auto made = world_.expect(
        Status::created, Method::post, kClaimCertificates,
        {.token = mine_.token, .body = R"({"certificate_pem":)" + json::to_text(pem) + more + "}"});
    return text_of(made, "id");
  }

  http::Response claim(const std::string& name, const crypto::PrivateKey& key,
                       const std::string& path = kFirstEnrolment) {
    return ask(path, name, key, crypto::sha256(leaf_));
  }
  http::Response ask(const std::string& path, const std::string& name,
                     const crypto::PrivateKey& key, std::optional<crypto::Digest> shown) {
    Ask how{.body = to_base64(crypto::CertificateRequest::build(key, name).value()), .leaf = shown};
    how.headers["content-type"] = "application/pkcs10";
    return world_.ask(Method::post, path, how);
  }

  static crypto::Certificate issued_by(const http::Response& response) {
    EXPECT_EQ(to_number(response.status), to_number(Status::ok)) << response.body;
    std::string digits = response.body;
    std::erase(digits, '\n');
    const auto message = from_base64(digits);
    auto found = crypto::read_certs_only(message ? *message : Bytes());
    EXPECT_TRUE(found && found->size() == 1);
    return crypto::Certificate::parse(found->at(0)).value();
  }

  std::size_t devices() { return world_.devices().list(mine_.organisation).size(); }

  // The newest line of my trail: "actor action object result".
  std::string last_line() {
    const auto entries = world_.audit().list(mine_.organisation, 1, std::nullopt).value();
    const auto& event = entries.at(0).event;
    return event.actor + " " + event.action + " " + event.object + " " + event.result;
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  const crypto::PrivateKey claim_key_ = crypto::PrivateKey::generate();
  const Bytes leaf_ =
      crypto::testing::self_signed(claim_key_, mine_.organisation.value().to_text(),
                                   world_.clock().now(), world_.clock().now() + 24h * 30);
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
  const crypto::PrivateKey other_key_ = crypto::PrivateKey::generate();
};

constexpr const char* kThree = R"(,"uses":3,"label":"lot")";

TEST_F(ClaimCertificateEnrolment, MakesADeviceOfAKeyThatNobodyKnew) {
  const std::string id = register_it(kThree);

  const auto certificate = issued_by(claim("B827EB01", key_));

  EXPECT_EQ(certificate.key_digest(), key_.public_key().digest());
  const auto snapshot = world_.identity().published().load();
  EXPECT_TRUE(snapshot->admit_digest(certificate.digest(), world_.clock().now()));
  const DeviceId device(Uuid::parse(certificate.common_name()).value());
  const auto* known = world_.devices().find(mine_.organisation, device);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->said.name, "lot-b827eb01");
  EXPECT_EQ(known->said.serial, "b827eb01");
  EXPECT_EQ(last_line(),
            "claim_certificate:" + id + " device.enrol device:" + device.value().to_text() + " ok");
  EXPECT_EQ(issued_by(claim("b827eb01", key_)).digest(), certificate.digest()) << "asked again";
}

TEST_F(ClaimCertificateEnrolment, ADeviceForEachAndNotOneMore) {
  const std::string id = register_it(R"(,"uses":2)");
  issued_by(claim("a", key_));
  issued_by(claim("b", other_key_));
  const auto refused = claim("c", crypto::PrivateKey::generate());
  EXPECT_EQ(refused.status, Status::forbidden);
  EXPECT_THAT(refused.body, HasSubstr("used up"));
  EXPECT_EQ(devices(), 2U);
  EXPECT_EQ(last_line(),
            "claim_certificate:" + id + " device.enrol claim_certificate:" + id + " forbidden");
}

TEST_F(ClaimCertificateEnrolment, OneForOneDeviceWaitsForItsOwner) {
  const std::string id = register_it("");
  const auto waiting = claim("a", key_);
  EXPECT_EQ(waiting.status, Status::accepted);
  EXPECT_THAT(waiting.body, HasSubstr("the same claim certificate"));
  const auto list =
      world_.expect(Status::ok, Method::get, "/api/v1/claims", {.token = mine_.token});
  const json::Value& waits = list.find("claims")->get<json::Array>()->at(0);
  EXPECT_EQ(text_of(waits, "claim_code_id"), id);
  EXPECT_EQ(text_of(waits, "by"), "certificate");
  EXPECT_EQ(claim("a", other_key_).status, Status::conflict);
  EXPECT_EQ(devices(), 0U);
  world_.expect(Status::ok, Method::post, "/api/v1/claims/" + text_of(waits, "id") + "/approve",
                {.token = mine_.token});
  issued_by(claim("a", key_));
}

// --- who does not come in ------------------------------------------------------------------------

TEST_F(ClaimCertificateEnrolment, NobodyComesInByOneThatIsNotRegisteredOrNoMore) {
  EXPECT_EQ(claim("a", key_).status, Status::unauthorized);
  const std::string id = register_it(kThree);
  world_.expect(Status::no_content, Method::delete_, std::string(kClaimCertificates) + "/" + id,
                {.token = mine_.token});
  EXPECT_EQ(claim("a", key_).status, Status::unauthorized) << "on a connection that lives on, too";
  register_it(kThree);
  world_.clock().advance(24h * 30);
  EXPECT_EQ(claim("a", key_).status, Status::unauthorized);
  EXPECT_EQ(devices(), 0U);
}

// The certificate is public: it is in each device, and in each handshake of TLS 1.2.
TEST_F(ClaimCertificateEnrolment, ItsPublicHalfDoesNothing) {
  register_it(kThree);
  EXPECT_EQ(ask(kFirstEnrolment, "a", key_, std::nullopt).status, Status::unauthorized);
  Ask with_fingerprint{.body = to_base64(crypto::CertificateRequest::build(key_, "a").value())};
  with_fingerprint.headers["content-type"] = "application/pkcs10";
  with_fingerprint.headers["authorization"] =
      "Basic " + to_base64(as_bytes("a:" + to_hex(crypto::sha256(leaf_))));
  EXPECT_EQ(world_.ask(Method::post, kFirstEnrolment, with_fingerprint).status,
            Status::unauthorized);
  EXPECT_EQ(devices(), 0U);
}

TEST_F(ClaimCertificateEnrolment, ItRenewsNothing) {
  register_it(kThree);
  const auto certificate = issued_by(claim("a", key_));
  for (const char* path : {"/.well-known/est/simplereenroll", "/.well-known/est/renewal-info"}) {
    const auto method = std::string_view(path).ends_with("info") ? Method::get : Method::post;
    Ask how{.body = to_base64(
                crypto::CertificateRequest::build(key_, certificate.common_name()).value()),
            .leaf = crypto::sha256(leaf_)};
    how.headers["content-type"] = "application/pkcs10";
    EXPECT_EQ(world_.ask(method, path, how).status, Status::forbidden) << path;
  }
}

// Its holder writes the name into the request, and gets a device of its own whatever it writes.
TEST_F(ClaimCertificateEnrolment, NoDeviceTakesThePlaceOfOneThatIsThere) {
  register_it(kThree);
  const auto first = issued_by(claim("a", key_));

  const auto second = issued_by(claim(first.common_name(), other_key_));

  EXPECT_NE(second.common_name(), first.common_name());
  const DeviceId device(Uuid::parse(first.common_name()).value());
  EXPECT_EQ(world_.identity().describe(mine_.organisation, device)->pinned_key,
            key_.public_key().digest());
  EXPECT_EQ(claim("a", crypto::PrivateKey::generate()).status, Status::conflict)
      << "a name that is used has its key";
}

TEST_F(ClaimCertificateEnrolment, ADevicesOwnCertificateEnrolsNobody) {
  register_it(kThree);
  const auto certificate = issued_by(claim("a", key_));
  EXPECT_EQ(ask(kFirstEnrolment, "b", other_key_, certificate.digest()).status,
            Status::unauthorized);
  EXPECT_EQ(devices(), 1U);
}

TEST_F(ClaimCertificateEnrolment, ItsOwnKeyIsNoDevices) {
  register_it(kThree);
  const auto refused = claim("a", claim_key_);
  EXPECT_EQ(refused.status, Status::bad_request);
  EXPECT_THAT(refused.body, HasSubstr("key of its own"));
  EXPECT_EQ(devices(), 0U);
}

TEST_F(ClaimCertificateEnrolment, TheNameInTheRequestMustBeAHardwareId) {
  register_it(kThree);
  for (const char* name : {"a b", "a/b"}) {
    const auto refused = claim(name, key_);
    EXPECT_EQ(refused.status, Status::bad_request);
    EXPECT_THAT(refused.body, HasSubstr("common name"));
  }
  EXPECT_EQ(devices(), 0U);
}

TEST_F(ClaimCertificateEnrolment, TheLabelInThePathMustBeItsOrganisations) {
  const Member theirs = world_.add_member("you@x.y");
  register_it(kThree);
  const auto at = [](const Member& member) {
    return "/.well-known/est/" + member.organisation.value().to_text() + "/simpleenroll";
  };
  EXPECT_EQ(claim("a", key_, at(theirs)).status, Status::forbidden);
  issued_by(claim("a", key_, at(mine_)));
}

TEST_F(ClaimCertificateEnrolment, ADeviceThatWasDeletedDoesNotComeBackByIt) {
  register_it(kThree);
  const auto certificate = issued_by(claim("a", key_));
  world_.expect(Status::no_content, Method::delete_, "/api/v1/devices/" + certificate.common_name(),
                {.token = mine_.token});
  EXPECT_EQ(claim("a", key_).status, Status::forbidden);
  EXPECT_EQ(devices(), 0U);
}

TEST_F(ClaimCertificateEnrolment, ATokenCountsAndNotTheCertificateBesideIt) {
  register_it(kThree);
  accounts::Scopes reading;
  reading.add(accounts::Scope::devices_read);
  Ask both{.token = world_.token_of(mine_, reading),
           .body = to_base64(crypto::CertificateRequest::build(key_, "a").value()),
           .leaf = crypto::sha256(leaf_)};
  both.headers["content-type"] = "application/pkcs10";
  EXPECT_EQ(world_.ask(Method::post, kFirstEnrolment, both).status, Status::forbidden);
  EXPECT_EQ(devices(), 0U);
}

}  // namespace
}  // namespace fastness::api
