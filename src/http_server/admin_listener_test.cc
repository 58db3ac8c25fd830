#include "http_server/admin_listener.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "http_server/testing/raw_client.h"
#include "http_server/testing/running_server.h"

namespace fastness::http_server {
namespace {

class AdminSocketTest : public ::testing::Test {
 protected:
  AdminSocketTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "fastness-admin-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ / "admin.sock";
  }
  ~AdminSocketTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  std::string path_;
};

TEST_F(AdminSocketTest, ServesItsOwnerOverASocketThatOnlyHeCanOpen) {
  testing::RunningServer server(
      [](const http::Request& request, http::Responder respond) {
        const bool is_admin = request.peer.channel == http::Channel::admin;
        respond(http::Response::text(http::Status::ok, is_admin ? "admin" : "other"));
      },
      {}, {}, path_);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  testing::RawClient client(path_);
  const std::string response = client.exchange("GET /admin/v1/x HTTP/1.1\r\nHost: admin\r\n\r\n");

  EXPECT_EQ(testing::body_of(response), "admin");
  server.stop();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(AdminSocketTest, RefusesADirectoryThatOthersCanEnter) {
  net::EventLoop loop("web");
  ::chmod(directory_.c_str(), 0750);

  const auto listener = AdminListener::bind(loop, path_);

  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Errc::permission_denied);
}

TEST_F(AdminSocketTest, ReplacesWhatAnEarlierRunLeft) {
  net::EventLoop loop("web");
  { std::filesystem::create_symlink("/nonexistent", path_); }

  EXPECT_TRUE(AdminListener::bind(loop, path_));
}

TEST_F(AdminSocketTest, APathTooLongForASocketIsAnError) {
  net::EventLoop loop("web");

  const auto listener = AdminListener::bind(loop, directory_ / std::string(120, 'x'));

  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace fastness::http_server
