// Enrolment by a claim code: who comes in, and above all who does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "base/fixed_limits.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "crypto/x509/est_messages.h"
#include "json/time_text.h"
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
using ::testing::Not;
using testing::text_of;
using testing::World;

constexpr const char* kSimpleEnrol = "/.well-known/est/simpleenroll";

class ClaimEnrolment : public ::testing::Test {
 protected:
  // A code, and its id.
  struct Code {
    std::string text;
    std::string id;
  };
  Code make(const std::string& wish) {
    const auto made = world_.expect(Status::created, Method::post, "/api/v1/claim-codes",
                                    {.token = mine_.token, .body = wish});
    const json::Value& first = made.find("claim_codes")->get<json::Array>()->at(0);
    return {text_of(first, "code"), text_of(*first.find("claim_code"), "id")};
  }

  http::Response claim(const std::string& code, const std::string& name,
                       const crypto::PrivateKey& key, const std::string& path = kSimpleEnrol) {
    Ask ask{.body = to_base64(crypto::CertificateRequest::build(key, "whatever").value())};
    ask.headers["content-type"] = "application/pkcs10";
    ask.headers["authorization"] = "Basic " + to_base64(as_bytes(name + ":" + code));
    return world_.ask(Method::post, path, ask);
  }

  static crypto::Certificate certificate_of(const http::Response& response) {
    EXPECT_EQ(to_number(response.status), to_number(Status::ok)) << response.body;
    std::string digits = response.body;
    std::erase(digits, '\n');
    const auto message = from_base64(digits);
    auto found = crypto::read_certs_only(message ? *message : Bytes());
    EXPECT_TRUE(found && found->size() == 1);
    return crypto::Certificate::parse(found->at(0)).value();
  }

  bool lets_in(const crypto::Certificate& certificate) {
    const auto snapshot = world_.identity().published().load();
    return snapshot->admit_digest(certificate.digest(), world_.clock().now()).has_value();
  }

  DeviceId device_of(const crypto::Certificate& certificate) {
    return DeviceId(Uuid::parse(certificate.common_name()).value());
  }

  std::string only_claim() {
    const auto list =
        world_.expect(Status::ok, Method::get, "/api/v1/claims", {.token = mine_.token});
    const auto& claims = *list.find("claims")->get<json::Array>();
    EXPECT_EQ(claims.size(), 1U);
    return claims.empty() ? "" : text_of(claims.at(0), "id");
  }

  void decide(const std::string& claim, const std::string& verb) {
    world_.expect(Status::ok, Method::post, "/api/v1/claims/" + claim + "/" + verb,
                  {.token = mine_.token});
  }

  std::int64_t uses_of(const Code& code) {
    const auto list =
        world_.expect(Status::ok, Method::get, "/api/v1/claim-codes", {.token = mine_.token});
    for (const auto& each : *list.find("claim_codes")->get<json::Array>()) {
      if (text_of(each, "id") == code.id) return *each.find("uses")->get<std::int64_t>();
    }
    return -1;
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
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
  const crypto::PrivateKey other_key_ = crypto::PrivateKey::generate();
};

constexpr const char* kAtOnce = R"({"approval":"none","label":"sensors"})";

// --- coming in -----------------------------------------------------------------------------------

TEST_F(ClaimEnrolment, ACodeMakesADeviceOfAKeyThatNobodyKnew) {
  const Code code = make(kAtOnce);

  const auto certificate = certificate_of(claim(code.text, "B827EB01", key_));

  EXPECT_EQ(certificate.key_digest(), key_.public_key().digest());
  EXPECT_TRUE(lets_in(certificate));
  const DeviceId id = device_of(certificate);
  const auto* device = world_.devices().find(mine_.organisation, id);
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->said.name, "sensors-b827eb01");
  EXPECT_EQ(device->said.serial, "b827eb01");
  EXPECT_EQ(device->created_by, mine_.user);
  EXPECT_EQ(last_line(),
            "claim_code:" + code.id + " device.enrol device:" + id.value().to_text() + " ok");
  EXPECT_THAT(last_line(), Not(HasSubstr(code.text)));
}

TEST_F(ClaimEnrolment, ALongNameKeepsTheEndOfTheHardwareId) {
  const Code code = make(kAtOnce);
  const auto certificate = certificate_of(claim(code.text, std::string(60, 'a') + "0042", key_));
  const auto* device = world_.devices().find(mine_.organisation, device_of(certificate));
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->said.name.size(), fixed_limit("things.name_bytes"));
  EXPECT_TRUE(device->said.name.ends_with("0042"));
}

