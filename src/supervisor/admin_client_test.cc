#include "supervisor/admin_client.h"

#include <filesystem>
#include <functional>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fixed_limits.h"
#include "os/files/descriptor.h"
#include "os/files/file_system.h"
#include "os/testing/faulty_file_system.h"
#include "supervisor/host_commands.h"
#include "supervisor/user_commands.h"

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
  for (const char* response :
       {"", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 -20\r\n\r\n", "SSH-2.0\r\n\r\n"}) {
    EXPECT_FALSE(parse_answer(response)) << response;
  }
}

// A hub that answers one request in its own words.
class AdminSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-admin-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    data_ = pattern;
    folder_ = data_ + "/admin";
    fs::create_directory(folder_);
    listener_ = os::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder_ + "/fastness.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listener_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener_.number(), 1), 0);
  }
  void TearDown() override { fs::remove_all(data_); }

  using Command = Result<std::string>(const std::string&, const HostCommand&);
  Result<std::string> answered_with(const std::string& response, Command* command,
                                    const HostCommand& words) {
    return answered_by(response, [&](const std::string& data) { return command(data, words); });
  }
  using AnyCommand = std::function<Result<std::string>(const std::string&)>;
  Result<std::string> answered_by(const std::string& response, const AnyCommand& command) {
    std::thread hub([this, &response] {
      const os::Descriptor peer(::accept(listener_.number(), nullptr, nullptr));
      char buffer[1024];
      const ssize_t size = ::recv(peer.number(), buffer, sizeof buffer, 0);
      request_.assign(buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      ::send(peer.number(), response.data(), response.size(), MSG_NOSIGNAL);
    });
    auto result = command(data_);
    hub.join();
    return result;
  }

  std::string data_;
  std::string folder_;
  std::string request_;
  os::Descriptor listener_;
};

TEST_F(AdminSocket, AHubRunsAsLongAsItListens) {
  EXPECT_TRUE(has_running_hub(data_).value());

  listener_.close();
  EXPECT_FALSE(has_running_hub(data_).value()) << "its socket is still there";
  fs::remove(folder_ + "/fastness.sock");
  EXPECT_FALSE(has_running_hub(data_).value());
  fs::remove(folder_);
  EXPECT_EQ(has_running_hub(data_).error().code, Errc::not_found);
}

TEST_F(AdminSocket, InitPrintsTheKeyAsLinesOrAsItCame) {
  const std::string body = R"({"organisation_id":"o","client_id":"c","client_secret":"s"})";
  const std::string response = "HTTP/1.1 201 Created\r\n\r\n" + body;

  const auto lines = answered_with(response, host_init, {"Home", "a@b.c", true, OutputForm::text});
  EXPECT_EQ(*lines,
            "organisation_id   o\nclient_id         c\nclient_secret     s\n"
            "set-up link       start the instance, then run: fastness host setup-link\n");
  EXPECT_NE(request_.find("POST /admin/v1/init HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(request_.find(R"({"organisation":"Home","email":"a@b.c","api_key":true})"),
            std::string::npos);

  const auto json = answered_with(response, host_init, {"Home", "a@b.c", true, OutputForm::json});
  EXPECT_EQ(*json, body + "\n");
}

TEST_F(AdminSocket, InitSaysWhyTheInstanceRefused) {
  const auto refused = answered_with(
      "HTTP/1.1 409 Conflict\r\n\r\n{\"error\":{\"code\":\"conflict\",\"message\":\"it has a "
      "user\"}}",
      host_init, {"Home", "a@b.c", false, OutputForm::text});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{Errc::already_exists, "it has a user"}));
}

TEST_F(AdminSocket, InitSurvivesAnAnswerThatIsNone) {
  const HostCommand words{"H", "e", false, OutputForm::text};
  EXPECT_FALSE(answered_with("HTTP/1.1 201 Created\r\n\r\nnot json", host_init, words));
  EXPECT_FALSE(answered_with("", host_init, words));
}

