// Renewals over MQTT, from the offer to the certificate, over a real registry and a real vault.
#include "renewals/renewal_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "json/value.h"
#include "storage/database.h"
#include "telemetry/log.h"
#include "vault/testing/in_process_vault.h"

namespace fastness::renewals {
namespace {

using namespace std::chrono_literals;
using crypto::PrivateKey;
using identity::RenewalWatch;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

std::string text_in(const json::Value& message, std::string_view name) {
  const json::Value* value = message.find(name);
  const std::string* text = value != nullptr ? value->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

// One device, enrolled, and its side of the dialogue as a board keeps it.
class RenewalDeskTest : public ::testing::Test {
 protected:
  struct Sent {
    std::uint64_t to;
    std::string word;
    json::Value message;
  };

  RenewalDeskTest() {
    auto opened = identity::Identity::open(
        {database, vault.client(), clock, random, vault.start_keys(), telemetry::Log::discard()});
    identity = std::move(opened).value();
    desk = std::make_unique<RenewalDesk>(RenewalDesk::Parts{
        *identity, clock, random,
        [this](const Caller& to, std::string_view word, const std::vector<std::string>& payloads) {
          for (const std::string& each : payloads) {
            sent.push_back({to.connection, std::string(word), json::parse(each).value()});
          }
        },
        [this](const RenewalEvent& event) {
          events.push_back(event.action + " " + event.result);
        }});
    EXPECT_TRUE(identity->add_device(mine, device));
  }

  Bytes request(const PrivateKey& of) const {
    return crypto::CertificateRequest::build(of, device.value().to_text()).value();
  }

  crypto::Digest enrol(Profile profile) {
    auto issued = identity->enrol({mine, device, profile, std::string(as_text(request(key))), {}});
    EXPECT_TRUE(issued) << issued.error().message;
    clock.advance(1s);
    return issued->certificate.digest();
  }

  void listen(const crypto::Digest& leaf, std::uint64_t connection = 1) {
    desk->listens({mine, device, connection, leaf, "192.0.2.1:1"});
  }

  void let_pass(std::chrono::seconds time) {
    clock.advance(time);
    desk->tick();
  }

  // As the owner of the host does it.
  void give_up_the_key() {
    ASSERT_TRUE(identity->authority().rotate(
        {identity::RotationKind::emergency, "it was stolen", 0s, std::nullopt}));
    clock.advance(1s);
    desk->look_again();
  }

  // Until the middle of a device's certificate; a key that signed for thirty days gives way to the
  // next one with the first certificate after that, here another device's.
  void let_its_window_open() {
    clock.advance(24h * 40);
    const DeviceId other(random_uuid(random));
    ASSERT_TRUE(identity->add_device(mine, other));
    const Bytes csr = crypto::CertificateRequest::build(PrivateKey::generate(), "another").value();
    ASSERT_TRUE(identity->enrol({mine, other, Profile::standard, std::string(as_text(csr)), {}}));
  }

  // What the device is told to answer, as it reads it.
  Offer last_offer() const {
    Offer offer;
    for (const Sent& each : sent) {
      if (each.word != "renew") continue;
      std::ranges::copy(from_base64url(text_in(each.message, "nonce")).value(),
                        offer.nonce.begin());
      offer.generation =
          GenerationId(static_cast<std::uint32_t>(*each.message.find("gen")->get<std::int64_t>()));
    }
    return offer;
  }
  std::size_t offers() const {
    return static_cast<std::size_t>(std::ranges::count(sent, std::string("renew"), &Sent::word));
  }

  void say_request(const Bytes& csr, const PrivateKey& by, std::uint64_t connection = 1) {
    say_request(csr, by, last_offer(), connection);
  }
  void say_request(const Bytes& csr, const PrivateKey& by, const Offer& offer,
                   std::uint64_t connection) {
    const std::string proof =
        to_base64url(by.sign(as_bytes(proof_text(offer, device, csr))).to_der());
    const std::size_t count = (csr.size() + kPieceBytes - 1) / kPieceBytes;
    for (std::size_t i = 0; i < count; ++i) {
      const ByteView rest = ByteView(csr).subspan(i * kPieceBytes);
      const ByteView data = rest.first(std::min(kPieceBytes, rest.size()));
      std::string text = R"({"nonce":")" + to_base64url(offer.nonce) + R"(","i":)" +
                         std::to_string(i) + R"(,"of":)" + std::to_string(count) + R"(,"csr":")" +
                         to_base64url(data) + "\"";
      if (i + 1 == count) text += R"(,"sig":")" + proof + "\"";
      desk->hear_request(connection, as_bytes(text + "}"));
    }
  }
  void say_refused(const std::string& code) {
    desk->hear_refused(1, as_bytes(R"({"nonce":")" + to_base64url(last_offer().nonce) +
                                   R"(","code":")" + code + R"("})"));
  }