TEST_F(ClaimEnrolment, ACodeIsTakenAsItIsTyped) {
  std::string typed = make(kAtOnce).text;
  std::ranges::transform(typed, typed.begin(), [](char c) {
    return c == '-' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  certificate_of(claim(typed, "a", key_));
}

TEST_F(ClaimEnrolment, WhoLostTheAnswerAsksAgainAndSpendsNothing) {
  const Code code = make(kAtOnce);
  const auto first = certificate_of(claim(code.text, "a", key_));
  world_.clock().advance(2min);
  EXPECT_EQ(certificate_of(claim(code.text, "a", key_)).digest(), first.digest());
  EXPECT_EQ(uses_of(code), 1);
  EXPECT_EQ(devices(), 1U);
}

TEST_F(ClaimEnrolment, ABatchMakesADeviceForEachAndNotOneMore) {
  const Code code = make(R"({"uses":2,"label":"lot"})");
  const auto first = certificate_of(claim(code.text, "a", key_));
  const auto second = certificate_of(claim(code.text, "b", other_key_));
  EXPECT_NE(first.common_name(), second.common_name());

  const auto third = claim(code.text, "c", crypto::PrivateKey::generate());

  EXPECT_EQ(third.status, Status::unauthorized);
  EXPECT_EQ(devices(), 2U);
  EXPECT_EQ(uses_of(code), 2);
}

TEST_F(ClaimEnrolment, TheLabelOfThePathIsTheCodesOrganisation) {
  const Code code = make(kAtOnce);
  const Member theirs = world_.add_member("you@x.y");
  const auto at = [](const std::string& label) {
    return "/.well-known/est/" + label + "/simpleenroll";
  };
  EXPECT_EQ(claim(code.text, "a", key_, at(theirs.organisation.value().to_text())).status,
            Status::unauthorized);
  EXPECT_EQ(claim(code.text, "a", key_, at("nobody")).status, Status::unauthorized);
  EXPECT_EQ(uses_of(code), 0);
  certificate_of(claim(code.text, "a", key_, at(mine_.organisation.value().to_text())));
}

// --- with an owner in between --------------------------------------------------------------------

TEST_F(ClaimEnrolment, ASingleCodeWaitsForItsOwner) {
  const Code code = make("{}");

  const auto waiting = claim(code.text, "a", key_);

  EXPECT_EQ(waiting.status, Status::accepted);
  EXPECT_EQ(waiting.headers.find("retry-after"), "10");
  EXPECT_EQ(devices(), 0U);
  const std::string id = only_claim();
  EXPECT_EQ(last_line(), "claim_code:" + code.id + " device.enrol claim:" + id + " waiting");
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::accepted);
  decide(id, "approve");
  EXPECT_EQ(last_line(), "api_key:" + mine_.client_id + " claim.approve claim:" + id + " ok")
      << "and that it asked again is no line of its own";
  EXPECT_TRUE(lets_in(certificate_of(claim(code.text, "a", key_))));
  EXPECT_EQ(devices(), 1U);
}

TEST_F(ClaimEnrolment, TheStartPageSaysThatSomebodyWaits) {
  const auto attention = [this] {
    return json::to_text(
        *world_.expect(Status::ok, Method::get, "/api/v1/home", {.token = mine_.token})
             .find("attention"));
  };
  EXPECT_EQ(attention(), "[]");
  EXPECT_EQ(claim(make("{}").text, "a1", key_).status, Status::accepted);
  EXPECT_THAT(attention(), HasSubstr("a1 waits for you to let it in"));
  EXPECT_EQ(claim(make("{}").text, "b2", other_key_).status, Status::accepted);
  EXPECT_THAT(attention(), HasSubstr("2 devices wait for you"));
  const auto list =
      world_.expect(Status::ok, Method::get, "/api/v1/claims", {.token = mine_.token});
  for (const auto& each : *list.find("claims")->get<json::Array>()) {
    decide(text_of(each, "id"), "refuse");
  }
  EXPECT_EQ(attention(), "[]") << "it goes by itself";
}

// A board that was in a drawer for longer than its certificate lives.
TEST_F(ClaimEnrolment, ACodeDoesNotTakeThePlaceOfRenewing) {
  const std::string end = json::to_time_text(world_.clock().now() + 24h * 300);
  const Code code = make(R"({"approval":"none","expires_at":")" + end + R"("})");
  const auto first = certificate_of(claim(code.text, "a", key_));
  world_.clock().advance(24h * 61);
  ASSERT_FALSE(lets_in(first));

  const auto refused = claim(code.text, "a", key_);

  EXPECT_EQ(refused.status, Status::forbidden);
  EXPECT_THAT(refused.body, HasSubstr("renews by its certificate"));
  Ask renewal{.body =
                  to_base64(crypto::CertificateRequest::build(key_, first.common_name()).value())};
  renewal.headers["content-type"] = "application/pkcs10";
  renewal.leaf = first.digest();
  EXPECT_TRUE(lets_in(
      certificate_of(world_.ask(Method::post, "/.well-known/est/simplereenroll", renewal))));
}

TEST_F(ClaimEnrolment, TheOwnerSeesWhichKeyWaits) {
  const Code code = make(R"({"label":"shed"})");
  EXPECT_EQ(claim(code.text, "A1", key_).status, Status::accepted);
  const auto list =
      world_.expect(Status::ok, Method::get, "/api/v1/claims", {.token = mine_.token});
  const json::Value& claim = list.find("claims")->get<json::Array>()->at(0);
  EXPECT_EQ(text_of(claim, "key_sha256"), to_hex(key_.public_key().digest()));
  EXPECT_EQ(text_of(claim, "hardware_id"), "a1");
  EXPECT_EQ(text_of(claim, "label"), "shed");
  EXPECT_EQ(text_of(claim, "claim_code_id"), code.id);
  EXPECT_EQ(text_of(claim, "address"), "192.0.2.1");
  EXPECT_EQ(text_of(claim, "state"), "waiting");
}

TEST_F(ClaimEnrolment, ASecondKeyOnAClaimThatWaitsIsRefusedAndTold) {
  const Code code = make("{}");
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::accepted);

  for (const char* name : {"a", "b"}) {
    const auto refused = claim(code.text, name, other_key_);
    EXPECT_EQ(refused.status, Status::conflict);
    EXPECT_THAT(refused.body, HasSubstr("another key"));
  }

  EXPECT_EQ(last_line(),
            "claim_code:" + code.id + " device.enrol claim_code:" + code.id + " conflict");
  decide(only_claim(), "approve");
  EXPECT_EQ(claim(code.text, "a", other_key_).status, Status::unauthorized);
  EXPECT_EQ(certificate_of(claim(code.text, "a", key_)).key_digest(), key_.public_key().digest());
}

