// Enrolment over secure transport: who gets a certificate, and above all who does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/est/est_fixture_test.h"
#include "base/fixed_limits.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using http::Method;
using http::Status;
using testing::Ask;
using testing::EstTest;
using ::testing::HasSubstr;
using testing::kRenew;
using testing::Member;
using testing::text_of;
using vault_ipc::Profile;

constexpr const char* kEnrol = "/.well-known/est/simpleenroll";
constexpr const char* kWindow = "/.well-known/est/renewal-info";

// --- what everybody may know ---------------------------------------------------------------------

TEST_F(EstTest, TheAuthoritiesAreThoseThatAreTrusted) {
  const auto response = world_.ask(Method::get, "/.well-known/est/cacerts");

  EXPECT_EQ(response.headers.find("content-type"), "application/pkcs7-mime");
  EXPECT_EQ(response.headers.find("content-transfer-encoding"), "base64");
  const auto certificates = certificates_in(response);
  ASSERT_EQ(certificates.size(), 1U);
  EXPECT_TRUE(certificates[0].is_authority());
}

TEST_F(EstTest, AfterARoutineStepBothLinksAreAmongThem) {
  rotate("routine");
  const auto certificates = certificates_in(world_.ask(Method::get, "/.well-known/est/cacerts"));
  EXPECT_EQ(certificates.size(), 4U) << "two keys, NewWithOld and OldWithNew";
}

TEST_F(EstTest, AfterAnEmergencyNothingSpeaksForTheOldKey) {
  rotate("routine");
  world_.clock().advance(1s);
  rotate("emergency");
  world_.expect(Status::ok, Method::post, "/admin/v1/ca/generations/1/distrust",
                {.body = "{}", .channel = http::Channel::admin});

  const auto after = certificates_in(world_.ask(Method::get, "/.well-known/est/cacerts"));

  const auto list = world_.identity().generations().value();
  ASSERT_EQ(list.size(), 3U);
  const auto issuing = crypto::PublicKey::from_point(list[2].key).value();
  ASSERT_FALSE(after.empty());
  for (const crypto::Certificate& each : after) {
    EXPECT_EQ(each.key_digest(), issuing.digest()) << "all are of the key that is good";
  }
}

TEST_F(EstTest, AuthoritiesThatAreKnownAreNotSentAgain) {
  const auto first = world_.ask(Method::get, "/.well-known/est/cacerts");
  Ask again;
  again.headers["if-none-match"] = std::string(*first.headers.find("etag"));
  EXPECT_EQ(world_.ask(Method::get, "/.well-known/est/cacerts", again).status,
            Status::not_modified);
  rotate("routine");
  EXPECT_EQ(world_.ask(Method::get, "/.well-known/est/cacerts", again).status, Status::ok);
}

TEST_F(EstTest, TheAttributesNameTheOneKindOfKey) {
  const auto response = world_.ask(Method::get, "/.well-known/est/csrattrs");
  EXPECT_EQ(response.headers.find("content-type"), "application/csrattrs");
  EXPECT_EQ(response.body, to_base64(crypto::request_attributes()) + "\n");
}

// --- renewing ------------------------------------------------------------------------------------

TEST_F(EstTest, ADeviceRenewsWithItsOwnKey) {
  const crypto::Digest old = enrol();

  const auto renewed = certificate_in(renew(old, request()));

  EXPECT_EQ(renewed.key_digest(), key_.public_key().digest());
  EXPECT_EQ(renewed.common_name(), device_.value().to_text());
  EXPECT_NE(renewed.digest(), old);
  EXPECT_TRUE(is_admitted(renewed.digest()));
  EXPECT_TRUE(is_admitted(old)) << "until the device has come with the new one";
  EXPECT_EQ(last_line(), "device.renew " + object() + " ok");
}

TEST_F(EstTest, ABodyInLinesIsReadToo) {
  const crypto::Digest leaf = enrol();
  Ask ask = with(request());
  ask.leaf = leaf;
  ask.body.insert(60, "\r\n");
  ask.body += "\n";
  ask.headers["content-type"] = "Application/PKCS10; charset=x";
  EXPECT_EQ(world_.ask(Method::post, kRenew, ask).status, Status::ok);
}

