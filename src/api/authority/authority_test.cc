// The routes over the device authority: for the host alone, and every order with its line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/x509/certificate_request.h"
#include "json/time_text.h"

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

class AuthorityRoutes : public ::testing::Test {
 protected:
  Ask host(std::string body = {}) {
    return {.body = std::move(body), .channel = http::Channel::admin};
  }

  json::Value status() { return world_.expect(Status::ok, Method::get, "/admin/v1/ca", host()); }

  json::Value rotate(const std::string& body, Status expected = Status::created) {
    return world_.expect(expected, Method::post, "/admin/v1/ca/rotation", host(body));
  }

  static std::string message_of(const json::Value& refusal) {
    return text_of(*refusal.find("error"), "message");
  }

  // "issuing retiring ..."
  static std::string states_of(const json::Value& authority) {
    std::string states;
    for (const json::Value& each : *authority.find("generations")->get<json::Array>()) {
      states += (states.empty() ? "" : " ") + text_of(each, "state");
    }
    return states;
  }

  static std::int64_t count(const json::Value& authority, const char* name) {
    return *authority.find("devices")->find(name)->get<std::int64_t>();
  }

  void enrol(vault_ipc::Profile profile) {
    const DeviceId device(random_uuid(random_));
    ASSERT_TRUE(world_.identity().add_device(mine_.organisation, device));
    const auto request =
        crypto::CertificateRequest::build(crypto::PrivateKey::generate(), "x").value();
    ASSERT_TRUE(world_.identity().enrol(
        {mine_.organisation, device, profile, std::string(as_text(request)), {}}));
  }

  crypto::SystemRandom random_;
  World world_;
  Member mine_ = world_.add_member("me@x.y");
};

constexpr const char* kRoutine = R"({"kind":"routine","reason":"monthly","soak_seconds":0})";
constexpr const char* kEmergency = R"({"kind":"emergency","reason":"a backup is gone"})";

TEST_F(AuthorityRoutes, NobodyOverTheNetworkMovesTheAuthorityOfAll) {
  const std::string owner = world_.token_of(mine_, accounts::Scopes::all());
  const std::pair<Method, const char*> routes[] = {
      {Method::get, "/admin/v1/ca"},
      {Method::post, "/admin/v1/ca/rotation"},
      {Method::delete_, "/admin/v1/ca/rotation"},
      {Method::post, "/admin/v1/ca/generations/1/distrust"},
      {Method::post, "/admin/v1/ca/generations/1/destroy"}};
  for (const auto& [method, path] : routes) {
    SCOPED_TRACE(path);
    world_.expect(Status::not_found, method, path, {.token = owner, .body = kRoutine});
  }
  EXPECT_EQ(states_of(status()), "issuing");
}

TEST_F(AuthorityRoutes, MembersSeeTheirOwnDevicesAndNobodysReasons) {
  enrol(vault_ipc::Profile::board);
  rotate(R"({"kind":"routine","reason":"between the two of us","soak_seconds":0})");
  const Member other = world_.add_member("other@x.y");
  const std::string no_devices = world_.token_of(mine_, {accounts::Scope::things_read});
  world_.expect(Status::unauthorized, Method::get, "/api/v1/ca");
  world_.expect(Status::forbidden, Method::get, "/api/v1/ca", {.token = no_devices});

  const auto mine = world_.expect(Status::ok, Method::get, "/api/v1/ca", {.token = mine_.token});
  const auto theirs = world_.expect(Status::ok, Method::get, "/api/v1/ca", {.token = other.token});

  EXPECT_EQ(states_of(mine), "retiring issuing");
  EXPECT_EQ(count(mine, "with_certificate"), 1);
  EXPECT_EQ(count(theirs, "with_certificate"), 0);
  EXPECT_EQ(text_of(*mine.find("rotation"), "kind"), "routine");
  EXPECT_EQ(mine.find("rotation")->find("reason"), nullptr);
  for (const Method method : {Method::post, Method::delete_}) {
    world_.expect(Status::method_not_allowed, method, "/api/v1/ca", {.token = mine_.token});
  }
}

