#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fixed_limits.h"

namespace fastness::http {
namespace {

using ::testing::UnorderedElementsAre;

Router<std::string> sample() {
  Router<std::string> router;
  router.add(Method::get, "/", "root");
  router.add(Method::get, "/iot/v2/devices/{id}", "device");
  router.add(Method::delete_, "/iot/v2/devices/{id}", "delete");
  router.add(Method::put, "/iot/v2/devices/claim", "claim");
  router.add(Method::put, "/iot/v2/things/{id}/properties/{pid}/publish", "publish");
  router.add(Method::put, "/iot/v1/lora-devices/", "lora");
  return router;
}

TEST(Router, FindsRoutesAndTheirParameters) {
  const auto router = sample();

  const auto match = router.match(Method::put, "/iot/v2/things/T%2f1/properties/p/publish");

  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(*match.route, "publish");
  EXPECT_EQ(match.parameters.find("id"), "T/1");
  EXPECT_EQ(match.parameters.find("pid"), "p");
  EXPECT_EQ(match.parameters.find("other"), "");
}

TEST(Router, ToleratesASlashAtTheEndEitherWay) {
  const auto router = sample();

  EXPECT_NE(router.match(Method::get, "/iot/v2/devices/1/").route, nullptr);
  EXPECT_NE(router.match(Method::put, "/iot/v1/lora-devices").route, nullptr);
  EXPECT_NE(router.match(Method::put, "/iot/v1/lora-devices/").route, nullptr);
  EXPECT_NE(router.match(Method::get, "/").route, nullptr);
}

TEST(Router, AFixedSegmentBeatsAName) {
  const auto router = sample();

  EXPECT_EQ(*router.match(Method::put, "/iot/v2/devices/claim").route, "claim");
  EXPECT_EQ(*router.match(Method::get, "/iot/v2/devices/claim").route, "device");
}

TEST(Router, TellsAWrongMethodFromAWrongPath) {
  const auto router = sample();

  const auto method = router.match(Method::post, "/iot/v2/devices/1");
  EXPECT_TRUE(method.is_method_wrong());
  EXPECT_THAT(method.allowed, UnorderedElementsAre(Method::get, Method::delete_));

  const auto path = router.match(Method::get, "/iot/v2/device/1");
  EXPECT_EQ(path.route, nullptr);
  EXPECT_FALSE(path.is_method_wrong());
}

TEST(Router, RefusesPathsThatOthersWouldReadDifferently) {
  const auto router = sample();

  for (const char* path : {"", "iot/v2/devices/1", "//iot/v2/devices/1", "/iot//v2/devices/1",
                           "/iot/v2/devices/..", "/iot/v2/devices/%2e%2e", "/iot/v2/./devices/1",
                           "/iot/v2/devices/%", "/iot/v2/devices/%00", "/iot/v2/devices/1//"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(router.match(Method::get, path).route, nullptr);
  }
}

TEST(Responder, AnswersOnceAndNeverNot) {
  std::vector<Status> sent;
  const auto record = [&](const Response& response) { sent.push_back(response.status); };
  {
    Responder answered(record);
    answered(Response::empty(Status::ok));
    answered(Response::empty(Status::created));
    const Responder forgotten(record);
  }

  EXPECT_EQ(sent, (std::vector<Status>{Status::ok, Status::internal_server_error}));
}

TEST(Router, HoldsAPathToItsBytes) {
  constexpr std::size_t kMost = fixed_limit("http.path_bytes");
  const auto router = sample();
  const std::string start = "/iot/v2/devices/";

  EXPECT_NE(router.match(Method::get, start + std::string(kMost - start.size(), 'x')).route,
            nullptr);
  EXPECT_EQ(router.match(Method::get, start + std::string(kMost - start.size() + 1, 'x')).route,
            nullptr);
}

TEST(Router, HoldsAPathToItsSegments) {
  std::string path;
  for (std::size_t i = 0; i < fixed_limit("http.path_segments"); ++i) path += "/s";

  EXPECT_TRUE(split_path(path));
  EXPECT_FALSE(split_path(path + "/s"));
}

}  // namespace
}  // namespace fastness::http
