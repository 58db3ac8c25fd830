// A key in a token, with SoftHSM2, whose tokens are files.
#include "device/token_key.h"

#include <fstream>

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "device/certificates.h"
#include "device/files.h"
#include "device/fixture_test.h"

namespace fastness::device {
namespace {

using testing::Folder;
using testing::kDeviceId;

constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";

// Runs the token's own tool, as whoever sets a device up does. The exit status.
int run_tool(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "softhsm2-util");
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawnp(&child, "softhsm2-util", nullptr, nullptr, argv.data(), environ) != 0) {
    return -1;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class TokenKeyTest : public ::testing::Test {
 protected:
  TokenKeyTest() {
    std::filesystem::create_directory(folder_.path() / "tokens");
    const auto settings = folder_.path() / "softhsm2.conf";
    std::ofstream(settings) << "directories.tokendir = " << (folder_.path() / "tokens").string()
                            << "\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", settings.c_str(), 1);
    EXPECT_EQ(run_tool({"--init-token", "--free", "--label", "board", "--so-pin", "87654321",
                        "--pin", "1234"}),
              0);
    EXPECT_EQ(run_tool({"--import", (folder_.path() / "device.key").string(), "--token", "board",
                        "--label", "device", "--id", "01", "--pin", "1234"}),
              0);
  }
  ~TokenKeyTest() override { ::unsetenv("SOFTHSM2_CONF"); }

  static Result<TokenKey> open(const std::string& key = "device", const std::string& pin = "1234",
                               const std::string& token = "board") {
    return TokenKey::open({kModule, token, key}, pin);
  }

 private:
  Folder folder_;

 protected:
  const FileKey imported_ = FileKey::make(folder_.path() / "device.key").value();
};

TEST_F(TokenKeyTest, SignsAsTheKeyThatIsInIt) {
  const auto key = open();
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->public_key(), imported_.public_key());
  const Bytes message = {1, 2, 3};
  for (int i = 0; i < 20; ++i) {  // some integers begin with zeroes, some with a bit that is set
    EXPECT_TRUE(testing::is_signed_by(key->public_key(), message, key->sign(message).value()));
  }
  const auto request = build_request(*key, kDeviceId);
  ASSERT_TRUE(request);
  EXPECT_EQ(testing::read_request(*request).spki, imported_.public_key());
}

TEST_F(TokenKeyTest, SaysWhatIsMissing) {
  EXPECT_EQ(open("device", "4321").error().code, Errc::unauthenticated);
  EXPECT_EQ(open("another").error().code, Errc::not_found);
  EXPECT_EQ(open("device", "1234", "another").error().code, Errc::not_found);
  EXPECT_EQ(TokenKey::open({"/nowhere.so", "board", "device"}, "1234").error().code,
            Errc::not_found);
  EXPECT_EQ(TokenKey::open({"libsofthsm2.so", "board", "device"}, "1234").error().code,
            Errc::invalid_argument)
      << "nothing is searched for";
  EXPECT_TRUE(open()) << "a failure leaves the module as it was";
}

}  // namespace
}  // namespace fastness::device
