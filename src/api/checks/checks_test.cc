// GET /api/v1/checks: who may read it, and that it is about nobody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/x509/certificate_request.h"

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

constexpr const char* kPath = "/api/v1/checks";

class ChecksTest : public ::testing::Test {
 protected:
  json::Value checks_of(const Member& member) {
    return world_.expect(Status::ok, Method::get, kPath, {.token = member.token});
  }
  json::Value check(const Member& member, std::string_view id) {
    const json::Value answer = checks_of(member);
    for (const json::Value& each : *answer.find("checks")->get<json::Array>()) {
      if (text_of(each, "id") == id) return each;
    }
    ADD_FAILURE() << "no check " << id;
    return {};
  }
  std::string state(const Member& member, std::string_view id) {
    return text_of(check(member, id), "state");
  }
  DeviceId make_device(const Member& member, const std::string& name) {
    const auto made = world_.expect(Status::created, Method::post, "/api/v1/devices",
                                    {.token = member.token, .body = R"({"name":")" + name + "\"}"});
    return DeviceId(*Uuid::parse(text_of(made, "id")));
  }
  void enrol(const Member& member, DeviceId device, const crypto::PrivateKey& key) {
    const auto request = crypto::CertificateRequest::build(key, "x").value();
    ASSERT_TRUE(world_.identity().enrol({member.organisation,
                                         device,
                                         vault_ipc::Profile::standard,
                                         std::string(as_text(request)),
                                         {}}));
  }
  void show_certificate(const Member& member, DeviceId device) {
    const auto records = world_.identity().certificates(member.organisation, device).value();
    const auto answer = world_.identity().published().load()->admit_certificate(
        records.at(0).der, world_.clock().now());
    ASSERT_FALSE(answer);
    world_.identity().report_refused(answer.error());
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  Member other_ = world_.add_member("other@x.y");
};

TEST_F(ChecksTest, OnlyAKeyMadeForItMayReadWhereTheOrganisationIsWeak) {
  world_.expect(Status::unauthorized, Method::get, kPath);
  accounts::Scopes all_but_one;
  for (const accounts::Scope scope : accounts::kAllScopes) {
    if (scope != accounts::Scope::security_read) all_but_one.add(scope);
  }
  world_.expect(Status::forbidden, Method::get, kPath,
                {.token = world_.token_of(mine_, all_but_one)});
  world_.expect(Status::forbidden, Method::get, kPath, {.channel = http::Channel::admin});

  world_.expect(Status::ok, Method::get, kPath,
                {.token = world_.token_of(mine_, {accounts::Scope::security_read})});
  world_.expect(Status::method_not_allowed, Method::post, kPath, {.token = mine_.token});
}

TEST_F(ChecksTest, SaysWhenItLookedAndEveryCheckInFull) {
  const json::Value answer = checks_of(mine_);

  EXPECT_FALSE(text_of(answer, "checked_at").empty());
  const auto& list = *answer.find("checks")->get<json::Array>();
  EXPECT_GE(list.size(), 13U);
  for (const json::Value& each : list) {
    for (const char* name : {"id", "title", "state", "why", "remedy"}) {
      EXPECT_FALSE(text_of(each, name).empty()) << name;
    }
    ASSERT_NE(each.find("count"), nullptr);
    ASSERT_NE(each.find("subjects"), nullptr);
  }
}

TEST_F(ChecksTest, ARevokedDeviceThatTriesIsItsOwnersBusinessAndNobodyElses) {
  const DeviceId device = make_device(mine_, "greenhouse");
  enrol(mine_, device, crypto::PrivateKey::generate());
  EXPECT_EQ(state(mine_, "revoked-device-trying"), "passed");
  ASSERT_TRUE(world_.identity().revoke(mine_.organisation, device, "lost"));

  show_certificate(mine_, device);

  const json::Value failed = check(mine_, "revoked-device-trying");
  EXPECT_EQ(text_of(failed, "state"), "failed");
  EXPECT_EQ(*failed.find("count")->get<std::int64_t>(), 1);
  const auto& subject = failed.find("subjects")->get<json::Array>()->front();
  EXPECT_EQ(text_of(subject, "kind"), "device");
  EXPECT_EQ(text_of(subject, "id"), device.value().to_text());
  EXPECT_EQ(text_of(subject, "name"), "greenhouse");
  EXPECT_FALSE(text_of(failed, "since").empty());
  EXPECT_EQ(state(other_, "revoked-device-trying"), "passed");
}

// Each learns of their own device, and nothing of whose the other one is.
TEST_F(ChecksTest, AKeySharedAcrossOrganisationsNamesToEachOnlyItsOwnDevice) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  const DeviceId device = make_device(mine_, "original");
  const DeviceId copy = make_device(other_, "copy");
  enrol(mine_, device, key);
  enrol(other_, copy, key);

  const std::string seen = world_.ask(Method::get, kPath, {.token = mine_.token}).body;

  EXPECT_EQ(state(mine_, "device-key-shared"), "failed");
  EXPECT_EQ(state(other_, "device-key-shared"), "failed");
  EXPECT_THAT(seen, HasSubstr(device.value().to_text()));
  EXPECT_THAT(seen, Not(HasSubstr(copy.value().to_text())));
  EXPECT_THAT(seen, Not(HasSubstr("copy\"")));
  EXPECT_THAT(seen, Not(HasSubstr(other_.client_id)));
}

