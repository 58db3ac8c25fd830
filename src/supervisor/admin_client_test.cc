#include "supervisor/admin_client.h"

#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/descriptor.h"
#include "supervisor/host_init.h"

namespace fastness::supervisor {
namespace {

namespace fs = std::filesystem;

TEST(ParseAnswer, SplitsStatusAndBody) {
  const auto answer = parse_answer("HTTP/1.1 201 Created\r\nA: b\r\n\r\n{\"a\":1}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "{\"a\":1}");
}

TEST(ParseAnswer, RefusesWhatIsNoHttp) {
  for (const char* response : {"", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\n",
                               "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "SSH-2.0\r\n\r\n"}) {
    EXPECT_FALSE(parse_answer(response)) << response;
  }
}

// A hub that answers one request in its own words.
class AdminSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-admin-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    listener_ = os::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder_ + "/fastness.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listener_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener_.number(), 1), 0);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<std::string> init_answered_with(const std::string& response, const HostInit& init) {
    std::thread hub([this, &response] {
      const os::Descriptor peer(::accept(listener_.number(), nullptr, nullptr));
      char buffer[1024];
      const ssize_t size = ::recv(peer.number(), buffer, sizeof buffer, 0);
      request_.assign(buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      ::send(peer.number(), response.data(), response.size(), MSG_NOSIGNAL);
    });
    auto result = host_init(folder_, init);
    hub.join();
    return result;
  }

  std::string folder_;
  std::string request_;
  os::Descriptor listener_;
};

TEST_F(AdminSocket, InitPrintsTheKeyAsLinesOrAsItCame) {
  const std::string body = R"({"organisation_id":"o","client_id":"c","client_secret":"s"})";
  const std::string response = "HTTP/1.1 201 Created\r\n\r\n" + body;

  const auto lines = init_answered_with(response, {"Home", "a@b.c", true, OutputForm::text});
  EXPECT_EQ(*lines, "organisation_id: o\nclient_id: c\nclient_secret: s\n");
  EXPECT_NE(request_.find("POST /admin/v1/init HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(request_.find(R"({"organisation":"Home","email":"a@b.c","api_key":true})"),
            std::string::npos);

  const auto json = init_answered_with(response, {"Home", "a@b.c", true, OutputForm::json});
  EXPECT_EQ(*json, body + "\n");
}

TEST_F(AdminSocket, InitSaysWhyTheInstanceRefused) {
  const auto refused = init_answered_with(
      "HTTP/1.1 409 Conflict\r\n\r\n{\"error\":{\"code\":\"conflict\",\"message\":\"it has a "
      "user\"}}",
      {"Home", "a@b.c", false, OutputForm::text});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{Errc::already_exists, "it has a user"}));
}

TEST_F(AdminSocket, InitSurvivesAnAnswerThatIsNone) {
  EXPECT_FALSE(init_answered_with("HTTP/1.1 201 Created\r\n\r\nnot json", {"H", "e", false, {}}));
  EXPECT_FALSE(init_answered_with("", {"H", "e", false, {}}));
}

TEST(AdminClient, SaysThatNothingRuns) {
  EXPECT_FALSE(ask_admin("/nonexistent", "/admin/v1/status", ""));
}

}  // namespace
}  // namespace fastness::supervisor