TEST_F(AdminSocket, StatusPrintsFingerprintsAsTheConsoleDoes) {
  const std::string body =
      R"({"initialised":false,"setup_open":false,"console":"https://localhost:1/",)"
      R"("listeners":{"https":["127.0.0.1:1","[::1]:1"]},"names":["iot.lan"],)"
      R"("fingerprints":{"active_root":"b71e4c09","standby_root":"00ff"},)"
      R"("attention":[{"kind":"storage_full","title":"The disk is full","remedy":"Make room."}]})";
  const auto lines = answered_with("HTTP/1.1 200 OK\r\n\r\n" + body, host_status, {});
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_NE(request_.find("GET /admin/v1/status HTTP/1.1\r\n"), std::string::npos);
  for (const char* line :
       {"console           https://localhost:1/\n", "https             127.0.0.1:1, [::1]:1\n",
        "root, SHA-256     B71E 4C09\n", "standby root      00FF\n", "names             iot.lan\n",
        "set up            no: run fastness host setup-link\n",
        "needs you         The disk is full. Make room.\n"}) {
    EXPECT_NE(lines->find(line), std::string::npos) << line << "is not in:\n" << *lines;
  }
}

TEST_F(AdminSocket, ASetUpLinkIsOneLineOrAnError) {
  const HostCommand words{"", "a@b.c", false, OutputForm::text};
  const auto link =
      answered_with("HTTP/1.1 201 Created\r\n\r\n{\"token\":\"t\",\"url\":\"https://h/setup#t\"}",
                    host_setup_link, words);
  EXPECT_EQ(*link, "https://h/setup#t\n");
  EXPECT_TRUE(request_.ends_with("{\"email\":\"a@b.c\"}")) << request_;

  const auto nowhere =
      answered_with("HTTP/1.1 201 Created\r\n\r\n{\"token\":\"t\"}", host_setup_link, words);
  EXPECT_EQ(nowhere.error().code, Errc::unavailable);
  const auto refused = answered_with(
      "HTTP/1.1 400 Bad Request\r\n\r\n{\"error\":{\"message\":\"must be an address\",\"field\":"
      "\"email\"}}",
      host_setup_link, words);
  EXPECT_EQ(refused.error(), (Error{Errc::invalid_argument, "email must be an address"}));
}

TEST_F(AdminSocket, AnErasureSaysFromWhenOnNoCopyIsLeft) {
  os::PosixFileSystem files;
  const UserCommand words{"a@b.c", "", true, OutputForm::text};
  const auto erase = [&](const std::string& data) {
    return run_user_command(data, Action::user_erase, words, files, [](const std::string&) {
      ADD_FAILURE() << "it was agreed to";
      return Result<bool>(false);
    });
  };
  const auto told = answered_by(
      "HTTP/1.1 200 OK\r\n\r\n{\"state\":\"erased\",\"complete_at\":\"2027-11-30T00:00:00Z\","
      "\"kits_to_destroy\":[{\"id\":\"k1\",\"created_at\":\"2026-01-01T00:00:00Z\"}]}",
      erase);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_NE(told->find("from 2027-11-30T00:00:00Z on"), std::string::npos) << *told;
  EXPECT_NE(told->find("k1 of 2026-01-01T00:00:00Z"), std::string::npos) << *told;
  EXPECT_TRUE(request_.ends_with("{\"email\":\"a@b.c\"}")) << request_;
  EXPECT_NE(request_.find("POST /admin/v1/users/erase HTTP/1.1\r\n"), std::string::npos);
}

// Without a yes nothing is even asked: nobody listens here.
TEST_F(AdminSocket, NobodyIsErasedWithoutAYes) {
  os::PosixFileSystem files;
  const auto said = run_user_command(data_, Action::user_erase, {"a@b.c", "", false}, files,
                                     [](const std::string& plan) -> Result<bool> {
                                       EXPECT_NE(plan.find("a@b.c"), std::string::npos);
                                       return false;
                                     });
  EXPECT_EQ(*said, "Nothing was changed.\n");
}

