// /api/v1/claim-certificates: what is registered, and what is told of it and to whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/public_key/pem.h"
#include "crypto/testing/self_signed.h"
#include "json/time_text.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using http::Method;
using http::Status;
using ::testing::HasSubstr;
using testing::Member;
using ::testing::Not;
using testing::text_of;
using testing::World;

constexpr const char* kRegistered = "/api/v1/claim-certificates";

class ClaimCertificateRoutes : public ::testing::Test {
 protected:
  std::string body_for(const Member& member, const std::string& more) const {
    const json::Value pem(
        crypto::to_pem(crypto::kCertificateLabel,
                       crypto::testing::self_signed(key_, member.organisation.value().to_text(),
                                                    start_, start_ + 24h * 30)));
    return R"({"certificate_pem":)" + json::to_text(pem) + more + "}";
  }
  json::Value made(const std::string& more) {
    return world_.expect(Status::created, Method::post, kRegistered,
                         {.token = mine_.token, .body = body_for(mine_, more)});
  }
  std::string refusal(Status status, const std::string& body) {
    const auto response =
        world_.ask(Method::post, kRegistered, {.token = mine_.token, .body = body});
    EXPECT_EQ(to_number(response.status), to_number(status)) << response.body;
    return response.body;
  }
  std::string list_as(const Member& member) {
    return json::to_text(
        world_.expect(Status::ok, Method::get, kRegistered, {.token = member.token}));
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  const Timestamp start_ = world_.clock().now();
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
};

TEST_F(ClaimCertificateRoutes, OneIsToldByItsFingerprintAndTheTrailNamesIt) {
  // One certificate: signed anew it would be another.
  const testing::Ask ask{.token = mine_.token,
                         .body = body_for(mine_, R"(,"label":"lot-7","hardware_ids":["A1","a2"])")};
  const json::Value answer = world_.expect(Status::created, Method::post, kRegistered, ask);
  const std::string id = text_of(answer, "id");
  EXPECT_EQ(text_of(answer, "key_sha256"), to_hex(key_.public_key().digest()));
  EXPECT_EQ(text_of(answer, "approval"), "none");
  EXPECT_EQ(*answer.find("most_uses")->get<std::int64_t>(), 2) << "one for each that is named";
  EXPECT_EQ(*answer.find("hardware_ids")->get<std::int64_t>(), 2);
  EXPECT_EQ(text_of(answer, "expires_at"), json::to_time_text(start_ + 24h * 30));
  EXPECT_THAT(list_as(mine_), HasSubstr(text_of(answer, "fingerprint")));
  EXPECT_THAT(list_as(mine_),
              HasSubstr(R"("common_name":")" + mine_.organisation.value().to_text() + "\""));
  const auto line = world_.audit().list(mine_.organisation, 1, std::nullopt)->front().event;
  EXPECT_EQ(line.action, "claim_certificate.create");
  EXPECT_EQ(line.object, "claim_certificate:" + id);
  EXPECT_THAT(refusal(Status::conflict, ask.body), HasSubstr("registered already"));
}

TEST_F(ClaimCertificateRoutes, OneForOneWaitsForItsOwnerUnlessToldOtherwise) {
  EXPECT_EQ(text_of(made(""), "approval"), "owner");
}

TEST_F(ClaimCertificateRoutes, WhatCannotBeIsRefusedInWords) {
  const auto why = [this](const std::string& more) {
    return refusal(Status::bad_request, body_for(mine_, more));
  };
  EXPECT_THAT(refusal(Status::bad_request, "{}"), HasSubstr("certificate_pem"));
  EXPECT_THAT(refusal(Status::bad_request, R"({"certificate_pem":"x"})"),
              HasSubstr("certificate_pem"));
  const Member theirs = world_.add_member("you@x.y");
  EXPECT_THAT(refusal(Status::bad_request, body_for(theirs, "")),
              HasSubstr(mine_.organisation.value().to_text()));
  EXPECT_THAT(why(R"(,"uses":0)"), HasSubstr("uses"));
  EXPECT_THAT(why(R"(,"uses":10001)"), HasSubstr("uses"));
  EXPECT_THAT(why(R"(,"uses":1,"hardware_ids":["a","b"])"), HasSubstr("hardware_ids"));
  EXPECT_THAT(why(R"(,"hardware_ids":["a:b"])"), HasSubstr("hardware_id"));
  EXPECT_THAT(why(R"(,"expires_at":"2020-01-01T00:00:00Z")"), HasSubstr("expires_at"));
  EXPECT_THAT(why(R"(,"expires_at":")" + json::to_time_text(start_ + 24h * 31) + "\""),
              HasSubstr("own end"));
}

TEST_F(ClaimCertificateRoutes, AnotherOrganisationSeesAndEndsNothing) {
  const Member theirs = world_.add_member("you@x.y");
  const std::string id = text_of(made(""), "id");
  EXPECT_THAT(list_as(theirs), Not(HasSubstr(id)));
  const std::string path = std::string(kRegistered) + "/" + id;
  world_.expect(Status::not_found, Method::delete_, path, {.token = theirs.token});
  world_.expect(Status::not_found, Method::delete_, "/api/v1/claim-codes/" + id,
                {.token = mine_.token});
  EXPECT_THAT(list_as(mine_), HasSubstr(id));
  world_.expect(Status::no_content, Method::delete_, path, {.token = mine_.token});
  EXPECT_THAT(list_as(mine_), Not(HasSubstr(id)));
  const auto line = world_.audit().list(mine_.organisation, 1, std::nullopt)->front().event;
  EXPECT_EQ(line.action, "claim_certificate.revoke");
  EXPECT_EQ(line.object, "claim_certificate:" + id);
}

}  // namespace
}  // namespace fastness::api
