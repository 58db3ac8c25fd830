// The messages survive their encoding, the table holds, and a hub that misbehaves is cut off.
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/merkle.h"
#include "vault_ipc/client.h"
#include "vault_ipc/messages/checkpoint.h"
#include "vault_ipc/server.h"
#include "vault_ipc/status.h"
#include "vault_ipc/testing/refusing_service.h"

namespace fastness::vault_ipc {
namespace {

using testing::RefusingService;

Uuid uuid(std::uint8_t last) {
  Uuid::Bytes bytes{};
  bytes[15] = last;
  return Uuid(bytes);
}

LedgerEntry sample_entry() {
  LedgerEntry entry;
  entry.index = 77;
  entry.device = DeviceId(uuid(1));
  entry.leaf.fill(2);
  entry.key.fill(3);
  entry.profile = Profile::board;
  entry.generation = GenerationId(4);
  entry.time = Timestamp(std::chrono::hours(5));
  entry.not_after = Timestamp(std::chrono::hours(6));
  entry.continuity = Continuity::signed_by_old_key;
  return entry;
}

template <typename T>
T through_the_wire(const T& message) {
  Bytes bytes;
  ByteWriter out(bytes);
  message.encode(out);
  // Every shorter message is refused, so no field can be left out.
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(ByteView(bytes).first(size));
    EXPECT_FALSE(T::decode(in) && in.ok()) << size;
  }
  ByteReader in(bytes);
  auto decoded = T::decode(in);
  EXPECT_TRUE(decoded);
  EXPECT_TRUE(in.finish("the message"));
  return std::move(decoded).value();
}

TEST(LedgerEntry, SurvivesItsEncodingAndNothingElseDoes) {
  const LedgerEntry entry = sample_entry();
  const Bytes bytes = entry.encode();
  ASSERT_EQ(bytes.size(), LedgerEntry::kEncodedSize);
  EXPECT_EQ(LedgerEntry::decode(bytes).value(), entry);
  EXPECT_FALSE(LedgerEntry::decode(ByteView(bytes).first(bytes.size() - 1)));
  LedgerEntry unknown = entry;
  unknown.continuity = static_cast<Continuity>(4);
  EXPECT_EQ(LedgerEntry::decode(unknown.encode()).error().code, Errc::corrupted);
  unknown = entry;
  unknown.profile = static_cast<Profile>(3);
  EXPECT_FALSE(LedgerEntry::decode(unknown.encode()));
}

// The tree hashes these bytes for ever, so their layout is pinned down here.
TEST(LedgerEntry, HasOneLayoutForEver) {
  const std::string five_hours = "0000000430e23400";
  const std::string six_hours = "000000050775d800";
  EXPECT_EQ(to_hex(sample_entry().encode()),
            std::string("000000000000004d00000000000000000000000000000001") + to_hex(Bytes(32, 2)) +
                to_hex(Bytes(32, 3)) + "0200000004" + five_hours + six_hours + "03");
  EXPECT_EQ(sample_entry().merkle_leaf(), crypto::merkle_leaf(sample_entry().encode()));
}

TEST(Messages, SurviveTheWire) {
  StartKeys keys;
  keys.instance = uuid(9);
  Bytes secret(32, 0x11);
  keys.database = crypto::SecretBytes::take(secret);
  keys.token_epoch = 12;
  keys.ledger_origin = "here";
  const StartKeys keys_again = through_the_wire(keys);
  EXPECT_EQ(keys_again.instance, keys.instance);
  EXPECT_TRUE(crypto::constant_time_equal(keys_again.database.reveal(), keys.database.reveal()));
  EXPECT_EQ(keys_again.token_epoch, 12U);
  EXPECT_EQ(keys_again.ledger_origin, "here");

  IssueDeviceCertificate request;
  request.device = DeviceId(uuid(1));
  request.profile = Profile::board;
  request.request = Bytes(40, 5);
  const auto request_again = through_the_wire(request);
  EXPECT_EQ(request_again.device, request.device);
  EXPECT_EQ(request_again.profile, Profile::board);
  EXPECT_FALSE(request_again.proof);
  OldKeySignature old_key;
  old_key.old_key.fill(4);
  old_key.signature.s.fill(6);
  request.proof = old_key;
  EXPECT_EQ(through_the_wire(request).proof->signature, old_key.signature);

  Generation generation;
  generation.id = GenerationId(2);
  generation.state = GenerationState::distrusted;
  generation.distrusted_at = Timestamp(std::chrono::hours(1));
  EXPECT_EQ(through_the_wire(Generations{{generation, generation}}).generations.at(1), generation);

  const auto page = through_the_wire(LedgerPage{{sample_entry()}, 78});
  EXPECT_EQ(page.entries.at(0), sample_entry());
  EXPECT_EQ(page.size, 78U);
  EXPECT_EQ(through_the_wire(IssueServerCertificate{{"a", "b"}, {1}}).names.size(), 2U);
  EXPECT_EQ(through_the_wire(ReadShare{{OrganisationId(uuid(1)), UserId(uuid(2))}}).owner.person,
            UserId(uuid(2)));
  ChangeGeneration change;
  change.id = GenerationId(5);
  change.state = GenerationState::retiring;
  EXPECT_EQ(through_the_wire(change).id, GenerationId(5));
}

TEST(Messages, ACountFromTheWireSizesNothing) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u64(1);
  out.u32(0xffffffff);
  ByteReader in(bytes);
  EXPECT_FALSE(LedgerPage::decode(in));
}