TEST_F(AdminSocket, AnExportIsForItsOwnerAloneAndOverwritesNothing) {
  os::PosixFileSystem files;
  const UserCommand words{"a@b.c", data_ + "/me.json", false, OutputForm::text};
  const auto take = [&](const std::string& data) {
    return run_user_command(data, Action::user_export, words, files,
                            [](const std::string&) { return Result<bool>(false); });
  };

  EXPECT_TRUE(answered_by("HTTP/1.1 200 OK\r\n\r\n{\"format\":1}", take));

  EXPECT_EQ(fs::file_size(words.file), 12U);
  EXPECT_EQ(fs::status(words.file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(answered_by("HTTP/1.1 200 OK\r\n\r\n{}", take).error().code, Errc::already_exists);
}

TEST_F(AdminSocket, AnExportThatTheDiskDoesNotTakeLeavesNoPartOfItself) {
  constexpr std::uint64_t kCreated = 1;
  for (const std::uint64_t broken : {kCreated, kCreated + 1, kCreated + 2}) {
    SCOPED_TRACE(broken);
    os::testing::FaultyFileSystem disk(1);
    disk.fail_call(broken, Errc::exhausted);
    const auto take = [&](const std::string& data) {
      return run_user_command(data, Action::user_export, {"a@b.c", "/me.json"}, disk,
                              [](const std::string&) { return Result<bool>(false); });
    };
    const auto refused = answered_by("HTTP/1.1 200 OK\r\n\r\n{\"format\":1}", take);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::exhausted);
    EXPECT_FALSE(disk.open("/me.json", os::OpenMode::read));
    EXPECT_TRUE(answered_by("HTTP/1.1 200 OK\r\n\r\n{\"format\":1}", take)) << "the next try";
  }
}

TEST_F(AdminSocket, AFactorIsTakenAwayFromWhomItIsSaid) {
  const HostCommand words{"", "a@b.c", false, OutputForm::text};
  const auto done = answered_with("HTTP/1.1 204 No Content\r\n\r\n", host_reset_factors, words);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->starts_with("a@b.c signs in with the password alone now.")) << *done;
  EXPECT_NE(request_.find("POST /admin/v1/reset-factors HTTP/1.1\r\n"), std::string::npos);
  EXPECT_TRUE(request_.ends_with("{\"email\":\"a@b.c\"}")) << request_;

  const auto nobody = answered_with(
      "HTTP/1.1 404 Not Found\r\n\r\n{\"error\":{\"message\":\"Nobody has this address.\"}}",
      host_reset_factors, words);
  EXPECT_EQ(nobody.error().code, Errc::not_found);
}

TEST(AdminClient, SaysThatNothingIsThereOrNothingRuns) {
  const auto missing = ask_admin("/nonexistent", {"GET", "/admin/v1/status", ""});
  EXPECT_EQ(missing.error().code, Errc::not_found);

  std::string pattern = (fs::temp_directory_path() / "fastness-admin-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  fs::create_directory(pattern + "/admin");
  const auto stopped = ask_admin(pattern, {"GET", "/admin/v1/status", ""});
  fs::remove_all(pattern);
  EXPECT_EQ(stopped.error().code, Errc::unavailable);
  EXPECT_NE(stopped.error().message.find("fastnessd --data-dir"), std::string::npos);
}

TEST_F(AdminSocket, AnAnswerIsHeldToItsBytes) {
  const auto ask = [this](std::size_t size) {
    std::string response = "HTTP/1.1 400 Bad Request\r\n\r\n";
    response += std::string(size - response.size(), 'x');
    return answered_with(response, host_init, {"H", "e", false, {}}).error().message;
  };
  constexpr std::size_t kMost = fixed_limit("client.admin_answer_bytes");
  EXPECT_EQ(ask(kMost).find("too long"), std::string::npos);
  EXPECT_NE(ask(kMost + 1).find("too long"), std::string::npos);
}

}  // namespace
}  // namespace fastness::supervisor
