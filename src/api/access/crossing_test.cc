// Two instances: what one gave out is worth nothing at the other. Both are made with the same keys
// of accounts, as no two real ones are, so that what refuses is more than a signature.
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/x509/certificate_request.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::Member;
using testing::text_of;
using testing::World;

class Crossing : public ::testing::Test {
 protected:
  // At home it is taken; elsewhere it is not.
  void check(Status at_home, Method method, std::string_view target, const Ask& how) {
    EXPECT_EQ(to_number(home_.ask(method, target, how).status), to_number(at_home)) << target;
    const auto elsewhere = elsewhere_.ask(method, target, how);
    EXPECT_EQ(to_number(elsewhere.status), to_number(Status::unauthorized)) << elsewhere.body;
  }

  World home_;
  World elsewhere_;
  Member mine_ = home_.add_member("me@x.y");
  Member theirs_ = elsewhere_.add_member("me@x.y");
};

TEST_F(Crossing, AnApiKeyIsKnownToItsOwnInstanceAlone) {
  const std::string form = "grant_type=client_credentials&client_id=" + mine_.client_id +
                           "&client_secret=" + mine_.client_secret;
  check(Status::ok, Method::post, "/iot/v1/clients/token",
        {.body = form, .headers = {{"content-type", "application/x-www-form-urlencoded"}}});
}

TEST_F(Crossing, AnAccessTokenIsKnownToItsOwnInstanceAlone) {
  check(Status::ok, Method::get, "/api/v1/things", {.token = mine_.token});
}

TEST_F(Crossing, ASetUpLinkAndTheSessionThatItMakesAreKnownToTheirOwnInstanceAlone) {
  const auto link =
      home_.expect(Status::created, Method::post, "/admin/v1/setup-link",
                   {.body = R"({"email":"me@x.y"})", .channel = http::Channel::admin});
  const std::string token = text_of(link, "token");
  check(Status::ok, Method::post, "/api/v1/setup/link", {.body = R"({"token":")" + token + "\"}"});

  Ask use{.body = R"({"token":")" + token +
                  R"(","email":"me@x.y","password":"a long and lonely walk","organisation":"O"})"};
  use.headers["sec-fetch-site"] = "same-origin";
  EXPECT_EQ(elsewhere_.ask(Method::post, "/api/v1/setup", use).status, Status::unauthorized);
  const auto made = home_.ask(Method::post, "/api/v1/setup", use);
  ASSERT_EQ(made.status, Status::created) << made.body;
  const std::string cookie(made.headers.find("set-cookie").value_or(""));
  Ask page;
  page.headers["cookie"] = cookie.substr(0, cookie.find(';'));
  check(Status::ok, Method::get, "/api/v1/session", page);
}

TEST_F(Crossing, AClaimCodeLetsNobodyInElsewhere) {
  const auto made =
      home_.expect(Status::created, Method::post, "/api/v1/claim-codes",
                   {.token = mine_.token, .body = R"({"approval":"none","label":"sensors"})"});
  const std::string code = text_of(made.find("claim_codes")->get<json::Array>()->at(0), "code");
  const auto request =
      crypto::CertificateRequest::build(crypto::PrivateKey::generate(), "whatever").value();
  Ask enrol{.body = to_base64(request)};
  enrol.headers["content-type"] = "application/pkcs10";
  enrol.headers["authorization"] = "Basic " + to_base64(as_bytes("shed-1:" + code));

  check(Status::ok, Method::post, "/.well-known/est/simpleenroll", enrol);
  EXPECT_TRUE(elsewhere_.devices().list(theirs_.organisation).empty());
}

TEST_F(Crossing, ADevicesCertificateIsKnownToItsOwnInstanceAlone) {
  const auto made = home_.expect(Status::created, Method::post, "/api/v1/devices",
                                 {.token = mine_.token, .body = R"({"name":"greenhouse"})"});
  const DeviceId device(*Uuid::parse(text_of(made, "id")));
  const auto request =
      crypto::CertificateRequest::build(crypto::PrivateKey::generate(), "x").value();
  ASSERT_TRUE(home_.identity().enrol({mine_.organisation,
                                      device,
                                      vault_ipc::Profile::standard,
                                      std::string(as_text(request)),
                                      {}}));
  const auto certificate =
      home_.identity().certificates(mine_.organisation, device).value().at(0).der;

  const auto admits = [&](World& world) {
    const auto snapshot = world.identity().published().load();
    return snapshot->admit_certificate(certificate, world.clock().now()).has_value();
  };
  EXPECT_TRUE(admits(home_));
  EXPECT_FALSE(admits(elsewhere_));
}

}  // namespace
}  // namespace fastness::api
