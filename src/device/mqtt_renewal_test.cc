// The device's side of a renewal over MQTT, with a server that answers well and one that does not.
#include "device/mqtt_renewal.h"

#include <gmock/gmock.h>

#include "device/certificates.h"
#include "device/fixture_test.h"
#include "device/flat_json.h"

namespace fastness::device {
namespace {

using namespace std::chrono_literals;
using testing::certificate_for;
using ::testing::IsEmpty;
using testing::kDeviceId;
using testing::kNow;

// Sixteen bytes as base64url, whose last digit has four bits to spare.
std::string nonce_of(char digit) {
  return std::string(21, digit) + "A";
}

class MqttRenewalTest : public testing::DeviceTest {
 protected:
  static std::string topic(const std::string& word) {
    return std::string("$iot/") + kDeviceId + "/pki/" + word;
  }

  static std::int64_t seconds_at(Timestamp time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  }

  // An offer whose window has been over for long: there is nothing to wait for.
  void offer(const std::string& nonce = nonce_of('A'), std::int64_t generation = 2) {
    offer_in(kNow - 2h, kNow - 1h, nonce, generation);
  }
  void offer_in(Timestamp start, Timestamp end, const std::string& nonce = nonce_of('A'),
                std::int64_t generation = 2) {
    nonce_ = nonce;
    tell("renew", R"({"nonce":")" + nonce + R"(","gen":)" + std::to_string(generation) +
                      R"(,"why":"rotation","win":[)" + std::to_string(seconds_at(start)) + "," +
                      std::to_string(seconds_at(end)) + "]}");
  }
  void tell(const std::string& word, const std::string& payload) {
    EXPECT_TRUE(renewal.receive(topic(word), payload, kNow));
  }

  // What the device asked for, put together and checked as a server does.
  Bytes asked(std::int64_t generation = 2) {
    Bytes der;
    std::string signature;
    for (const MqttRenewal::Message& each : std::exchange(renewal.output(), {})) {
      EXPECT_EQ(each.topic, topic("csr"));
      EXPECT_LE(each.payload.size(), 512U);
      const auto message = FlatJson::parse(each.payload).value();
      EXPECT_EQ(message.text("nonce"), nonce_);
      const Bytes piece = from_base64url(message.text("csr").value()).value();
      der.insert(der.end(), piece.begin(), piece.end());
      signature = message.text("sig").value_or("");
    }
    if (der.empty()) return der;
    const auto facts = testing::read_request(der);
    EXPECT_EQ(facts.spki, key.public_key());
    EXPECT_EQ(facts.common_name, kDeviceId);
    const std::string text = "fastness renewal 1\n" + nonce_ + "\n" + kDeviceId + "\n" +
                             std::to_string(generation) + "\n" + to_hex(digest_of(der)) + "\n";
    EXPECT_TRUE(
        testing::is_signed_by(key.public_key(), as_bytes(text), from_base64url(signature).value()));
    return der;
  }

  struct Answer {
    std::string nonce = nonce_of('A');
    std::string id = kDeviceId;
    std::int64_t generation = 2;
  };
  std::vector<std::string> pieces(const Bytes& der, const Answer& as) const {
    std::vector<std::string> all;
    const std::size_t count = (der.size() + 191) / 192;
    for (std::size_t i = 0; i < count; ++i) {
      const ByteView rest = ByteView(der).subspan(i * 192);
      all.push_back(R"({"nonce":")" + as.nonce + R"(","id":")" + as.id + R"(","gen":)" +
                    std::to_string(as.generation) + R"(,"i":)" + std::to_string(i) + R"(,"of":)" +
                    std::to_string(count) + R"(,"cert":")" +
                    to_base64url(rest.first(std::min<std::size_t>(192, rest.size()))) + "\"}");
    }
    return all;
  }
  void answer(const Bytes& der) { answer(der, Answer()); }
  void answer(const Bytes& der, const Answer& as) {
    for (const std::string& each : pieces(der, as)) tell("cert", each);
  }
  // What it said last: "nack key"; empty if nothing.
  std::string said() {
    const auto output = std::exchange(renewal.output(), {});
    if (output.empty()) return "";
    const auto& last = output.back();
    const auto message = FlatJson::parse(last.payload).value();
    return last.topic.substr(topic("").size()) + " " + message.text("code").value_or("");
  }

  MemoryStore disk;
  const std::string first = certificate_to_pem(own_certificate(key));
  CredentialSlots slots = CredentialSlots::begin(disk, first).value();
  MqttRenewal renewal{kDeviceId, key, slots};