TEST_F(ChecksTest, ACopyIsFoundWhereItsDeviceIs) {
  const DeviceId device = make_device(mine_, "pump");
  identity::CloneWatch& clones = world_.identity().clones();
  std::uint64_t connection = 0;
  for (int i = 0; i < 6; ++i) {
    clones.disconnected(device, connection, identity::CloneWatch::Ending::taken_over);
    clones.connected(mine_.organisation, device, ++connection,
                     i % 2 == 0 ? "192.0.2.7:1" : "198.51.100.9:1", world_.clock().now());
  }

  EXPECT_EQ(state(mine_, "device-cloned"), "failed");
  EXPECT_EQ(state(other_, "device-cloned"), "passed");
}

TEST_F(ChecksTest, ADeletedDeviceIsNoFindingAnyMore) {
  const DeviceId device = make_device(mine_, "gone");
  enrol(mine_, device, crypto::PrivateKey::generate());
  ASSERT_TRUE(world_.identity().revoke(mine_.organisation, device, "lost"));
  show_certificate(mine_, device);
  ASSERT_EQ(state(mine_, "revoked-device-trying"), "failed");

  world_.expect(Status::no_content, Method::delete_, "/api/v1/devices/" + device.value().to_text(),
                {.token = mine_.token});

  EXPECT_EQ(state(mine_, "revoked-device-trying"), "passed");
}

TEST_F(ChecksTest, WhoAdministersWithAPasswordAloneIsNamedByRoleAndNotByAddress) {
  static_cast<void>(world_.add_person(mine_.organisation, "viewer@x.y", accounts::Role::viewer));
  EXPECT_EQ(state(mine_, "administrator-password-alone"), "attention");

  const std::string seen = world_.ask(Method::get, kPath, {.token = mine_.token}).body;

  EXPECT_THAT(seen, HasSubstr("the owner"));
  EXPECT_THAT(seen, HasSubstr(mine_.user.value().to_text()));
  EXPECT_THAT(seen, Not(HasSubstr("x.y"))) << "a key's thief is not told whom to write to";
}

TEST_F(ChecksTest, KeysAreThoseOfTheOrganisation) {
  const auto made = world_.accounts().api_keys().create(other_.organisation, other_.user,
                                                        "for ever", {accounts::Scope::things_read},
                                                        world_.clock().now() + 24h * 1'800);
  ASSERT_TRUE(made);

  EXPECT_EQ(state(other_, "api-key-long-lived"), "attention");
  EXPECT_EQ(state(mine_, "api-key-long-lived"), "passed");
  EXPECT_EQ(state(mine_, "api-key-broad"), "attention") << "the key that asks";
  const std::string seen = world_.ask(Method::get, kPath, {.token = other_.token}).body;
  EXPECT_THAT(seen, HasSubstr("for ever"));
  EXPECT_THAT(seen, Not(HasSubstr("fastnessk1"))) << "never a secret";
}

TEST_F(ChecksTest, AForgedCertificateConcernsEverybody) {
  world_.identity().report_forged(
      {crypto::sha256(as_bytes("forged")), vault_ipc::GenerationId(1), "a thief"});

  for (const Member& member : {mine_, other_}) {
    EXPECT_EQ(state(member, "forged-certificate"), "failed");
  }
  EXPECT_THAT(world_.ask(Method::get, kPath, {.token = mine_.token}).body,
              Not(HasSubstr("a thief")));
}

TEST_F(ChecksTest, APlaintextListenerConcernsWhomItSpeaksFor) {
  world_.weaknesses()[mine_.organisation] = {.is_plaintext_open = true};

  EXPECT_EQ(state(mine_, "plaintext-listener"), "failed");
  EXPECT_EQ(state(other_, "plaintext-listener"), "passed");
}

TEST_F(ChecksTest, AnInstanceWithoutAKitSaysSo) {
  EXPECT_EQ(state(mine_, "recovery-kit"), "attention");
}

TEST_F(ChecksTest, HowTheKeysAreKeptIsForTheHostAlone) {
  const auto custody =
      world_.expect(Status::ok, Method::get, "/admin/v1/vault", {.channel = http::Channel::admin});

  EXPECT_EQ(text_of(custody, "keys"), "sealed");
  EXPECT_EQ(text_of(custody, "opens_with"), "key_file");
  EXPECT_TRUE(custody.find("kits")->get<json::Array>()->empty());
  const auto& generations = *custody.find("generations")->get<json::Array>();
  ASSERT_EQ(generations.size(), 1U);
  EXPECT_EQ(text_of(generations[0], "state"), "issuing");
  world_.expect(Status::not_found, Method::get, "/admin/v1/vault", {.token = mine_.token});
}

}  // namespace
}  // namespace fastness::api
