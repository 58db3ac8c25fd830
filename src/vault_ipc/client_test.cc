// A hub whose vault dies: what is asked again, what is not, and whom it believes afterwards.
#include "vault_ipc/client.h"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/testing/manual_clock.h"
#include "os/seqpacket_socket.h"
#include "vault_ipc/server.h"
#include "vault_ipc/testing/refusing_service.h"

namespace fastness::vault_ipc {
namespace {

using namespace std::chrono_literals;

crypto::SecretBytes secret_of(std::uint8_t byte) {
  Bytes bytes(32, byte);
  return crypto::SecretBytes::take(bytes);
}

StartKeys keys_of_epoch(std::uint32_t epoch) {
  StartKeys keys;
  std::uint8_t next = 1;
  for (auto* key : {&keys.database, &keys.config, &keys.api_key, &keys.session, &keys.device_secret,
                    &keys.setup_link, &keys.blind_index, &keys.csrf}) {
    *key = secret_of(next++);
  }
  keys.token = secret_of(static_cast<std::uint8_t>(epoch));
  keys.previous_token = secret_of(static_cast<std::uint8_t>(epoch - 1));
  keys.token_epoch = epoch;
  keys.ledger_origin = "ledger";
  keys.audit_origin = "audit";
  return keys;
}

// Gives keys, peppers, and counts what it is asked to issue, which it refuses in its own words.
class CountingVault final : public testing::RefusingService {
 public:
  using RefusingService::answer;
  Result<StartKeys> answer(const TakeStartKeys& /*request*/) override {
    StartKeys keys = keys_of_epoch(100);
    if (change) change(keys);
    return keys;
  }
  Result<PepperedPassword> answer(const PepperPassword& request) override {
    ++peppered;
    return PepperedPassword{request.hash};
  }
  Result<IssuedDeviceCertificate> answer(const IssueDeviceCertificate& /*request*/) override {
    ++issued;
    return fail(Errc::exhausted, "issued too fast");
  }

  std::function<void(StartKeys&)> change;  // before they are given
  int peppered = 0;
  int issued = 0;
};

enum class Death { before_it_reads, before_it_answers };

// One life of a vault: how many messages it answers, and how it ends; then it is gone.
struct Life {
  int answers;
  Death death = Death::before_it_reads;
  std::chrono::milliseconds opens_after{0};
};

class MortalChannel final : public Channel {
 public:
  MortalChannel(Life life, Service& service, fastness::testing::ManualClock& clock)
      : life_(life),
        service_(service),
        clock_(clock),
        opens_at_(clock.steady() + life.opens_after) {}

  Result<void> send(ByteView message) override {
    if (life_.answers == 0 && life_.death == Death::before_it_reads) return gone();
    std::string_view violation;
    answer_ = answer_message(service_, permissions_, message, violation);
    if (life_.answers == 0) answer_.reset();
    if (life_.answers > 0) --life_.answers;
    return {};
  }
  Result<Bytes> receive() override {
    if (!answer_) return gone();
    return *std::exchange(answer_, std::nullopt);
  }
  bool is_readable_within(std::chrono::milliseconds longest) override {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(opens_at_ - clock_.steady());
    if (left > 0ms) clock_.advance(std::min(longest, left));
    return clock_.steady() >= opens_at_;
  }

 private:
  static Unexpected<Error> gone() { return fail(Errc::unavailable, "the other end is gone"); }

  Life life_;
  Service& service_;
  fastness::testing::ManualClock& clock_;
  const SteadyTime opens_at_;
  Permissions permissions_;
  std::optional<Bytes> answer_;
};

// The lives that a test laid down, each at once; after the last it waits in vain.
class Lives final : public Connections {
 public:
  Lives(std::deque<Life>& lives, Service& service, fastness::testing::ManualClock& clock)
      : lives_(lives), service_(service), clock_(clock) {}

  Result<std::unique_ptr<Channel>> next(std::chrono::milliseconds longest) override {
    if (lives_.empty()) {
      clock_.advance(longest);
      return fail(Errc::unavailable, "no vault has come");
    }
    const Life life = lives_.front();
    lives_.pop_front();
    return std::unique_ptr<Channel>(new MortalChannel(life, service_, clock_));
  }

 private:
  std::deque<Life>& lives_;
  Service& service_;
  fastness::testing::ManualClock& clock_;
};

class MortalVaultTest : public ::testing::Test {
 protected:
  MortalVaultTest() {
    client.on_event([this](Client::Event event) { events.push_back(event); });
  }
  // The first life answers `answers` requests after the one for the start keys.
  void start(int answers, Death death = Death::before_it_reads) {
    lives.push_front({answers + 1, death});
    ASSERT_TRUE(client.take_start_keys());
  }
  Result<IssuedDeviceCertificate> issue() { return client.issue_device_certificate({}); }
  SteadyTime::duration waited() const { return clock.steady() - SteadyTime{}; }