TEST(Permissions, NothingComesBeforeTheStartKeysAndTheyComeOnce) {
  for (std::uint16_t kind = 0; kind < 64; ++kind) {
    Permissions fresh;
    EXPECT_EQ(fresh.admit(static_cast<Kind>(kind)),
              static_cast<Kind>(kind) == Kind::take_start_keys)
        << kind;
  }
  Permissions started;
  ASSERT_TRUE(started.admit(Kind::take_start_keys));
  EXPECT_EQ(started.phase(), Phase::serving);
  EXPECT_FALSE(started.admit(Kind::take_start_keys));
  EXPECT_TRUE(started.admit(Kind::read_ledger));
  EXPECT_TRUE(started.admit(Kind::read_ledger));
  EXPECT_FALSE(started.admit(static_cast<Kind>(0)));
  EXPECT_FALSE(started.admit(static_cast<Kind>(999)));
}

// No row of the table may ever lead to a private key: whoever adds one has to change this test.
TEST(Permissions, TheTableIsWhatWasReviewed) {
  std::set<Kind> kinds;
  for (const Permission& row : permission_table()) {
    EXPECT_TRUE(kinds.insert(row.kind).second) << "each request has one row";
  }
  EXPECT_EQ(kinds.size(), 16U);
}

// Messages that a test laid down, and the answers that came.
class ScriptedChannel final : public Channel {
 public:
  explicit ScriptedChannel(std::deque<Bytes> messages) : messages_(std::move(messages)) {}
  Result<void> send(ByteView message) override {
    answers.push_back(to_bytes(message));
    return {};
  }
  Result<Bytes> receive() override {
    if (messages_.empty()) return fail(Errc::unavailable, "closed");
    Bytes message = messages_.front();
    messages_.pop_front();
    return message;
  }
  std::vector<Bytes> answers;

 private:
  std::deque<Bytes> messages_;
};

template <typename Request>
Bytes message_of(const Request& request) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u16(static_cast<std::uint16_t>(Request::kKind));
  request.encode(out);
  return bytes;
}

class ServerTest : public ::testing::Test {
 protected:
  Server::End serve(std::deque<Bytes> messages) {
    ScriptedChannel channel(std::move(messages));
    const Server::End end = server.serve(channel);
    answers = channel.answers;
    return end;
  }

  fastness::testing::ManualClock clock{Timestamp{}};
  RefusingService service;
  std::vector<std::string> violations;
  std::vector<Bytes> answers;
  Server server{service, clock, [this](std::string_view what) { violations.emplace_back(what); }};
};

TEST_F(ServerTest, AnswersUntilThePeerIsGone) {
  EXPECT_EQ(serve({message_of(TakeStartKeys{}), message_of(ReadServerAnchors{})}),
            Server::End::peer_closed);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].at(0), status_of(Errc::unavailable));
  EXPECT_TRUE(violations.empty());
}

TEST_F(ServerTest, EndsTheConnectionAtTheFirstRequestOutOfTurn) {
  EXPECT_EQ(serve({message_of(ReadServerAnchors{}), message_of(TakeStartKeys{})}),
            Server::End::violation);
  EXPECT_TRUE(answers.empty()) << "not even an error goes back";
  EXPECT_EQ(violations.size(), 1U);
  EXPECT_EQ(service.calls, 0);
}

TEST_F(ServerTest, TheThirdViolationInAMinuteEndsTheProcess) {
  EXPECT_EQ(serve({{}}), Server::End::violation);
  EXPECT_EQ(serve({{0xff, 0xff}}), Server::End::violation);
  EXPECT_EQ(serve({message_of(TakeStartKeys{}), message_of(TakeStartKeys{})}),
            Server::End::too_many);
}

TEST_F(ServerTest, ViolationsFarApartDoNotAddUp) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(serve({{1}}), Server::End::violation);
    clock.advance(std::chrono::seconds(31));
  }
}