TEST_F(EstTest, WithoutACertificateNobodyRenews) {
  enrol();
  const auto response = world_.ask(Method::post, kRenew, with(request()));
  EXPECT_EQ(response.status, Status::unauthorized);
  EXPECT_THAT(response.body, HasSubstr("TLS handshake"));
  Ask with_key = with(request());
  with_key.token = mine_.token;
  EXPECT_EQ(world_.ask(Method::post, kRenew, with_key).status, Status::forbidden)
      << "an API key is no device";
}

TEST_F(EstTest, ACertificateThatWasNeverIssuedRenewsNothing) {
  enrol();
  EXPECT_THAT(refusal(Status::forbidden, crypto::sha256(as_bytes("forged")), request()),
              HasSubstr("unknown_certificate"));
}

TEST_F(EstTest, AnotherKeyIsRefusedInWords) {
  const crypto::Digest leaf = enrol();
  const auto other = crypto::PrivateKey::generate();
  EXPECT_THAT(refusal(Status::forbidden, leaf, request_of(other, device_.value().to_text())),
              HasSubstr("Fastness-Old-Key-Signature"));
  EXPECT_EQ(world_.identity().describe(mine_.organisation, device_)->pinned_key,
            key_.public_key().digest());
  EXPECT_EQ(last_line(), "device.renew " + object() + " forbidden");
}

// --- requests that are none ----------------------------------------------------------------------

TEST_F(EstTest, ARequestThatItsOwnKeyDidNotSignIsBad) {
  const crypto::Digest leaf = enrol();
  Bytes damaged = request();
  damaged.back() ^= 1U;
  EXPECT_THAT(refusal(Status::bad_request, leaf, damaged), HasSubstr("PKCS#10"));
}

TEST_F(EstTest, ARequestInAnotherDevicesNameIsBad) {
  const crypto::Digest leaf = enrol();
  const DeviceId other = add_device(mine_);
  EXPECT_THAT(refusal(Status::bad_request, leaf, request_of(key_, other.value().to_text())),
              HasSubstr("CN=" + device_.value().to_text()));
  refusal(Status::bad_request, leaf, request_of(key_, "somebody"));
}

TEST_F(EstTest, BodiesThatAreNoneAreRefused) {
  const crypto::Digest leaf = enrol();
  const auto post = [&](const std::string& body, const std::string& type) {
    world_.clock().advance(1min);
    Ask ask{.body = body, .leaf = leaf};
    ask.headers["content-type"] = type;
    return world_.ask(Method::post, kRenew, ask).status;
  };
  const std::string good = to_base64(request());
  EXPECT_EQ(post(good, "application/json"), Status::unsupported_media_type);
  EXPECT_EQ(post(good, ""), Status::unsupported_media_type);
  EXPECT_EQ(post("", "application/pkcs10"), Status::bad_request);
  EXPECT_EQ(post("not base64!", "application/pkcs10"), Status::bad_request);
  EXPECT_EQ(post(good + "=", "application/pkcs10"), Status::bad_request);
  EXPECT_EQ(post(to_base64(as_bytes("no request")), "application/pkcs10"), Status::bad_request);
  EXPECT_EQ(post(crypto::to_pem(crypto::kCertificateRequestLabel, request()), "application/pkcs10"),
            Status::bad_request);
}

TEST_F(EstTest, ARequestIsHeldToItsBytes) {
  const crypto::Digest leaf = enrol();
  const auto post = [&](std::size_t size) {
    Ask ask{.body = std::string(size, 'A'), .leaf = leaf};
    ask.headers["content-type"] = "application/pkcs10";
    return world_.ask(Method::post, kRenew, ask);
  };
  constexpr std::size_t kMost = fixed_limit("renewals.request_bytes");
  EXPECT_EQ(post(kMost).status, Status::bad_request) << "was read";
  const auto refused = post(kMost + 1);
  EXPECT_EQ(refused.status, Status::content_too_large);
  EXPECT_THAT(refused.body, HasSubstr(std::to_string(kMost)));
}