 private:
  std::string nonce_;
};

TEST_F(MqttRenewalTest, ANewCertificateIsOnTrialAndThenKept) {
  offer();
  asked();
  const Bytes fresh = own_certificate(key);
  answer(fresh);
  EXPECT_EQ(said(), "ack ");
  ASSERT_TRUE(renewal.wants_reconnect());
  EXPECT_EQ(slots.present(), certificate_to_pem(fresh));
  EXPECT_EQ(slots.kept(), first);
  renewal.disconnected();
  ASSERT_TRUE(renewal.connected());
  EXPECT_FALSE(renewal.wants_reconnect());
  EXPECT_EQ(slots.kept(), certificate_to_pem(fresh));
}

TEST_F(MqttRenewalTest, IfNobodyLetsItInTheOldOneIsBackAndTheServerHearsWhy) {
  offer();
  asked();
  answer(own_certificate(key));
  (void)said();
  ASSERT_TRUE(renewal.could_not_connect());
  EXPECT_EQ(slots.present(), first);
  ASSERT_TRUE(renewal.connected());
  EXPECT_EQ(slots.kept(), first);
  offer(nonce_of('B'));
  EXPECT_EQ(said(), "nack trial");
  offer(nonce_of('C'));
  EXPECT_FALSE(asked().empty()) << "said once, then it tries again";
}

TEST_F(MqttRenewalTest, WaitsForItsMomentInTheWindow) {
  offer_in(kNow, kNow + 24h * 100);
  EXPECT_THAT(renewal.output(), IsEmpty());
  const Timestamp at = renewal.next_tick().value();
  EXPECT_GE(at, kNow);
  EXPECT_LE(at, kNow + 24h * 100);
  renewal.tick(at - 1s);
  EXPECT_THAT(renewal.output(), IsEmpty());
  offer_in(kNow, kNow + 24h * 100, nonce_of('B'));
  EXPECT_EQ(renewal.next_tick(), at) << "asked again, it waits for the same moment";
  renewal.tick(at);
  EXPECT_FALSE(asked().empty());
}

TEST_F(MqttRenewalTest, AWrongClockOrWindowDoesNotMakeItWaitForEver) {
  offer_in(kNow + 24h * 3'000, kNow + 24h * 3'000 + 1h);
  EXPECT_LE(renewal.next_tick().value(), kNow + 1h);
  offer_in(kNow + 1h, kNow);
  EXPECT_FALSE(asked().empty()) << "a window that ends first is none";
}

TEST_F(MqttRenewalTest, AsksAgainWordByWordAndThenGivesUp) {
  offer();
  const Bytes request = asked();
  for (int i = 1; i < 3; ++i) {
    renewal.tick(kNow + 30s * i);
    EXPECT_EQ(asked(), request) << i;
  }
  renewal.tick(kNow + 90s);
  EXPECT_THAT(renewal.output(), IsEmpty());
  EXPECT_FALSE(renewal.next_tick());
  EXPECT_FALSE(renewal.last_failure().empty());
  offer(nonce_of('B'));
  EXPECT_EQ(asked(), request) << "another request would look like somebody else's";
  auto after_a_crash = CredentialSlots::open(disk).value();
  renewal.refer_to(key, after_a_crash);
  offer(nonce_of('C'));
  EXPECT_EQ(asked(), request);
  renewal.refer_to(key, slots);
}

TEST_F(MqttRenewalTest, WhatAnswersSomethingElseIsNotHeard) {
  offer();
  asked();
  const Bytes fresh = own_certificate(key);
  answer(fresh, {.nonce = nonce_of('B')});
  answer(fresh, {.id = "another"});
  answer(fresh, {.generation = 3});
  EXPECT_FALSE(renewal.wants_reconnect());
  EXPECT_THAT(renewal.output(), IsEmpty());
  answer(fresh);
  EXPECT_TRUE(renewal.wants_reconnect());
}

TEST_F(MqttRenewalTest, NothingIsTakenThatWasNotAskedFor) {
  const Bytes fresh = own_certificate(key);
  answer(fresh);
  offer_in(kNow, kNow + 24h * 100);
  answer(fresh);
  EXPECT_FALSE(renewal.wants_reconnect()) << "an offer is no question";
  EXPECT_FALSE(renewal.receive("things/x", "{}", kNow));
  EXPECT_FALSE(renewal.receive(topic("csr"), "{}", kNow));
}

TEST_F(MqttRenewalTest, AnothersCertificateIsNotStored) {
  const testing::Folder another;
  const FileKey other = FileKey::make(another.path() / "other.key").value();
  const struct {
    const char* why;
    Bytes certificate;
    const char* said;
  } cases[] = {
      {"another key", certificate_for(other.public_key(), kDeviceId, kNow + 24h), "nack key"},
      {"another name", certificate_for(key.public_key(), "another", kNow + 24h),
       "nack certificate"},
      {"over", certificate_for(key.public_key(), kDeviceId, kNow), "nack certificate"},
      {"none at all", Bytes(300, 0x30), "nack certificate"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    offer();
    asked();
    answer(c.certificate);
    EXPECT_EQ(said(), c.said);
    EXPECT_FALSE(renewal.wants_reconnect());
    EXPECT_EQ(slots.present(), first);
  }
  Bytes longer = own_certificate(key);
  longer.push_back(0);
  offer();
  asked();
  answer(longer);
  EXPECT_EQ(said(), "nack certificate") << "something rides along";
}

TEST_F(MqttRenewalTest, PiecesComeInTheirOrder) {
  offer();
  asked();
  const Bytes fresh = own_certificate(key);
  const auto all = pieces(fresh, {});
  ASSERT_GE(all.size(), 2U);
  tell("cert", all[1]);
  tell("cert", all[0]);
  tell("cert", all[0]);  // again: it begins anew
  for (std::size_t i = 2; i < all.size(); ++i) tell("cert", all[i]);
  EXPECT_FALSE(renewal.wants_reconnect());
  answer(fresh);
  EXPECT_TRUE(renewal.wants_reconnect());
}

TEST_F(MqttRenewalTest, AnAnswerIsNoLongerThanACertificate) {
  offer();
  asked();
  answer(Bytes(4'096 + 192 + 1, 0x30));
  EXPECT_THAT(renewal.output(), IsEmpty());
  EXPECT_FALSE(renewal.wants_reconnect());
}

TEST_F(MqttRenewalTest, ARefusalEndsTheAttempt) {
  offer();
  asked();
  tell("cert", R"({"nonce":"AAAAAAAAAAAAAAAAAAAAAA","refused":"twice","wait":600})");
  EXPECT_THAT(renewal.last_failure(), ::testing::HasSubstr("twice"));
  EXPECT_FALSE(renewal.next_tick());
  answer(own_certificate(key));
  EXPECT_FALSE(renewal.wants_reconnect());
}

TEST_F(MqttRenewalTest, WhatIsNoMessageChangesNothing) {
  const std::string good = R"({"nonce":"AAAAAAAAAAAAAAAAAAAAAA","gen":2,"win":[1,2]})";
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), good + "x", "{" + good,
        std::string(R"({"nonce":"AAAA","gen":2,"win":[1,2]})"),
        std::string(R"({"nonce":"AAAAAAAAAAAAAAAAAAAAA!","gen":2,"win":[1,2]})"),
        std::string(R"({"nonce":"AAAAAAAAAAAAAAAAAAAAAA","gen":"2","win":[1,2]})"),
        std::string(R"({"nonce":"AAAAAAAAAAAAAAAAAAAAAA","gen":2,"win":[1]})"),
        std::string(R"({"nonce":"AAAAAAAAAAAAAAAAAAAAAA","gen":2,"gen":3,"win":[1,2]})"),
        std::string(R"({"nonce":"AAAAAAAAAAAAAAAAAAAAA\u0041","gen":2,"win":[1,2]})"),
        good + std::string(512, ' ')}) {
    SCOPED_TRACE(text);
    tell("renew", text);
    EXPECT_FALSE(renewal.next_tick());
    EXPECT_THAT(renewal.output(), IsEmpty());
  }
}

// A disk that is full, and nothing else wrong.
class FullStore final : public Store {
 public:
  explicit FullStore(MemoryStore& disk) : disk_(disk) {}
  bool is_full = false;
  Result<std::optional<std::string>> read(std::string_view name) override {
    return disk_.read(name);
  }
  Result<void> replace(std::string_view name, std::string_view text) override {
    if (is_full) return fail(Errc::exhausted, "the disk is full");
    return disk_.replace(name, text);
  }

 private:
  MemoryStore& disk_;
};

TEST_F(MqttRenewalTest, AFullDiskIsSaid) {
  FullStore full(disk);
  auto on_full = CredentialSlots::open(full).value();
  renewal.refer_to(key, on_full);
  full.is_full = true;
  offer();
  EXPECT_EQ(said(), "nack storage") << "it could not keep its request";
  full.is_full = false;
  offer();
  asked();
  full.is_full = true;
  answer(own_certificate(key));
  EXPECT_EQ(said(), "nack storage");
  EXPECT_EQ(on_full.present(), first);
  renewal.refer_to(key, slots);
}

}  // namespace
}  // namespace fastness::device
