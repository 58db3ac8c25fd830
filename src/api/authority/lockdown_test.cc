// What people, programs and devices are told while enrolment is locked, and who ends that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/x509/certificate_request.h"

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

class LockdownRoutes : public ::testing::Test {
 protected:
  std::string new_device() {
    const auto made = world_.expect(Status::created, Method::put, "/iot/v2/devices",
                                    {.token = mine_.token, .body = R"({"type":"mkrwifi1010"})"});
    return text_of(made, "id");
  }
  void lock() {
    world_.identity().report_forged({crypto::Digest{}, vault_ipc::GenerationId(1), "somebody"});
    ASSERT_TRUE(world_.identity().lockdown());
  }
  // Refused, and told why and who ends it.
  void expect_locked(Method method, const std::string& path, const Ask& how) {
    const auto response = world_.ask(method, path, how);
    EXPECT_EQ(to_number(response.status), to_number(Status::service_unavailable))
        << path << response.body;
    EXPECT_THAT(response.body, HasSubstr("fastness ca unlock")) << path;
    EXPECT_EQ(response.headers.find("retry-after"), "600") << path;
  }
  Ask as_member(std::string body) const { return {.token = mine_.token, .body = std::move(body)}; }
  // The first page, as JSON.
  std::string home() { return world_.ask(Method::get, "/api/v1/home", as_member("")).body; }
  static Ask of_est(const crypto::PrivateKey& key, const std::string& name) {
    Ask ask{.body = to_base64(crypto::CertificateRequest::build(key, name).value())};
    ask.headers["content-type"] = "application/pkcs10";
    return ask;
  }

  World world_{identity::DetectionPolicy{.on_forgery = identity::OnForgery::lockdown}};
  Member mine_ = world_.add_member("me@x.y");
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
};

TEST_F(LockdownRoutes, EveryDoorForSomethingNewIsShutAndSaysWhy) {
  const std::string device = new_device();
  const auto made = world_.expect(Status::created, Method::post, "/api/v1/claim-codes",
                                  as_member(R"({"label":"shed"})"));
  const std::string code = text_of(made.find("claim_codes")->get<json::Array>()->at(0), "code");
  lock();

  expect_locked(Method::put, "/iot/v2/devices", as_member(R"({"type":"mkrwifi1010"})"));
  expect_locked(Method::post, "/api/v1/claim-codes", as_member(R"({"label":"more"})"));
  expect_locked(Method::post, "/api/v1/devices/" + device + "/secret", as_member(""));
  expect_locked(Method::put, "/iot/v2/devices/" + device + "/pass", as_member("{}"));
  Ask by_token = of_est(key_, device);
  by_token.token = mine_.token;
  expect_locked(Method::post, "/.well-known/est/simpleenroll", by_token);
  for (const std::string& shown : {code, std::string("FC-7M3K-0PXV-9ZDB-WH52-J")}) {
    Ask by_code = of_est(key_, "whatever");
    by_code.headers["authorization"] = "Basic " + to_base64(as_bytes("b827eb01:" + shown));
    expect_locked(Method::post, "/.well-known/est/simpleenroll", by_code);
  }
  EXPECT_EQ(world_.identity().claims().list(mine_.organisation)->front().uses, 0);
}

TEST_F(LockdownRoutes, AKnownDeviceRenews) {
  const std::string device = new_device();
  const DeviceId id(Uuid::parse(device).value());
  const auto request = crypto::CertificateRequest::build(key_, device).value();
  const auto issued = world_.identity().enrol(
      {mine_.organisation, id, vault_ipc::Profile::standard, std::string(as_text(request)), {}});
  ASSERT_TRUE(issued);
  world_.clock().advance(1s);
  lock();
  Ask renewal = of_est(key_, device);
  renewal.leaf = issued->certificate.digest();
  const auto response = world_.ask(Method::post, "/.well-known/est/simplereenroll", renewal);
  EXPECT_EQ(to_number(response.status), to_number(Status::ok)) << response.body;
}

TEST_F(LockdownRoutes, OnlyTheHostEndsItAndEverybodySeesIt) {
  const Ask host{.channel = http::Channel::admin};
  EXPECT_EQ(to_number(world_.ask(Method::delete_, "/admin/v1/ca/lockdown", host).status),
            to_number(Status::conflict));
  lock();
  const auto seen = world_.expect(Status::ok, Method::get, "/api/v1/ca", as_member(""));
  ASSERT_NE(seen.find("lockdown"), nullptr);
  EXPECT_EQ(*seen.find("lockdown")->find("generation")->get<std::int64_t>(), 1);
  EXPECT_THAT(home(), HasSubstr("enrolment_locked"));

  const auto refused = world_.ask(Method::delete_, "/admin/v1/ca/lockdown", as_member(""));
  EXPECT_GE(to_number(refused.status), 400) << "a member has no such path";
  ASSERT_TRUE(world_.identity().lockdown());

  const auto ended = world_.expect(Status::ok, Method::delete_, "/admin/v1/ca/lockdown", host);
  EXPECT_EQ(ended.find("lockdown"), nullptr);
  EXPECT_FALSE(new_device().empty());
  EXPECT_THAT(home(), Not(HasSubstr("enrolment_locked")));
}

}  // namespace
}  // namespace fastness::api
