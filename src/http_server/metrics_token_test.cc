#include "http_server/metrics_token.h"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "http_server/testing/raw_client.h"
#include "http_server/testing/running_server.h"

namespace fastness::http_server {
namespace {

using http::Status;
using testing::body_of;
using testing::field_of;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::RunningServer;
using testing::status_of;

TEST(MetricsToken, IsAskedForWhereverTheCallerIs) {
  const auto token = MetricsToken::parse("0123456789abcdef\n");
  ASSERT_TRUE(token);
  RunningServer server([](const http::Request&, http::Responder) {}, {}, {}, {}, *token);
  const auto ask = [&server](const std::string& fields) {
    return RawClient(server.plain)
        .exchange("GET /metrics HTTP/1.1\r\nHost: " + server.host() + "\r\n" + fields + "\r\n");
  };

  EXPECT_EQ(body_of(ask("Authorization: Bearer 0123456789abcdef\r\n")), "metrics\n");
  for (const char* fields :
       {"", "Authorization: Bearer 0123456789abcdeg\r\n", "Authorization: Bearer\r\n",
        "Authorization: Basic 0123456789abcdef\r\n",
        "Authorization: Bearer 0123456789abcdef\r\nAuthorization: Bearer x\r\n"}) {
    SCOPED_TRACE(fields);
    const std::string refused = ask(fields);
    EXPECT_EQ(status_of(refused), 401);
    EXPECT_EQ(field_of(refused, "www-authenticate"), "Bearer");
    EXPECT_THAT(std::string(body_of(refused)), HasSubstr("metrics.token_file"));
  }
}

TEST(MetricsToken, IsHeldToItsLength) {
  constexpr std::size_t kLeast = fixed_limit("metrics.token_least_bytes");
  constexpr std::size_t kMost = fixed_limit("metrics.token_bytes");
  EXPECT_TRUE(MetricsToken::parse(std::string(kLeast, 'x')));
  EXPECT_TRUE(MetricsToken::parse(std::string(kMost, 'x') + "\r\n"));
  for (const std::string& bad :
       {std::string(kLeast - 1, 'x'), std::string(kMost + 1, 'x'),
        std::string(kLeast, 'x') + "\n" + std::string(kLeast, 'x'), std::string()}) {
    const auto refused = MetricsToken::parse(bad);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("openssl rand -hex 32"));
  }
}

TEST(MetricsToken, IsNotAskedForOnTheAdminSocket) {
  std::string directory = std::filesystem::temp_directory_path() / "fastness-metrics-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/admin.sock";
  {
    RunningServer server([](const http::Request&, http::Responder) {}, {}, {}, path,
                         *MetricsToken::parse("0123456789abcdef"));
    RawClient owner(path);
    EXPECT_EQ(body_of(owner.exchange("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")),
              "metrics\n");
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace fastness::http_server
