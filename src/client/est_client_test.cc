// What a device makes of a server's answer, and of its own folder.
#include "client/est_client.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/certificate_request.h"

namespace fastness::client {
namespace {

using namespace std::chrono_literals;

const Timestamp kToday{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)};

crypto::Certificate certificate_for(const crypto::PublicKey& key, const std::string& name,
                                    Timestamp not_after = kToday + 24h) {
  const auto signer = crypto::PrivateKey::generate();
  crypto::CertificateBody body;
  body.serial = {0x41};
  body.issuer = crypto::encode_name({{crypto::NameAttribute::common_name, "authority"}}).value();
  body.subject = crypto::encode_name({{crypto::NameAttribute::common_name, name}}).value();
  body.not_before = not_after - 24h * 60;
  body.not_after = not_after;
  body.spki = key.to_spki();
  body.extensions = {crypto::end_entity_extension()};
  const Bytes tbs = body.to_tbs();
  return crypto::Certificate::parse(crypto::assemble_certificate(tbs, signer.sign(tbs))).value();
}

TEST(MomentIn, LiesInTheWindowAndStays) {
  const RenewalWindow window{kToday, kToday + 1h};
  crypto::Digest digest{};
  EXPECT_EQ(moment_in(window, digest), window.start);
  digest.fill(0xff);
  EXPECT_LT(moment_in(window, digest), window.end);
  EXPECT_GT(moment_in(window, digest), window.end - 1s);
  digest[0] = 0x7f;
  EXPECT_EQ(moment_in(window, digest), moment_in(window, digest));
  EXPECT_EQ(moment_in({kToday, kToday}, digest), kToday);
}

class RenewalFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "fastness-est-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("device.crt", device_.certificate_pem);
    write("device.key", crypto::to_pem(crypto::kPrivateKeyLabel, device_.key.to_pkcs8().reveal()));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static DeviceIdentity make_device() {
    auto key = crypto::PrivateKey::generate();
    std::string pem = certificate_for(key.public_key(), "board-1").to_pem();
    return {"board-1", std::move(key), std::move(pem)};
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  DeviceIdentity device_ = make_device();
  std::filesystem::path folder_;
};

TEST_F(RenewalFolder, SaysWhoseItIs) {
  const auto loaded = load_identity(folder_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->device_id, "board-1");
  EXPECT_EQ(loaded->key.public_key(), device_.key.public_key());
  std::filesystem::remove(folder_ / "device.crt");
  EXPECT_EQ(load_identity(folder_).error().code, Errc::not_found);
}

TEST_F(RenewalFolder, ACertificateForSomebodyElseIsRefused) {
  const auto& mine = device_.key.public_key();
  const auto others = crypto::PrivateKey::generate();
  EXPECT_TRUE(check_is_for(certificate_for(mine, "board-1"), device_, kToday));
  for (const auto& wrong :
       {certificate_for(others.public_key(), "board-1"), certificate_for(mine, "board-2"),
        certificate_for(mine, "board-1", kToday)}) {
    const auto checked = check_is_for(wrong, device_, kToday);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::corrupted);
  }
}

TEST_F(RenewalFolder, KeepsOneRequestUntilItIsOver) {
  const Bytes first = find_or_make_request(folder_, device_).value();
  EXPECT_EQ(find_or_make_request(folder_, device_).value(), first)
      << "an answer that was lost is asked for again";
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "device.csr").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  write("device.csr", "half a requ");
  EXPECT_NE(find_or_make_request(folder_, device_).value(), first);
  const auto other_key = crypto::PrivateKey::generate();
  const Bytes others = crypto::CertificateRequest::build(other_key, "board-1").value();
  write("device.csr", crypto::to_pem(crypto::kCertificateRequestLabel, others));
  EXPECT_NE(find_or_make_request(folder_, device_).value(), others);
}

TEST_F(RenewalFolder, TheNextCertificateTakesItsPlaceOrGoes) {
  const std::string next = certificate_for(device_.key.public_key(), "board-1").to_pem();
  EXPECT_FALSE(load_next_certificate(folder_));
  ASSERT_TRUE(find_or_make_request(folder_, device_));
  ASSERT_TRUE(save_next_certificate(folder_, next));
  EXPECT_EQ(load_next_certificate(folder_), next);
  EXPECT_EQ(load_identity(folder_)->certificate_pem, device_.certificate_pem);

  drop_next_certificate(folder_);
  EXPECT_FALSE(load_next_certificate(folder_));
  EXPECT_EQ(load_identity(folder_)->certificate_pem, device_.certificate_pem);
  EXPECT_FALSE(commit_next_certificate(folder_)) << "there is none";

  ASSERT_TRUE(save_next_certificate(folder_, next));
  ASSERT_TRUE(commit_next_certificate(folder_));
  EXPECT_EQ(load_identity(folder_)->certificate_pem, next);
  EXPECT_FALSE(load_next_certificate(folder_));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "device.csr"));
}

}  // namespace
}  // namespace fastness::client