TEST_F(ClaimEnrolment, WhoIsRefusedStaysRefused) {
  const Code code = make("{}");
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::accepted);
  const std::string id = only_claim();
  decide(id, "refuse");
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::forbidden);
  world_.expect(Status::conflict, Method::post, "/api/v1/claims/" + id + "/approve",
                {.token = mine_.token});
  EXPECT_EQ(claim(code.text, "a", other_key_).status, Status::unauthorized);
  EXPECT_EQ(devices(), 0U);
}

// --- who does not come in ------------------------------------------------------------------------

TEST_F(ClaimEnrolment, WhatAdmitsNobodyLooksLikeACodeThatNeverWas) {
  const auto answer = [this](const std::string& code) {
    world_.clock().advance(10s);
    const auto response = claim(code, "a", other_key_);
    return std::to_string(to_number(response.status)) + response.body;
  };
  const std::string unknown = answer("FC-7M3K-0PXV-9ZDB-WH52-J");
  EXPECT_THAT(unknown, HasSubstr("401"));
  const Code spent = make(kAtOnce);
  certificate_of(claim(spent.text, "a", key_));
  EXPECT_EQ(answer(spent.text), unknown);
  const Code revoked = make(kAtOnce);
  world_.expect(Status::no_content, Method::delete_, "/api/v1/claim-codes/" + revoked.id,
                {.token = mine_.token});
  EXPECT_EQ(answer(revoked.text), unknown);
  EXPECT_EQ(answer(make(R"({"approval":"none","hardware_id":"b"})").text), unknown);
  const Code over = make(kAtOnce);
  world_.clock().advance(7 * 24h);
  EXPECT_EQ(answer(over.text), unknown);
  EXPECT_EQ(last_line(),
            "claim_code:" + over.id + " device.enrol claim_code:" + over.id + " unauthenticated")
      << "but its owner is told";
}

TEST_F(ClaimEnrolment, ACodeWithASlipIsSaidToHaveOne) {
  const auto response = claim("FC-7M3K-0PXV-9ZDB-WH52-K", "a", key_);
  EXPECT_EQ(response.status, Status::unauthorized);
  EXPECT_THAT(response.body, HasSubstr("check what was typed"));
  EXPECT_THAT(response.body, Not(HasSubstr("WH52-K")));
  EXPECT_THAT(std::string(*response.headers.find("www-authenticate")), HasSubstr("Basic"));
}