  fastness::testing::ManualClock clock{Timestamp{}};
  CountingVault vault;
  std::deque<Life> lives;
  Client client{std::make_unique<Lives>(lives, vault, clock), clock};
  std::vector<Client::Event> events;
};

using enum Client::Event;
using ::testing::ElementsAre;

TEST_F(MortalVaultTest, WhatNeverArrivedIsAskedOfTheNextVaultWhateverItIs) {
  start(0);
  lives = {{2}, {2}};
  EXPECT_TRUE(client.pepper({}));
  EXPECT_EQ(issue().error().message, "issued too fast") << "the third vault's own word";
  EXPECT_EQ(vault.peppered, 1);
  EXPECT_EQ(vault.issued, 1);
  EXPECT_THAT(events, ElementsAre(lost, back, lost, back));
}

TEST_F(MortalVaultTest, WhatMayHaveBeenDoneIsAskedAgainOnlyIfThatIsHarmless) {
  start(0, Death::before_it_answers);
  lives = {{2, Death::before_it_answers}, {2}};
  EXPECT_TRUE(client.pepper({}));
  EXPECT_EQ(vault.peppered, 2) << "once by each vault";

  const auto issued = issue();
  ASSERT_FALSE(issued);
  EXPECT_EQ(issued.error().code, Errc::unavailable);
  EXPECT_THAT(issued.error().message, ::testing::HasSubstr("may have been done"));
  EXPECT_EQ(vault.issued, 1) << "never twice";
  EXPECT_TRUE(client.pepper({})) << "the next request finds the next vault";
}

TEST_F(MortalVaultTest, ARequestThatKillsTwoVaultsIsNotShownToAThird) {
  start(0, Death::before_it_answers);
  lives = {{1, Death::before_it_answers}, {5}};
  EXPECT_EQ(client.pepper({}).error().code, Errc::unavailable);
  EXPECT_EQ(vault.peppered, 2);
  EXPECT_TRUE(client.pepper({}));
}

TEST_F(MortalVaultTest, VaultsThatDieBeforeTheyGiveTheirKeysArePassedOver) {
  start(0);
  lives = {{0}, {0, Death::before_it_answers}, {2}};
  EXPECT_TRUE(client.pepper({}));
  EXPECT_THAT(events, ElementsAre(lost, back));
  EXPECT_EQ(waited(), 0s);
}

TEST_F(MortalVaultTest, AVaultThatStaysAwayHoldsNobodyUpTwiceAndIsFoundWhenItIsBack) {
  start(0);
  EXPECT_EQ(client.pepper({}).error().code, Errc::unavailable);
  EXPECT_EQ(waited(), Client::kPatience);
  EXPECT_EQ(issue().error().code, Errc::unavailable);
  EXPECT_EQ(waited(), Client::kPatience) << "they waited together";

  lives = {{3}};
  EXPECT_TRUE(client.pepper({}));
  EXPECT_EQ(vault.issued, 0) << "what failed is not done later";
  EXPECT_THAT(events, ElementsAre(lost, back));
}

// It gives its keys once for each connection: to begin anew would be to lose it for good.
TEST_F(MortalVaultTest, AVaultThatIsSlowToOpenIsNotGivenUp) {
  start(0);
  lives = {{2, Death::before_it_reads, 45s}};
  EXPECT_EQ(client.pepper({}).error().code, Errc::unavailable);
  EXPECT_EQ(waited(), Client::kPatience);
  clock.advance(10s);
  EXPECT_FALSE(client.pepper({}));
  EXPECT_EQ(waited(), 40s) << "it was looked at, and nobody waited";
  clock.advance(5s);
  lives = {{9}};
  EXPECT_TRUE(client.pepper({}));
  EXPECT_EQ(lives.size(), 1U) << "no other connection was taken";
}

TEST_F(MortalVaultTest, AnotherVaultIsNeverAskedAnything) {
  const std::map<std::string, std::function<void(StartKeys&)>> changes{
      {"instance", [](StartKeys& keys) { keys.instance = Uuid(Uuid::Bytes{1}); }},
      {"database", [](StartKeys& keys) { keys.database = secret_of(0x55); }},
      {"config", [](StartKeys& keys) { keys.config = secret_of(0x55); }},
      {"api_key", [](StartKeys& keys) { keys.api_key = secret_of(0x55); }},
      {"session", [](StartKeys& keys) { keys.session = secret_of(0x55); }},
      {"device_secret", [](StartKeys& keys) { keys.device_secret = secret_of(0x55); }},
      {"setup_link", [](StartKeys& keys) { keys.setup_link = secret_of(0x55); }},
      {"blind_index", [](StartKeys& keys) { keys.blind_index = secret_of(0x55); }},
      {"csrf", [](StartKeys& keys) { keys.csrf = secret_of(0x55); }},
      {"two swapped", [](StartKeys& keys) { std::swap(keys.session, keys.csrf); }},
      {"none", [](StartKeys& keys) { keys.database = {}; }},
      {"token", [](StartKeys& keys) { keys.token = secret_of(0x55); }},
      {"previous token", [](StartKeys& keys) { keys.previous_token = secret_of(0x55); }},
      {"next epoch of another",
       [](StartKeys& keys) {
         ++keys.token_epoch;
         keys.previous_token = secret_of(0x55);
       }},
      {"an epoch of before", [](StartKeys& keys) { --keys.token_epoch; }},
      {"ledger origin", [](StartKeys& keys) { keys.ledger_origin = "another"; }},
      {"ledger key", [](StartKeys& keys) { keys.ledger_key.fill(9); }},
      {"audit origin", [](StartKeys& keys) { keys.audit_origin = "another"; }},
      {"audit key", [](StartKeys& keys) { keys.audit_key.fill(9); }},
  };
  for (const auto& [what, change] : changes) {
    SCOPED_TRACE(what);
    CountingVault stranger;
    std::deque<Life> both{{1}, {9}, {9}};
    Client asks(std::make_unique<Lives>(both, stranger, clock), clock);
    std::vector<Client::Event> seen;
    asks.on_event([&seen](Client::Event event) { seen.push_back(event); });
    ASSERT_TRUE(asks.take_start_keys());
    stranger.change = change;

    EXPECT_EQ(asks.pepper({}).error().code, Errc::corrupted);
    stranger.change = nullptr;
    EXPECT_EQ(asks.server_anchors().error().code, Errc::corrupted) << "for good";

    EXPECT_EQ(stranger.peppered, 0);
    EXPECT_EQ(stranger.calls, 0);
    EXPECT_THAT(seen, ElementsAre(lost, another));
  }
}

TEST_F(MortalVaultTest, TheKeysOfAccessTokensMayHaveMovedOn) {
  start(0);
  vault.change = [](StartKeys& keys) { keys = keys_of_epoch(101); };
  lives = {{2}, {2}, {2}};
  EXPECT_TRUE(client.pepper({}));
  vault.change = [](StartKeys& keys) { keys = keys_of_epoch(150); };
  EXPECT_TRUE(client.pepper({}));
  vault.change = [](StartKeys& keys) { keys = keys_of_epoch(99); };
  EXPECT_TRUE(client.pepper({})) << "a clock that was set right";
}

TEST_F(MortalVaultTest, BeforeThereAreKeysToKnowItByNoSecondVaultIsTaken) {
  lives = {{0}, {9}};
  EXPECT_EQ(client.take_start_keys().error().code, Errc::unavailable);
  EXPECT_EQ(client.take_start_keys().error().code, Errc::unavailable);
  EXPECT_EQ(lives.size(), 1U);
  EXPECT_EQ(waited(), 0s);
}

// --- over sockets, as fastnessd hands them over
// ---------------------------------------------------

TEST(SocketConnections, EachMessageBringsOne) {
  auto handed = std::move(os::SeqpacketSocket::make_pair()).value();
  const auto connections = connections_over(std::move(handed.second));
  EXPECT_EQ(connections->next(0ms).error().code, Errc::unavailable) << "none has come yet";

  auto ends = std::move(os::SeqpacketSocket::make_pair()).value();
  const std::array<int, 1> one{ends.first.number()};
  ASSERT_TRUE(handed.first.send({}, one));
  const auto channel = connections->next(std::chrono::milliseconds::max());
  ASSERT_TRUE(channel);
  EXPECT_FALSE((*channel)->is_readable_within(0ms));
  ASSERT_TRUE(ends.second.send(as_bytes("hello")));
  ASSERT_TRUE((*channel)->is_readable_within(0ms));
  EXPECT_EQ((*channel)->receive().value(), to_bytes(as_bytes("hello")));

  handed.first.shut_down();
  EXPECT_EQ(connections->next(std::chrono::milliseconds::max()).error().code, Errc::unavailable)
      << "there will be none, so nobody waits";
}

TEST(SocketConnections, AMessageWithoutOneOrWithAFileIsRefused) {
  auto handed = std::move(os::SeqpacketSocket::make_pair()).value();
  const auto connections = connections_over(std::move(handed.second));
  ASSERT_TRUE(handed.first.send(as_bytes("bytes")));
  EXPECT_EQ(connections->next(0ms).error().code, Errc::corrupted);
  const auto pipe = std::move(os::SeqpacketSocket::make_pair()).value();
  const std::array<int, 2> two{pipe.first.number(), pipe.second.number()};
  ASSERT_TRUE(handed.first.send({}, two));
  EXPECT_EQ(connections->next(0ms).error().code, Errc::corrupted);
  const std::array<int, 1> no_socket{STDERR_FILENO};
  ASSERT_TRUE(handed.first.send({}, no_socket));
  EXPECT_EQ(connections->next(0ms).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::vault_ipc
