// The device's side of a renewal by EST.
#include "device/est_renewal.h"

#include "device/certificates.h"
#include "device/fixture_test.h"

namespace fastness::device {
namespace {

using namespace std::chrono_literals;
using testing::certificate_for;
using testing::kDeviceId;
using testing::kNow;
using testing::message_of;

class EstRenewalTest : public testing::DeviceTest {
 protected:
  static HttpsResponse answer_of(const std::vector<Bytes>& certificates) {
    std::string body = to_base64(message_of(certificates));
    body.insert(64, "\r\n");
    return {200, body + "\n"};
  }
  Result<Timestamp> window(const std::string& start, const std::string& end) {
    return renewal.hear_window(
        {200, R"({"suggestedWindow":{"start":")" + start + R"(","end":")" + end + "\"}}"});
  }

  MemoryStore disk;
  const std::string first = certificate_to_pem(own_certificate(key));
  CredentialSlots slots = CredentialSlots::begin(disk, first).value();
  EstRenewal renewal{kDeviceId, key, slots};
};

TEST_F(EstRenewalTest, AsksWithItsOwnKeyAndPutsTheAnswerOnTrial) {
  const auto request = renewal.ask();
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->target, "/.well-known/est/simplereenroll");
  const auto facts = testing::read_request(from_base64(request->body).value());
  EXPECT_EQ(facts.spki, key.public_key());
  EXPECT_EQ(facts.common_name, kDeviceId);
  EXPECT_EQ(renewal.ask()->body, request->body) << "asked again, it is the same request";

  const Bytes fresh = own_certificate(key);
  ASSERT_TRUE(renewal.hear(answer_of({fresh}), kNow));
  EXPECT_EQ(slots.present(), certificate_to_pem(fresh));
  ASSERT_TRUE(slots.commit());
  EXPECT_NE(renewal.ask()->body, request->body) << "the next renewal has its own";
}

TEST_F(EstRenewalTest, AnothersCertificateIsNotStored) {
  const testing::Folder another;
  const FileKey other = FileKey::make(another.path() / "other.key").value();
  const Bytes own = own_certificate(key);
  const struct {
    const char* why;
    HttpsResponse response;
  } cases[] = {
      {"another key", answer_of({certificate_for(other.public_key(), kDeviceId, kNow + 24h)})},
      {"another name", answer_of({certificate_for(key.public_key(), "another", kNow + 24h)})},
      {"over", answer_of({certificate_for(key.public_key(), kDeviceId, kNow)})},
      {"two", answer_of({own, own_certificate(key)})},
      {"none", {200, to_base64(message_of({}))}},
      {"a bare certificate", {200, to_base64(own)}},
      {"no base64", {200, "?"}},
      {"nothing", {200, ""}},
      {"refused", {403, to_base64(message_of({own}))}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_FALSE(renewal.hear(c.response, kNow));
    EXPECT_EQ(slots.present(), first);
  }
}

// As docs/identity.md has it, and OpenSSL's command line: text, sixteen bytes, a digest.
TEST_F(EstRenewalTest, ForAnotherKeyBothSign) {
  const FileKey next = FileKey::make(folder.path() / "next.key").value();
  const auto request = renewal.ask_for(next);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->target, "/.well-known/est/simplereenroll");
  const auto facts = testing::read_request(from_base64(request->body).value());
  EXPECT_EQ(facts.spki, next.public_key());
  EXPECT_EQ(facts.common_name, kDeviceId);
  Bytes statement = to_bytes(as_bytes("fastness device key continuity v1\n"));
  const Bytes id = from_hex("7d3c1f8e5f0a4f3e9a570d6f3c2b1a00").value();
  statement.insert(statement.end(), id.begin(), id.end());
  const auto digest = digest_of(next.public_key());
  statement.insert(statement.end(), digest.begin(), digest.end());
  ASSERT_EQ(request->headers.size(), 2U);
  EXPECT_EQ(request->headers[1].first, "Fastness-Old-Key-Signature");
  const Bytes signature = from_base64(request->headers[1].second).value();
  EXPECT_TRUE(testing::is_signed_by(key.public_key(), statement, signature));
  EXPECT_EQ(renewal.ask_for(next)->body, request->body) << "asked again, it is the same request";
  EXPECT_EQ(renewal.ask_for(key).error().code, Errc::invalid_argument);

  ASSERT_TRUE(renewal.hear_for(next, answer_of({own_certificate(next)}), kNow));
  EXPECT_TRUE(is_for(slots.present(), next));
  EXPECT_TRUE(is_for(slots.kept(), key)) << "until a server has let it in";
  ASSERT_TRUE(slots.roll_back());
  EXPECT_TRUE(is_for(slots.present(), key));
}

TEST_F(EstRenewalTest, ForAnotherKeyNoOtherCertificateIsStored) {
  const FileKey next = FileKey::make(folder.path() / "next.key").value();
  const FileKey third = FileKey::make(folder.path() / "third.key").value();
  ASSERT_TRUE(renewal.ask_for(next));
  for (const Bytes& other : {own_certificate(key), own_certificate(third)}) {
    EXPECT_FALSE(renewal.hear_for(next, answer_of({other}), kNow));
    EXPECT_EQ(slots.present(), first);
  }
  EXPECT_FALSE(renewal.hear(answer_of({own_certificate(next)}), kNow)) << "that renews its own";
  EXPECT_FALSE(is_for("no certificate", key));
}

TEST_F(EstRenewalTest, ARefusalIsTheServersSentence) {
  const auto refused = renewal.hear({409, "Another\x1b[2J request.\nmore"}, kNow);
  EXPECT_EQ(refused.error().message, "Another[2J request.");
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  EXPECT_EQ(renewal.hear({429, ""}, kNow).error().code, Errc::unavailable);
  EXPECT_EQ(renewal.hear({503, ""}, kNow).error().message, "the server said 503");
}

TEST_F(EstRenewalTest, ItsMomentIsInTheWindowAndAlwaysTheSame) {
  const auto moment = window("2026-12-01T00:00:00Z", "2026-12-21T00:00:00.250000Z");
  ASSERT_TRUE(moment) << moment.error().message;
  const Timestamp start(std::chrono::sys_days(std::chrono::year(2026) / 12 / 1));
  EXPECT_GE(*moment, start);
  EXPECT_LE(*moment, start + 24h * 20);
  EXPECT_EQ(window("2026-12-01T00:00:00Z", "2026-12-21T00:00:00Z").value(), *moment);
}

TEST_F(EstRenewalTest, AWindowThatIsNoneIsRefused) {
  const std::string good = "2026-12-01T00:00:00Z";
  for (const char* text : {"", "2026-12-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-12-01T24:00:00Z", "2026-12-01T00:61:00Z", "2026-12-01T00:00:00",
                           "+026-12-01T00:00:00Z", "2026-12-0xT00:00:00Z"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(window(good, text));
    EXPECT_FALSE(window(text, good));
  }
  EXPECT_FALSE(window("2026-12-02T00:00:00Z", good)) << "it ends first";
  EXPECT_FALSE(renewal.hear_window({200, "{}"}));
  EXPECT_FALSE(renewal.hear_window({403, "no"}));
  EXPECT_FALSE(renewal.hear_window({200, R"({"suggestedWindow":{"start":{"x":1},"end":2}})"}));
}

}  // namespace
}  // namespace fastness::device