TEST_F(EstTest, OnlyAnActiveDeviceRenews) {
  const crypto::Digest leaf = enrol();
  auto& identity = world_.identity();
  ASSERT_TRUE(identity.suspend(mine_.organisation, device_, ""));
  EXPECT_THAT(refusal(Status::forbidden, leaf, request()), HasSubstr("device_suspended"));
  ASSERT_TRUE(identity.quarantine(mine_.organisation, device_, ""));
  EXPECT_THAT(refusal(Status::forbidden, leaf, request()), HasSubstr("device_quarantined"));
  EXPECT_EQ(last_line(), "device.renew " + object() + " forbidden");
  ASSERT_TRUE(identity.resume(mine_.organisation, device_));
  ASSERT_TRUE(identity.revoke_certificate(mine_.organisation, device_, leaf, "lost"));
  EXPECT_THAT(refusal(Status::forbidden, leaf, request()), HasSubstr("certificate_revoked"));
  ASSERT_TRUE(identity.revoke(mine_.organisation, device_, "stolen"));
  refusal(Status::forbidden, leaf, request());
  ASSERT_TRUE(identity.remove_device(mine_.organisation, device_));
  EXPECT_THAT(refusal(Status::forbidden, leaf, request()), HasSubstr("unknown_device"));
}

TEST_F(EstTest, TheLabelIsTheDevicesOrganisation) {
  const crypto::Digest leaf = enrol();
  const Member theirs = world_.add_member("you@x.y");
  const auto at = [](const std::string& label) {
    return "/.well-known/est/" + label + "/simplereenroll";
  };
  EXPECT_EQ(renew(leaf, request(), at(theirs.organisation.value().to_text())).status,
            Status::not_found);
  EXPECT_EQ(renew(leaf, request(), at("nobody")).status, Status::not_found);
  EXPECT_EQ(renew(leaf, request(), at(mine_.organisation.value().to_text())).status, Status::ok);
}

TEST_F(EstTest, TheSameRequestGetsTheSameCertificateForAWhile) {
  const crypto::Digest leaf = enrol();
  const Bytes asked = request();
  const auto first = certificate_in(renew(leaf, asked));
  world_.clock().advance(9min);
  EXPECT_EQ(certificate_in(renew(leaf, asked)).digest(), first.digest());
  world_.clock().advance(1min);
  EXPECT_NE(certificate_in(renew(leaf, asked)).digest(), first.digest());
}

TEST_F(EstTest, TwoUsesOfOneRenewalAreNotedAndTheSecondIsRefused) {
  const crypto::Digest leaf = enrol();
  certificate_in(renew(leaf, request()));

  EXPECT_THAT(refusal(Status::conflict, leaf, request()), HasSubstr("ten minutes"))
      << "every signature is another, so this request is too";

  EXPECT_EQ(last_line(1), "device.renew_twice " + object() + " refused");
  EXPECT_EQ(last_line(), "device.renew " + object() + " conflict");
  EXPECT_EQ(world_.identity().certificates(mine_.organisation, device_)->size(), 2U);
  world_.clock().advance(10min);
  certificate_in(renew(leaf, request()));
}

TEST_F(EstTest, AKeyThatSeemsToBeInTwoPlacesRenewsNothing) {
  const crypto::Digest leaf = enrol();
  identity::CloneWatch& clones = world_.identity().clones();
  clones.connected(mine_.organisation, device_, 1, "192.0.2.1:1", world_.clock().now());
  clones.connected(mine_.organisation, device_, 2, "198.51.100.7:1", world_.clock().now());
  world_.clock().advance(identity::CloneWatch::kLong);
  EXPECT_THAT(refusal(Status::forbidden, leaf, request()), HasSubstr("device_in_two_places"));
}

TEST_F(EstTest, ADeviceHasItsBurstAndThenItsPace) {
  const crypto::Digest leaf = enrol();
  const Bytes asked = request();
  for (std::size_t i = 0; i < fixed_limit("renewals.of_device"); ++i) {
    ASSERT_EQ(renew(leaf, asked).status, Status::ok) << i;
  }
  const auto refused = renew(leaf, asked);
  EXPECT_EQ(refused.status, Status::too_many_requests);
  EXPECT_TRUE(refused.headers.find("retry-after"));
  world_.clock().advance(1min);
  EXPECT_EQ(renew(leaf, asked).status, Status::ok);
  EXPECT_EQ(renew(leaf, asked).status, Status::too_many_requests);
}

TEST_F(EstTest, AnExpiredCertificateIsRenewedForAWhile) {
  const crypto::Digest leaf = enrol();
  world_.clock().advance(24h * 61);
  ASSERT_FALSE(is_admitted(leaf));
  EXPECT_TRUE(is_admitted(certificate_in(renew(leaf, request())).digest()));
  world_.clock().advance(24h * fixed_limit("renewals.grace_days"));
  EXPECT_THAT(refusal(Status::forbidden, leaf, request()), HasSubstr("certificate_expired"));
}