  // The certificate that was sent last, put together; or why there is none.
  std::string answer() {
    Bytes der;
    for (const Sent& each : sent) {
      if (each.word != "cert") continue;
      if (each.message.find("refused") != nullptr) return text_in(each.message, "refused");
      const Bytes piece = from_base64url(text_in(each.message, "cert")).value();
      der.insert(der.end(), piece.begin(), piece.end());
    }
    if (der.empty()) return "nothing";
    issued_ = crypto::Certificate::parse(der).value().digest();
    return "certificate";
  }
  crypto::Digest issued() const { return issued_; }

  bool is_admitted(const crypto::Digest& leaf) {
    return identity->published().load()->admit_digest(leaf, clock.now()).has_value();
  }
  std::size_t certificates() { return identity->certificates(mine, device)->size(); }

  fastness::testing::ManualClock clock{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22))};
  crypto::SystemRandom random;
  vault::testing::InProcessVault vault{clock, random};
  storage::Database database = storage::Database::open_in_memory().value();
  std::unique_ptr<identity::Identity> identity;
  std::unique_ptr<RenewalDesk> desk;
  std::vector<Sent> sent;
  std::vector<std::string> events;
  const OrganisationId mine{random_uuid(random)};
  const DeviceId device{random_uuid(random)};
  const PrivateKey key = PrivateKey::generate();

 private:
  crypto::Digest issued_{};
};

// --- when --------------------------------------------------------------------------------------

TEST_F(RenewalDeskTest, AnOfferComesWhenTheWindowOpensAndNotBefore) {
  listen(enrol(Profile::standard));
  EXPECT_THAT(sent, IsEmpty());
  let_pass(24h * 30 - 10s);
  EXPECT_THAT(sent, IsEmpty());
  let_pass(10s);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].word, "renew");
  EXPECT_EQ(text_in(sent[0].message, "why"), "expiry");
}

TEST_F(RenewalDeskTest, WhoConnectsInItsWindowGetsTheOfferAtOnceAndOnce) {
  const crypto::Digest leaf = enrol(Profile::standard);
  clock.advance(24h * 40);
  listen(leaf);
  EXPECT_EQ(offers(), 1U);
  listen(leaf);
  EXPECT_EQ(offers(), 1U) << "whoever subscribes again keeps its offer";
  listen(leaf, 2);
  ASSERT_EQ(offers(), 2U);
  EXPECT_NE(text_in(sent[0].message, "nonce"), text_in(sent[1].message, "nonce"));
}

TEST_F(RenewalDeskTest, ConnectedBoardsAreToldOfAnEmergencyAtOnce) {
  listen(enrol(Profile::board));
  EXPECT_THAT(sent, IsEmpty());
  give_up_the_key();
  desk->tick();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(text_in(sent[0].message, "why"), "rotation");
  EXPECT_GT(last_offer().generation, GenerationId(1));
}

TEST_F(RenewalDeskTest, WhoDoesNothingIsAskedAgainWhenItsWindowIsOver) {
  listen(enrol(Profile::board));
  give_up_the_key();
  desk->tick();
  let_pass(10min + 1h - 2s);
  EXPECT_EQ(offers(), 1U);
  let_pass(2s);
  EXPECT_EQ(offers(), 2U);
  desk->left(1);
  let_pass(24h);
  EXPECT_EQ(offers(), 2U);
}