TEST_F(AuthorityRoutes, ARoutineRotationIsSeenFromItsBeginningToItsEnd) {
  enrol(vault_ipc::Profile::standard);
  enrol(vault_ipc::Profile::board);
  const auto before = status();
  EXPECT_EQ(before.find("rotation"), nullptr);
  EXPECT_EQ(count(before, "renewed"), 2);

  const auto begun = rotate(R"({"kind":"routine","reason":"monthly"})");

  EXPECT_EQ(states_of(begun), "issuing trusted");
  EXPECT_EQ(text_of(*begun.find("rotation"), "step"), "soaking");
  EXPECT_THAT(message_of(rotate(kRoutine, Status::conflict)), HasSubstr("is under way"));
  world_.clock().advance(1h);
  world_.identity().tick();
  const auto issuing = status();
  EXPECT_EQ(states_of(issuing), "retiring issuing");
  EXPECT_EQ(text_of(*issuing.find("rotation"), "step"), "renewing");
  EXPECT_EQ(count(issuing, "renewed"), 0);
  const auto& stragglers = *issuing.find("stragglers")->get<json::Array>();
  ASSERT_EQ(stragglers.size(), 2U);
  EXPECT_EQ(text_of(stragglers[0], "reason"), "not_seen");
  EXPECT_EQ(text_of(stragglers[1], "reason"), "by_hand");
  const auto& listed = *issuing.find("generations")->get<json::Array>();
  EXPECT_EQ(listed[0].find("stragglers")->get<json::Array>()->size(), 2U);
  EXPECT_EQ(listed[1].find("stragglers")->get<json::Array>()->size(), 0U);
  const auto& generations = *issuing.find("generations")->get<json::Array>();
  EXPECT_THAT(text_of(generations[0], "old_with_new_pem"), HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_THAT(text_of(generations[1], "new_with_old_pem"), HasSubstr("BEGIN CERTIFICATE"));
}

TEST_F(AuthorityRoutes, AGenerationSignsSinceItTookOverAndNotSinceItsKeyWasMade) {
  const std::string made = json::to_time_text(world_.clock().now());
  rotate(R"({"kind":"routine","reason":"monthly","soak_seconds":3600})");
  world_.clock().advance(1h);
  world_.identity().tick();

  const auto authority = status();

  const auto& generations = *authority.find("generations")->get<json::Array>();
  ASSERT_EQ(states_of(authority), "retiring issuing");
  EXPECT_EQ(generations[0].find("signs_since"), nullptr);
  EXPECT_EQ(text_of(generations[1], "created_at"), made);
  EXPECT_EQ(text_of(generations[1], "signs_since"), json::to_time_text(world_.clock().now()));
}

TEST_F(AuthorityRoutes, AfterAnEmergencyNoRouteHasTheOldKeyVouchedFor) {
  enrol(vault_ipc::Profile::board);
  rotate(kRoutine);
  ASSERT_THAT(world_.ask(Method::get, "/admin/v1/ca", host()).body, HasSubstr("old_with_new_pem"));
  world_.clock().advance(1s);

  // One after the other, so that every key but the newest is given up.
  const auto emergency = rotate(kEmergency);
  EXPECT_EQ(states_of(emergency), "retiring distrusted issuing");
  world_.expect(Status::ok, Method::post, "/admin/v1/ca/generations/1/distrust", host("{}"));

  EXPECT_THAT(world_.ask(Method::get, "/admin/v1/ca", host()).body,
              Not(HasSubstr("old_with_new_pem")));
}

TEST_F(AuthorityRoutes, AnAbortDiscardsTheNewKey) {
  world_.expect(Status::not_found, Method::delete_, "/admin/v1/ca/rotation", host());
  rotate(R"({"kind":"routine","reason":"monthly"})");
  const auto ended = world_.expect(Status::ok, Method::delete_, "/admin/v1/ca/rotation", host());
  EXPECT_EQ(states_of(ended), "issuing destroyed");
  EXPECT_EQ(text_of(*ended.find("rotation"), "step"), "aborted");
}

TEST_F(AuthorityRoutes, AKeyIsDestroyedWithTheRightNumberOnly) {
  enrol(vault_ipc::Profile::board);
  world_.clock().advance(1s);
  rotate(kEmergency);
  const auto destroy = [&](const char* body, Status expected) {
    return world_.expect(expected, Method::post, "/admin/v1/ca/generations/1/destroy", host(body));
  };
  destroy("{}", Status::bad_request);
  destroy(R"({"known_devices":-1})", Status::bad_request);
  EXPECT_THAT(message_of(destroy(R"({"known_devices":0})", Status::conflict)),
              HasSubstr("--devices 1"));
  EXPECT_EQ(states_of(destroy(R"({"known_devices":1})", Status::ok)), "destroyed issuing");
}

TEST_F(AuthorityRoutes, BadOrdersAreRefusedInWords) {
  rotate("{}", Status::bad_request);
  rotate(R"({"kind":"routine"})", Status::bad_request);
  rotate(R"({"kind":"weekly","reason":"x"})", Status::bad_request);
  rotate(R"({"kind":"routine","reason":"","soak_seconds":0})", Status::bad_request);
  rotate(R"({"kind":"routine","reason":"x","soak_seconds":604801})", Status::bad_request);
  const auto refused =
      rotate(R"({"kind":"routine","reason":"x","board_cut_off":"2100-01-01T00:00:00Z"})",
             Status::bad_request);
  EXPECT_THAT(message_of(refused), HasSubstr("for an emergency"));
  rotate(R"({"kind":"emergency","reason":"x","board_cut_off":"2000-01-01T00:00:00Z"})",
         Status::bad_request);
  for (const char* number : {"0", "-1", "x", "1x", "99999999999", "7"}) {
    world_.expect(Status::not_found, Method::post,
                  "/admin/v1/ca/generations/" + std::string(number) + "/distrust", host("{}"));
  }
  EXPECT_EQ(states_of(status()), "issuing");
}

TEST_F(AuthorityRoutes, EveryOrderLeavesALineWithItsResult) {
  rotate(kRoutine);
  world_.expect(Status::conflict, Method::post, "/admin/v1/ca/generations/2/distrust", host("{}"));
  world_.expect(Status::ok, Method::post, "/admin/v1/ca/generations/1/distrust", host("{}"));
  world_.expect(Status::ok, Method::post, "/admin/v1/ca/generations/1/destroy",
                host(R"({"known_devices":0})"));

  const OrganisationId nobody{Uuid({})};
  const auto entries = world_.audit().list(nobody, 4, std::nullopt).value();
  ASSERT_EQ(entries.size(), 4U);
  const auto line = [&](std::size_t index) {
    const auto& event = entries[index].event;
    return event.actor + " " + event.action + " " + event.object + " " + event.result;
  };
  EXPECT_EQ(line(3), "host ca.rotate generation:2 ok");
  EXPECT_EQ(line(2), "host ca.distrust generation:2 conflict");
  EXPECT_EQ(line(1), "host ca.distrust generation:1 ok");
  EXPECT_EQ(line(0), "host ca.destroy generation:1 ok");
}

TEST_F(AuthorityRoutes, AnybodyMayReadWhatIsRevokedInTheFormOfTlsLibraries) {
  const auto list = world_.ask(Method::get, "/api/v1/ca/generations/1/crl", {});
  EXPECT_EQ(list.status, Status::ok);
  EXPECT_EQ(list.headers.find("content-type"), "application/pkix-crl");
  EXPECT_TRUE(list.body.starts_with("\x30\x82")) << "a SEQUENCE of DER, not text";

  world_.expect(Status::not_found, Method::get, "/api/v1/ca/generations/2/crl", {});
  world_.expect(Status::not_found, Method::get, "/api/v1/ca/generations/0/crl", {});
  rotate(kEmergency);
  const auto gone = world_.expect(Status::gone, Method::get, "/api/v1/ca/generations/1/crl", {});
  EXPECT_THAT(message_of(gone), HasSubstr("distrusted"));
}

}  // namespace
}  // namespace fastness::api