TEST_F(ClaimEnrolment, TheKeyMustBeProved) {
  const Code code = make(kAtOnce);
  Bytes damaged = crypto::CertificateRequest::build(key_, "x").value();
  damaged.back() ^= 1U;
  Ask ask{.body = to_base64(damaged)};
  ask.headers["content-type"] = "application/pkcs10";
  ask.headers["authorization"] = "Basic " + to_base64(as_bytes("a:" + code.text));
  EXPECT_EQ(world_.ask(Method::post, kSimpleEnrol, ask).status, Status::bad_request);
  EXPECT_EQ(uses_of(code), 0);
}

TEST_F(ClaimEnrolment, ANameMustBeAHardwareId) {
  const Code code = make(kAtOnce);
  for (const std::string& name : {std::string(), std::string("a b"), std::string(65, 'a')}) {
    const auto response = claim(code.text, name, key_);
    EXPECT_EQ(response.status, Status::bad_request);
    EXPECT_THAT(response.body, HasSubstr("user name"));
  }
  for (const char* credentials : {"", "!", "YQ=="}) {
    Ask ask{.body = "x"};
    ask.headers["authorization"] = std::string("Basic ") + credentials;
    const auto status = world_.ask(Method::post, kSimpleEnrol, ask).status;
    EXPECT_TRUE(status == Status::bad_request || status == Status::unauthorized);
  }
  EXPECT_EQ(uses_of(code), 0);
}

TEST_F(ClaimEnrolment, ADeviceThatWasDeletedDoesNotComeBackByItsCode) {
  const Code code = make(kAtOnce);
  const DeviceId id = device_of(certificate_of(claim(code.text, "a", key_)));
  const std::string path = "/api/v1/devices/" + id.value().to_text();
  world_.expect(Status::no_content, Method::delete_, path, {.token = mine_.token});
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::forbidden);
  EXPECT_EQ(devices(), 0U);
}

TEST_F(ClaimEnrolment, ARevokedDeviceGetsNoOtherCertificateByItsCode) {
  const Code code = make(kAtOnce);
  const DeviceId id = device_of(certificate_of(claim(code.text, "a", key_)));
  ASSERT_TRUE(world_.identity().revoke(mine_.organisation, id, "stolen"));
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::forbidden);
}

TEST_F(ClaimEnrolment, WhoGuessesIsSlowedDown) {
  const Code code = make(kAtOnce);
  constexpr auto kMost = fixed_limit("claims.failures_of_network");
  const auto guess = [this] {
    return claim("FC-7M3K-0PXV-9ZDB-WH52-J", "a", crypto::PrivateKey::generate()).status;
  };
  for (std::size_t i = 0; i < kMost; ++i) ASSERT_EQ(guess(), Status::unauthorized) << i;
  EXPECT_EQ(guess(), Status::too_many_requests);
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::too_many_requests)
      << "not even with a good code, or a guess would be told from it";
  world_.clock().advance(1s);
  certificate_of(claim(code.text, "a", key_));
}

TEST_F(ClaimEnrolment, AFactoryThatGuessesNothingIsNotSlowedDown) {
  const Code code = make(R"({"uses":100})");
  for (int i = 0; i < 50; ++i) {
    certificate_of(claim(code.text, std::to_string(i), crypto::PrivateKey::generate()));
  }
}

TEST_F(ClaimEnrolment, AKeyThatAsksTooOftenIsToldToWait) {
  const Code code = make("{}");
  for (std::size_t i = 0; i < fixed_limit("claims.requests_of_key"); ++i) {
    ASSERT_EQ(claim(code.text, "a", key_).status, Status::accepted) << i;
  }
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::too_many_requests);
  world_.clock().advance(5s);
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::accepted);
}

// --- when something dies in between --------------------------------------------------------------

class VaultThatDies
    : public ClaimEnrolment,
      public ::testing::WithParamInterface<vault::testing::InProcessVault::LastRequest> {};

TEST_P(VaultThatDies, CostsNoUseAndMakesNoSecondDevice) {
  const Code code = make(kAtOnce);
  world_.vault().die_after(0, GetParam());
  EXPECT_EQ(claim(code.text, "a", key_).status, Status::service_unavailable);
  EXPECT_EQ(uses_of(code), 1) << "spent before anybody signs";
  EXPECT_EQ(claim(code.text, "b", other_key_).status, Status::unauthorized)
      << "and it is this key's";

  const auto certificate = certificate_of(claim(code.text, "a", key_));

  EXPECT_TRUE(lets_in(certificate));
  EXPECT_EQ(uses_of(code), 1);
  EXPECT_EQ(devices(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, VaultThatDies,
    ::testing::Values(vault::testing::InProcessVault::LastRequest::lost,
                      vault::testing::InProcessVault::LastRequest::carried_out));

}  // namespace
}  // namespace fastness::api