// --- when the authority's key is stolen
// -----------------------------------------------------------

TEST_F(EstTest, ADeviceOfABurntKeyComesBackByRenewingAndByNothingElse) {
  const crypto::Digest burnt = enrol();
  rotate("emergency");
  ASSERT_FALSE(is_admitted(burnt));

  const auto renewed = certificate_in(renew(burnt, request()));

  EXPECT_TRUE(is_admitted(renewed.digest()));
  EXPECT_FALSE(is_admitted(burnt));
  world_.expect(Status::unauthorized, Method::get, "/api/v1/devices", {.leaf = burnt});
}

TEST_F(EstTest, SoDoesABoardThatLearnedToRenew) {
  const crypto::Digest burnt = enrol(Profile::board);
  rotate("emergency");

  const auto renewed = certificate_in(renew(burnt, request()));

  EXPECT_TRUE(is_admitted(renewed.digest()));
  EXPECT_TRUE(is_admitted(burnt)) << "by the ledger, as every board";
}

// --- when to renew -------------------------------------------------------------------------------

TEST_F(EstTest, TheWindowIsOfTheCertificateThatIsShown) {
  const crypto::Digest leaf = enrol();
  const auto response = world_.ask(Method::get, kWindow, {.leaf = leaf});

  EXPECT_EQ(response.status, Status::ok) << response.body;
  EXPECT_EQ(response.headers.find("content-type"), "application/json");
  EXPECT_EQ(response.headers.find("retry-after"), "21600");
  const auto body = json::parse(response.body).value();
  const auto& window = *body.find("suggestedWindow");
  EXPECT_LT(text_of(window, "start"), text_of(window, "end"));
  EXPECT_EQ(world_.ask(Method::get, kWindow).status, Status::unauthorized);
  EXPECT_EQ(world_.ask(Method::get, kWindow, {.leaf = crypto::Digest{}}).status, Status::forbidden);
}

// --- a first certificate
// --------------------------------------------------------------------------

TEST_F(EstTest, WhoMayEnrolDevicesEnrolsOneOfTheirs) {
  Ask ask = with(request());
  ask.token = mine_.token;
  const auto issued = certificate_in(world_.ask(Method::post, kEnrol, ask));
  EXPECT_EQ(issued.key_digest(), key_.public_key().digest());
  EXPECT_TRUE(is_admitted(issued.digest()));
  EXPECT_EQ(last_line(), "device.enrol " + object() + " ok");
}

TEST_F(EstTest, NobodyEnrolsAnothersDeviceOrAStranger) {
  const Member theirs = world_.add_member("you@x.y");
  const auto enrol_as = [&](const Member& member, const std::string& name,
                            const std::string& label) {
    Ask ask = with(request_of(key_, name));
    ask.token = member.token;
    const std::string base = "/.well-known/est/";
    return world_.ask(Method::post, base + (label.empty() ? "" : label + "/") + "simpleenroll", ask)
        .status;
  };
  const std::string name = device_.value().to_text();
  EXPECT_EQ(enrol_as(theirs, name, ""), Status::not_found);
  EXPECT_EQ(enrol_as(theirs, name, mine_.organisation.value().to_text()), Status::not_found);
  EXPECT_EQ(enrol_as(mine_, name, theirs.organisation.value().to_text()), Status::not_found);
  EXPECT_EQ(enrol_as(mine_, "somebody", ""), Status::bad_request);
  EXPECT_EQ(enrol_as(mine_, mine_.organisation.value().to_text(), ""), Status::not_found);
  EXPECT_EQ(world_.ask(Method::post, kEnrol, with(request())).status, Status::unauthorized);
  Ask as_device = with(request());
  as_device.leaf = enrol();
  EXPECT_EQ(world_.ask(Method::post, kEnrol, as_device).status, Status::unauthorized);
}

TEST_F(EstTest, ADeviceThatIsKnownByAKeyIsNotEnrolledWithAnother) {
  enrol();
  Ask ask = with(request_of(crypto::PrivateKey::generate(), device_.value().to_text()));
  ask.token = mine_.token;
  EXPECT_EQ(world_.ask(Method::post, kEnrol, ask).status, Status::forbidden);
}

}  // namespace
}  // namespace fastness::api