TEST_F(RenewalDeskTest, AFleetIsToldInSlices) {
  const crypto::Digest leaf = enrol(Profile::board);
  for (std::uint64_t connection = 1; connection <= 5'000; ++connection) listen(leaf, connection);
  give_up_the_key();
  desk->tick();
  EXPECT_GT(offers(), 0U);
  EXPECT_LT(offers(), 5'000U);
  for (int i = 0; i < 3; ++i) desk->tick();
  EXPECT_EQ(offers(), 5'000U);
}

// --- how ---------------------------------------------------------------------------------------

TEST_F(RenewalDeskTest, ABoardRenewsInAnEmergencyAndItsOldCertificateStaysGood) {
  const crypto::Digest old = enrol(Profile::board);
  listen(old);
  give_up_the_key();
  desk->tick();

  say_request(request(key), key);

  ASSERT_EQ(answer(), "certificate");
  EXPECT_NE(issued(), old);
  EXPECT_TRUE(is_admitted(issued()));
  EXPECT_TRUE(is_admitted(old)) << "until the device has come with the new one, and after that too";
  EXPECT_THAT(events, ElementsAre("device.renew ok"));
  for (const Sent& each : sent) {
    if (each.word != "cert") continue;
    EXPECT_EQ(text_in(each.message, "nonce"), to_base64url(last_offer().nonce));
    EXPECT_EQ(text_in(each.message, "id"), device.value().to_text());
    EXPECT_EQ(*each.message.find("gen")->get<std::int64_t>(), last_offer().generation.value());
  }
  sent.clear();
  listen(issued(), 2);
  let_pass(24h);
  EXPECT_EQ(offers(), 1U) << "the old connection is still asked, the new one is not";
  EXPECT_EQ(sent.at(0).to, 1U);
}

TEST_F(RenewalDeskTest, ALostAnswerIsGivenAgain) {
  const crypto::Digest old = enrol(Profile::board);
  let_its_window_open();
  listen(old);
  const Bytes csr = request(key);
  say_request(csr, key);
  ASSERT_EQ(answer(), "certificate");
  const crypto::Digest first = issued();
  desk->left(1);
  sent.clear();
  listen(old, 2);  // it lost its connection, and begins again
  say_request(csr, key, 2);
  ASSERT_EQ(answer(), "certificate");
  EXPECT_EQ(issued(), first);
  EXPECT_EQ(certificates(), 2U);
}

// --- who not -----------------------------------------------------------------------------------

TEST_F(RenewalDeskTest, TwoUsesOfOneRenewalAreNotedAndTheSecondIsRefused) {
  const crypto::Digest old = enrol(Profile::board);
  let_its_window_open();
  listen(old);
  say_request(request(key), key);
  ASSERT_EQ(answer(), "certificate");
  sent.clear();
  listen(old, 2);
  say_request(request(key), key, 2);
  EXPECT_EQ(answer(), "twice");
  EXPECT_THAT(events,
              ElementsAre("device.renew ok", "device.renew_twice refused", "device.renew refused"));
  EXPECT_EQ(certificates(), 2U);
}

TEST_F(RenewalDeskTest, AnotherKeyRenewsNothing) {
  const crypto::Digest old = enrol(Profile::board);
  let_its_window_open();
  listen(old);
  const PrivateKey other = PrivateKey::generate();
  say_request(request(other), other);
  EXPECT_EQ(answer(), "not_allowed");
  EXPECT_THAT(events, ElementsAre("device.renew refused"));
  EXPECT_EQ(certificates(), 1U);
}

TEST_F(RenewalDeskTest, AnotherConnectionsOfferIsNoOffer) {
  const crypto::Digest old = enrol(Profile::board);
  let_its_window_open();
  listen(old);
  const Offer first = last_offer();
  listen(old, 2);
  sent.clear();
  say_request(request(key), key, first, 2);
  EXPECT_EQ(answer(), "not_offered");
  sent.clear();
  say_request(request(key), key, first, 3);
  EXPECT_THAT(sent, IsEmpty()) << "whoever does not listen is not answered";
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(RenewalDeskTest, AnOfferOfAGenerationThatSignsNoMoreIsOver) {
  listen(enrol(Profile::board));
  give_up_the_key();
  desk->tick();
  const Offer before = last_offer();
  give_up_the_key();
  say_request(request(key), key, before, 1);
  EXPECT_EQ(answer(), "stale");
  EXPECT_EQ(certificates(), 1U);
  EXPECT_NE(last_offer().generation, before.generation) << "it is offered the new one at once";
  std::erase_if(sent, [](const Sent& each) { return each.word == "cert"; });
  say_request(request(key), key);
  EXPECT_EQ(answer(), "certificate");
}

// The first request after thirty days makes the next key take over, and this is that request.
TEST_F(RenewalDeskTest, AKeyThatTakesOverInTheMiddleIsOfferedToo) {
  listen(enrol(Profile::board));
  let_pass(24h * 40);
  const Offer before = last_offer();
  const Bytes csr = request(key);
  say_request(csr, key);
  EXPECT_EQ(answer(), "stale");
  ASSERT_NE(last_offer().generation, before.generation);
  std::erase_if(sent, [](const Sent& each) { return each.word == "cert"; });
  say_request(csr, key);
  EXPECT_EQ(answer(), "certificate");
  EXPECT_EQ(certificates(), 2U) << "and not a third";
}

TEST_F(RenewalDeskTest, NeitherQuarantinedNorClonedDevicesRenew) {
  const crypto::Digest old = enrol(Profile::board);
  let_its_window_open();
  listen(old);
  ASSERT_TRUE(identity->quarantine(mine, device, "looks odd"));
  say_request(request(key), key);
  EXPECT_EQ(answer(), "not_allowed") << "though it was offered before";
  sent.clear();
  listen(old, 2);
  let_pass(2h);
  EXPECT_EQ(offers(), 0U);

  ASSERT_TRUE(identity->resume(mine, device));
  identity->clones().connected(mine, device, 7, "192.0.2.1:1", clock.now());
  identity->clones().connected(mine, device, 8, "198.51.100.1:1", clock.now());
  let_pass(1h);
  listen(old, 3);
  EXPECT_EQ(offers(), 0U);
  identity->clones().disconnected(device, 7, identity::CloneWatch::Ending::other);
  let_pass(1h);
  EXPECT_GT(offers(), 0U);
}

TEST_F(RenewalDeskTest, WhoAsksWithoutEndIsToldToWait) {
  const crypto::Digest old = enrol(Profile::board);
  let_its_window_open();
  listen(old);
  const Bytes csr = request(key);
  for (std::size_t i = 0; i < fixed_limit("renewals.of_device"); ++i) {
    say_request(csr, key);
    ASSERT_EQ(answer(), "certificate") << i;
    std::erase_if(sent, [](const Sent& each) { return each.word == "cert"; });
  }
  say_request(csr, key);
  EXPECT_EQ(answer(), "busy");
  std::erase_if(sent, [](const Sent& each) { return each.word == "cert"; });
  clock.advance(1min);
  say_request(csr, key);
  EXPECT_EQ(answer(), "certificate");
  EXPECT_EQ(certificates(), 2U);
}

// --- what it cannot take -----------------------------------------------------------------------

TEST_F(RenewalDeskTest, AfterThreeRefusalsOfItsOwnADeviceNeedsAHand) {
  const crypto::Digest old = enrol(Profile::board);
  let_its_window_open();
  listen(old);
  for (std::uint32_t i = 1; i <= RenewalWatch::kMany; ++i) {
    EXPECT_EQ(offers(), i);
    EXPECT_FALSE(identity->renewal_faults().find(device));
    say_refused("storage");
    say_refused("storage");  // one offer is refused once
    let_pass(10min);
  }
  const auto faults = identity->renewal_faults().find(device);
  ASSERT_TRUE(faults);
  EXPECT_EQ(faults->count, RenewalWatch::kMany);
  EXPECT_EQ(faults->fault, identity::RenewalFault::storage);

  say_request(request(key), key);
  ASSERT_EQ(answer(), "certificate");
  EXPECT_TRUE(identity->renewal_faults().find(device)) << "it has not stored it yet";
  listen(issued(), 2);
  EXPECT_FALSE(identity->renewal_faults().find(device)) << "it came with it";
}

// The window of an emergency is longer than such a connection lives.
TEST_F(RenewalDeskTest, WhoCameForThisAloneIsOfferedItAtOnce) {
  const crypto::Digest leaf = enrol(Profile::standard);
  const auto come = [&](std::uint64_t connection) {
    desk->listens({mine, device, connection, leaf, "192.0.2.1:1", Stay::to_renew});
  };
  come(1);
  EXPECT_EQ(offers(), 0U) << "nothing is due";
  desk->left(1);

  give_up_the_key();
  come(2);
  ASSERT_EQ(offers(), 1U);
  const auto* window = sent.back().message.find("win")->get<json::Array>();
  ASSERT_NE(window, nullptr);
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
  EXPECT_EQ(*window->at(0).get<std::int64_t>(), now);
  EXPECT_EQ(*window->at(1).get<std::int64_t>(), now + 10);
}

TEST_F(RenewalDeskTest, WhoCameForThisAloneAndMayNotIsOfferedNothing) {
  const crypto::Digest leaf = enrol(Profile::standard);
  give_up_the_key();
  ASSERT_TRUE(identity->suspend(mine, device, "it was stolen"));
  desk->listens({mine, device, 1, leaf, "192.0.2.1:1", Stay::to_renew});
  EXPECT_EQ(offers(), 0U);
}

}  // namespace
}  // namespace fastness::renewals
