// What a device makes of its own folder.
#include "client/renewal_folder.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "client/credentials.h"
#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"

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

class RenewalFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "fastness-est-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    write("device.crt", device_.certificate_pem);
    write("device.key", crypto::to_pem(crypto::kPrivateKeyLabel, device_.key.to_pkcs8().reveal()));
    ASSERT_EQ(::chmod((folder_ / "device.key").c_str(), 0600), 0);
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

  std::string read(const std::string& name) const {
    auto text = read_text_file(folder_ / name);
    return text ? std::move(text).value() : "";
  }
  RenewalFolder open() const { return RenewalFolder::open(folder_).value(); }
  // Another one for the same key.
  std::string own_certificate() {
    return certificate_for(device_.key.public_key(), "board-1", kToday + 24h * ++days_).to_pem();
  }

  int days_ = 60;
  DeviceIdentity device_ = make_device();
  std::filesystem::path folder_;
};

TEST_F(RenewalFolderTest, SaysWhoseItIs) {
  const auto loaded = load_identity(folder_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->device_id, "board-1");
  EXPECT_EQ(loaded->key.public_key(), device_.key.public_key());
  std::filesystem::remove(folder_ / "device.crt");
  EXPECT_EQ(load_identity(folder_).error().code, Errc::not_found);
}

TEST_F(RenewalFolderTest, BeginsWithWhatEnrolWroteAndKeepsItUntilAServerLetTheDeviceIn) {
  auto opened = open();
  EXPECT_EQ(opened.device_id(), "board-1");
  EXPECT_EQ(opened.present()->certificate_pem, device_.certificate_pem);
  const std::string next = own_certificate();
  ASSERT_TRUE(opened.slots().put_on_trial(next));
  EXPECT_EQ(opened.present()->certificate_pem, next);
  EXPECT_EQ(opened.kept()->certificate_pem, device_.certificate_pem);
  EXPECT_EQ(read("device.crt"), device_.certificate_pem);

  auto again = open();  // after a crash
  EXPECT_EQ(again.present()->certificate_pem, next);
  ASSERT_TRUE(again.slots().roll_back());
  EXPECT_EQ(open().present()->certificate_pem, device_.certificate_pem);

  ASSERT_TRUE(again.slots().put_on_trial(next));
  ASSERT_TRUE(again.commit());
  EXPECT_EQ(read("device.crt"), next);
  EXPECT_EQ(open().present()->certificate_pem, next);
}

TEST_F(RenewalFolderTest, ACrashBeforeTheFilesFollowIsPutRight) {
  const std::string next = own_certificate();
  auto opened = open();
  ASSERT_TRUE(opened.slots().put_on_trial(next));
  ASSERT_TRUE(opened.slots().commit());  // and there it died

  EXPECT_EQ(open().present()->certificate_pem, next);
  EXPECT_EQ(read("device.crt"), next);
}

TEST_F(RenewalFolderTest, AnotherKeyIsInDeviceKeyOnceItIsTheDevices) {
  const std::string old_key = read("device.key");
  auto opened = open();
  const auto made = opened.find_or_make_next_key();
  ASSERT_TRUE(made) << made.error().message;
  const Bytes spki = (*made)->public_key();
  EXPECT_EQ(open().next_key()->public_key(), spki) << "it outlives a crash";
  const std::string next =
      certificate_for(crypto::PublicKey::from_spki(spki).value(), "board-1").to_pem();
  ASSERT_TRUE(opened.slots().put_on_trial(next));
  EXPECT_EQ(opened.present()->key.public_key().to_spki(), spki);
  EXPECT_EQ(opened.kept()->key.public_key(), device_.key.public_key());
  EXPECT_EQ(read("device.key"), old_key);

  ASSERT_TRUE(opened.slots().commit());  // and there it died
  auto after = open();
  EXPECT_EQ(after.key().public_key(), spki);
  EXPECT_EQ(after.next_key(), nullptr);
  EXPECT_EQ(load_identity(folder_)->key.public_key().to_spki(), spki);
  EXPECT_EQ(read("device.crt"), next);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "renewal" / "next.key"));
}

TEST_F(RenewalFolderTest, WhatWasEnrolledAnewCounts) {
  auto opened = open();
  ASSERT_TRUE(opened.slots().put_on_trial(own_certificate()));
  ASSERT_TRUE(opened.commit());
  ASSERT_TRUE(opened.slots().put_on_trial(own_certificate()));
  const std::string anew = own_certificate();
  write("device.crt", anew);
  auto again = open();
  EXPECT_EQ(again.present()->certificate_pem, anew);
  EXPECT_FALSE(again.slots().is_on_trial());
}

TEST_F(RenewalFolderTest, AKeyThatOthersMayReadOrThatIsAnothersIsRefused) {
  ASSERT_EQ(::chmod((folder_ / "device.key").c_str(), 0644), 0);
  EXPECT_EQ(RenewalFolder::open(folder_).error().code, Errc::permission_denied);
  const auto other = crypto::PrivateKey::generate();
  write("device.key", crypto::to_pem(crypto::kPrivateKeyLabel, other.to_pkcs8().reveal()));
  ASSERT_EQ(::chmod((folder_ / "device.key").c_str(), 0600), 0);
  EXPECT_EQ(RenewalFolder::open(folder_).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::client
