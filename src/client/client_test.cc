// Output, credentials and frames: the small parts.
#include <array>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fixed_limits.h"
#include "client/connection/api.h"
#include "client/connection/web_socket.h"
#include "client/credentials.h"
#include "client/output.h"

namespace fastness::client {
namespace {

namespace fs = std::filesystem;

json::Value value_of(std::string_view text) {
  return std::move(json::parse(text)).value();
}

const std::vector<Column> kColumns{{"NAME", "name"}, {"STATE", "identity.state"}};

TEST(Render, TableCsvAndYaml) {
  const json::Value list = value_of(
      R"([{"name":"a, b","identity":{"state":"active"}},{"name":"long name","tags":[1,{"x":true}]}])");

  EXPECT_EQ(render(list, kColumns, OutputFormat::table),
            "NAME       STATE\na, b       active\nlong name\n");
  EXPECT_EQ(render(list, kColumns, OutputFormat::csv),
            "name,identity.state\r\n\"a, b\",active\r\nlong name,\r\n");
  EXPECT_EQ(render(list, kColumns, OutputFormat::yaml),
            "- \"name\": \"a, b\"\n  \"identity\":\n    \"state\": \"active\"\n"
            "- \"name\": \"long name\"\n  \"tags\":\n    - 1\n    - \"x\": true\n");
}

// A device is named by whoever made it, and read by an administrator at a terminal.
TEST(Render, NoNameReachesTheTerminalAsACommand) {
  const json::Value list = value_of("[{\"name\":\"\\u001b]0;x\\u0007\\u009b2J\"}]");
  for (const auto format : {OutputFormat::table, OutputFormat::json, OutputFormat::yaml}) {
    const std::string out = render(list, kColumns, format);
    EXPECT_EQ(out.find('\x1b'), std::string::npos);
    EXPECT_EQ(out.find('\x07'), std::string::npos);
  }
  EXPECT_EQ(csv_field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
  EXPECT_EQ(csv_field("-2+cmd"), "'-2+cmd");
  EXPECT_EQ(csv_field("+49 7531"), "'+49 7531");
  for (const char* plain : {"", "-2", "+4.5", "-1e-3", "a=b", "3-2"}) {
    EXPECT_EQ(csv_field(plain), plain);
  }
}

TEST(Server, IsReadFromHttpsAddressesOnly) {
  EXPECT_EQ(parse_server("https://iot.lan")->port, 8443);
  EXPECT_EQ(parse_server("https://iot.lan:1/")->port, 1);
  EXPECT_EQ(parse_server("https://[::1]:2")->host, "::1");
  EXPECT_EQ(server_url({"::1", 2}), "https://[::1]:2");
  for (const char* bad :
       {"", "http://iot.lan", "iot.lan", "https://", "https://:1", "https://a:b", "https://a:70000",
        "https://u@a", "https://a/b", "https://[::1", "https://a b", "https://[::1]x1"}) {
    EXPECT_FALSE(parse_server(bad)) << bad;
  }
}

class CredentialsFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-client-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    file_ = root_ / "config" / "fastness" / "credentials.json";
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_;
  fs::path file_;
};

TEST_F(CredentialsFile, IsPrivateAndReadsBack) {
  ASSERT_TRUE(save_credentials(file_, {{"iot.lan", 1}, "PEM", "fkid", "secret"}));

  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(file_.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  const auto loaded = load_credentials(file_);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->server.host, "iot.lan");
  EXPECT_EQ(loaded->client_secret, "secret");
}

TEST_F(CredentialsFile, IsRefusedWhenOthersCanReadIt) {
  EXPECT_EQ(load_credentials(file_).error().code, Errc::not_found);
  ASSERT_TRUE(save_credentials(file_, {{"iot.lan", 1}, "", "fkid", "secret"}));
  fs::permissions(file_, fs::perms(0640));
  const auto loaded = load_credentials(file_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::permission_denied);
  EXPECT_EQ(loaded.error().message.find("secret"), std::string::npos);
}

TEST(Status, IsAnErrorWithTheServersSentence) {
  const auto error = [](int status, std::string body) {
    return check_status({status, {}, std::move(body)}).error();
  };
  EXPECT_TRUE(check_status({201, {}, ""}));
  EXPECT_EQ(error(404, R"({"error":{"code":"not_found","message":"No such thing."}})"),
            (Error{Errc::not_found, "No such thing."}));
  EXPECT_EQ(error(401, R"({"error":"access_denied","error_description":"Unauthorized"})").message,
            "Unauthorized");
  EXPECT_EQ(error(400, R"({"error":{"message":"must be a number","field":"value"}})").message,
            "value must be a number");
  EXPECT_EQ(error(400, R"({"error":{"message":"It is too long.","field":"name"}})").message,
            "It is too long.");
  EXPECT_EQ(error(429, "slow down").code, Errc::exhausted);
  EXPECT_EQ(error(500, "").code, Errc::unavailable);
}

TEST(PercentEncode, LeavesNothingThatMeansSomething) {
  EXPECT_EQ(percent_encode("a-Z_0.~"), "a-Z_0.~");
  EXPECT_EQ(percent_encode("a b/?&=\r\n\xc3\xa9"), "a%20b%2F%3F%26%3D%0D%0A%C3%A9");
}

TEST(WebSocketFrames, AreReadAsFarAsTheyHaveCome) {
  const Bytes text{0x81, 0x02, 'h', 'i', 0x89};
  const auto frame = parse_web_socket_frame(text, 100);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ(as_text((*frame)->payload), "hi");
  EXPECT_EQ((*frame)->size, 4U);
  for (std::size_t size = 0; size < 4; ++size) {
    const auto part = parse_web_socket_frame(ByteView(text).first(size), 100);
    ASSERT_TRUE(part);
    EXPECT_FALSE(part->has_value());
  }
  Bytes longer{0x82, 126, 1, 0};
  longer.resize(4 + 256);
  EXPECT_EQ((*parse_web_socket_frame(longer, 256))->size, 260U);
}

TEST(WebSocketFrames, RefuseWhatNoServerMaySend) {
  const Bytes bad[] = {
      {0xc1, 0x00},                                     // extension
      {0x81, 0x80, 0, 0, 0, 0},                         // masked
      {0x09, 0x00},                                     // ping in parts
      {0x88, 126, 0, 126},                              // long close
      {0x81, 127, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},  // endless
      {0x81, 101},                                      // past the limit
  };
  for (const Bytes& bytes : bad) EXPECT_FALSE(parse_web_socket_frame(bytes, 100));
}

TEST(WebSocketFrames, AMessageIsHeldToItsBytes) {
  const auto frame = [](std::size_t size) {
    Bytes bytes{0x82, 127, 0, 0, 0, 0};
    ByteWriter(bytes).u32(static_cast<std::uint32_t>(size));
    bytes.resize(bytes.size() + size);
    return bytes;
  };
  EXPECT_TRUE(parse_web_socket_frame(frame(WebSocket::kMaxMessage), WebSocket::kMaxMessage));
  EXPECT_FALSE(parse_web_socket_frame(frame(WebSocket::kMaxMessage + 1), WebSocket::kMaxMessage));
}

TEST_F(CredentialsFile, IsHeldToItsBytes) {
  constexpr std::size_t kMost = fixed_limit("client.credentials_bytes");
  const fs::path file = root_ / "large";
  std::ofstream(file) << std::string(kMost, 'x');
  EXPECT_EQ(read_text_file(file)->size(), kMost);
  std::ofstream(file, std::ios::app) << 'x';
  const auto refused = read_text_file(file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
}

}  // namespace
}  // namespace fastness::client
