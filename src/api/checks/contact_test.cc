#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

constexpr const char* kContactPath = "/.well-known/security.txt";

class ContactTest : public ::testing::Test {
 protected:
  testing::World world_;
};

TEST_F(ContactTest, AnybodyReadsWhomToTellAndUntilWhen) {
  const auto response = world_.ask(Method::get, kContactPath);

  EXPECT_EQ(response.status, Status::ok);
  EXPECT_EQ(response.headers.find("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response.body,
            "Contact: mailto:security@app.example\nContact: https://app.example/report\n"
            "Policy: https://app.example/disclosure\nExpires: 2027-06-30T00:00:00Z\n");
}

TEST_F(ContactTest, AfterItsDayNobodyIsNamed) {
  const Timestamp end = std::chrono::sys_days{std::chrono::year(2027) / 6 / 30};
  world_.clock().advance(end - world_.clock().now() - std::chrono::seconds(1));
  EXPECT_EQ(world_.ask(Method::get, kContactPath).status, Status::ok);

  world_.clock().advance(std::chrono::seconds(1));

  EXPECT_EQ(world_.ask(Method::get, kContactPath).status, Status::not_found);
}

}  // namespace
}  // namespace fastness::api
