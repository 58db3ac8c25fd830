// A virtual board that renews, held against what the server reads and checks.
#include "client/board/board_renewal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/certificate_request.h"
#include "json/value.h"
#include "tls/testing/authority.h"

namespace fastness::client {
namespace {

using namespace std::chrono_literals;

constexpr const char* kBoard = "046b6c7f-0b8a-43b9-b35d-6489e6daee91";
constexpr const char* kNonce = "q83vEjRWeJCrze8SNFZ4kA";

class BoardRenewalTest : public ::testing::Test {
 protected:
  crypto::Certificate certificate_for(const crypto::PublicKey& whose) const {
    const auto signer = crypto::PrivateKey::generate();
    crypto::CertificateBody body;
    body.serial = {0x41};
    body.issuer = crypto::encode_name({{crypto::NameAttribute::common_name, "authority"}}).value();
    body.subject = crypto::encode_name({{crypto::NameAttribute::common_name, kBoard}}).value();
    body.not_before = clock.now() - 24h;
    body.not_after = clock.now() + 24h * 60;
    body.spki = whose.to_spki();
    body.extensions = {crypto::end_entity_extension()};
    const Bytes tbs = body.to_tbs();
    return crypto::Certificate::parse(crypto::assemble_certificate(tbs, signer.sign(tbs))).value();
  }

  std::unique_ptr<BoardRenewal> make() {
    const crypto::PrivateKey copy = crypto::PrivateKey::from_pkcs8(key.to_pkcs8()).value();
    DeviceIdentity identity{kBoard, crypto::PrivateKey::from_pkcs8(copy.to_pkcs8()).value(),
                            certificate_for(key.public_key()).to_pem()};
    const std::string anchors =
        crypto::to_pem(crypto::kCertificateLabel, tls::testing::Authority().anchor());
    auto made = BoardRenewal::create(anchors, identity, clock);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(made).value();
  }

  static std::string topic(const std::string& word) {
    return std::string("$iot/") + kBoard + "/pki/" + word;
  }
  bool tell(const std::string& word, const std::string& payload) {
    return board->take(topic(word), as_bytes(payload));
  }
  // An offer whose window was over long ago.
  void offer() {
    EXPECT_TRUE(tell("renew", std::string(R"({"nonce":")") + kNonce +
                                  R"(","gen":2,"why":"rotation","win":[1000,2000]})"));
  }
  void answer(const crypto::Certificate& certificate) {
    const ByteView der = certificate.der();
    const std::size_t count = (der.size() + 191) / 192;
    for (std::size_t i = 0; i < count; ++i) {
      const ByteView rest = der.subspan(i * 192);
      EXPECT_TRUE(tell(
          "cert", std::string(R"({"nonce":")") + kNonce + R"(","id":")" + kBoard +
                      R"(","gen":2,"i":)" + std::to_string(i) + R"(,"of":)" +
                      std::to_string(count) + R"(,"cert":")" +
                      to_base64url(rest.first(std::min<std::size_t>(192, rest.size()))) + "\"}"));
    }
  }

  fastness::testing::ManualClock clock{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30))};
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  std::unique_ptr<BoardRenewal> board = make();
};

TEST_F(BoardRenewalTest, AsksAsTheServerReadsIt) {
  offer();
  Bytes der;
  Bytes signature;
  for (const auto& each : board->speak()) {
    EXPECT_EQ(each.topic, topic("csr"));
    const auto message = json::parse(each.payload).value();
    const Bytes piece = from_base64url(*message.find("csr")->get<std::string>()).value();
    der.insert(der.end(), piece.begin(), piece.end());
    if (const json::Value* sig = message.find("sig")) {
      signature = from_base64url(*sig->get<std::string>()).value();
    }
  }
  const auto request = crypto::CertificateRequest::parse_der(der);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->untrusted_common_name(), kBoard);
  EXPECT_EQ(request->public_key(), key.public_key());
  const std::string text = std::string("fastness renewal 1\n") + kNonce + "\n" + kBoard + "\n2\n" +
                           to_hex(crypto::sha256(der)) + "\n";
  const auto integers = crypto::EcdsaSignature::from_der(signature);
  ASSERT_TRUE(integers);
  EXPECT_TRUE(key.public_key().verify(as_bytes(text), *integers));
}

TEST_F(BoardRenewalTest, ComesInWithTheNewCertificateOrGoesBack) {
  const auto before = board->context().value();
  EXPECT_EQ(board->context().value(), before) << "made once";
  offer();
  (void)board->speak();
  answer(certificate_for(key.public_key()));
  EXPECT_TRUE(board->wants_reconnect());
  EXPECT_NE(board->context().value(), before);
  board->lost(BoardRenewal::Shown::kept);  // the old connection ends
  EXPECT_TRUE(board->wants_reconnect());
  board->lost(BoardRenewal::Shown::on_trial);
  EXPECT_FALSE(board->wants_reconnect());
  EXPECT_EQ(board->renewed(), 0U);

  offer();  // it says that the trial failed
  offer();
  (void)board->speak();
  answer(certificate_for(key.public_key()));
  board->accepted();
  EXPECT_FALSE(board->wants_reconnect());
  EXPECT_EQ(board->renewed(), 1U);
  board->accepted();
  EXPECT_EQ(board->renewed(), 1U) << "coming back is no renewal";
}

TEST_F(BoardRenewalTest, LeavesOtherTopicsToTheBoard) {
  EXPECT_FALSE(board->take("/a/t/x/e/i", as_bytes("{}")));
  EXPECT_THAT(board->filters(), ::testing::ElementsAre(topic("renew"), topic("cert")));
  EXPECT_THAT(board->speak(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace fastness::client