TEST_F(ServerTest, AMalformedRequestIsAViolation) {
  Bytes longer = message_of(TakeStartKeys{});
  longer.push_back(0);
  EXPECT_EQ(serve({longer}), Server::End::violation);
  Bytes shorter = message_of(PepperPassword{});
  shorter.pop_back();
  EXPECT_EQ(serve({message_of(TakeStartKeys{}), shorter}), Server::End::violation);
}

crypto::Ed25519Key signing_key(std::uint8_t seed) {
  Bytes bytes(32, seed);
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes::take(bytes)).value();
}

TEST(Checkpoint, IsVerifiedForItsOriginAndKeyOnly) {
  const auto key = signing_key(1);
  const auto other = signing_key(2);
  Checkpoint checkpoint{"fastness/x/ledger", 42, {}};
  checkpoint.root.fill(9);

  const std::string text = sign_checkpoint(checkpoint, key);

  EXPECT_EQ(verify_checkpoint(text, "fastness/x/ledger", key.public_key()).value(), checkpoint);
  EXPECT_FALSE(verify_checkpoint(text, "fastness/y/ledger", key.public_key()));
  EXPECT_FALSE(verify_checkpoint(text, "fastness/x/ledger", other.public_key()));
  EXPECT_TRUE(text.starts_with("fastness/x/ledger\n42\n"));
}

TEST(Checkpoint, NoCharacterCanBeChanged) {
  const auto key = signing_key(1);
  const std::string text = sign_checkpoint({"log", 7, {}}, key);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (changed == text) continue;
    EXPECT_FALSE(verify_checkpoint(changed, "log", key.public_key())) << i;
  }
}

TEST(Checkpoint, AnExtensionLineOrAnotherSpellingIsRefused) {
  const auto key = signing_key(1);
  const std::string good = sign_checkpoint({"log", 7, {}}, key);
  EXPECT_FALSE(verify_checkpoint("", "log", key.public_key()));
  EXPECT_FALSE(verify_checkpoint(good.substr(0, good.find("\n\n")), "log", key.public_key()));
  // Signatures of witnesses stand beside ours.
  EXPECT_TRUE(verify_checkpoint(good + "\xe2\x80\x94 witness AAAA\n", "log", key.public_key()));
}

TEST(Status, EveryErrorHasACodeOfItsOwn) {
  std::set<std::uint8_t> codes{kSucceeded};
  for (const Errc code :
       {Errc::invalid_argument, Errc::not_found, Errc::already_exists, Errc::unauthenticated,
        Errc::permission_denied, Errc::exhausted, Errc::unavailable, Errc::corrupted}) {
    EXPECT_TRUE(codes.insert(status_of(code)).second);
    EXPECT_EQ(code_of(status_of(code)), code);
  }
  EXPECT_FALSE(code_of(kSucceeded));
  EXPECT_FALSE(code_of(200));
}

// A vault that answers nonsense must not be believed.
TEST(Client, RefusesAnswersThatAreNone) {
  for (const Bytes& answer : {Bytes{}, Bytes{0}, Bytes{99}, Bytes(40, 0)}) {
    Client client(std::make_unique<ScriptedChannel>(std::deque<Bytes>{answer}));
    EXPECT_EQ(client.pepper({}).error().code, Errc::corrupted);
  }
  Client closed(std::make_unique<ScriptedChannel>(std::deque<Bytes>{}));
  EXPECT_EQ(closed.pepper({}).error().code, Errc::unavailable);
}

TEST(Messages, ACertificateHasAsManyNamesAsAllowedAndNotOneMore) {
  const auto read = [](std::size_t count) {
    Bytes bytes;
    ByteWriter out(bytes);
    IssueServerCertificate{std::vector<std::string>(count, "n"), {}}.encode(out);
    ByteReader in(bytes);
    return IssueServerCertificate::decode(in).has_value();
  };
  EXPECT_TRUE(read(IssueServerCertificate::kMaxNames));
  EXPECT_FALSE(read(IssueServerCertificate::kMaxNames + 1));
}

TEST(Messages, APageHasAsManyLedgerEntriesAsAllowedAndNotOneMore) {
  const auto read = [](std::size_t count) {
    LedgerPage page;
    page.entries.resize(count);
    Bytes bytes;
    ByteWriter out(bytes);
    page.encode(out);
    ByteReader in(bytes);
    return LedgerPage::decode(in).has_value();
  };
  EXPECT_TRUE(read(ReadLedger::kMaxEntries));
  EXPECT_FALSE(read(ReadLedger::kMaxEntries + 1));
}

}  // namespace
}  // namespace fastness::vault_ipc
