// The messages survive their encoding, the table holds, and a hub that misbehaves is cut off.
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "ledger/testing/sample_entry.h"
#include "os/seqpacket_socket.h"
#include "vault_ipc/client.h"
#include "vault_ipc/messages/custody.h"
#include "vault_ipc/server.h"
#include "vault_ipc/status.h"
#include "vault_ipc/testing/refusing_service.h"

namespace fastness::vault_ipc {
namespace {

using ledger::testing::sample_entry;
using testing::RefusingService;

Uuid uuid(std::uint8_t last) {
  Uuid::Bytes bytes{};
  bytes[15] = last;
  return Uuid(bytes);
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
  generation.new_with_old = Bytes(3, 7);
  generation.old_with_new = Bytes(2, 8);
  EXPECT_EQ(through_the_wire(Generations{{generation, generation}}).generations.at(1), generation);

  const auto page = through_the_wire(LedgerPage{{sample_entry()}, 78});
  EXPECT_EQ(page.entries.at(0), sample_entry());
  EXPECT_EQ(page.size, 78U);
  crypto::Digest root{};
  root.fill(7);
  const auto head = through_the_wire(SignLedgerCheckpoint{78, root});
  EXPECT_EQ(head.size, 78U);
  EXPECT_EQ(head.root, root);
  EXPECT_EQ(through_the_wire(IssueServerCertificate{{"a", "b"}, {1}}).names.size(), 2U);
  EXPECT_EQ(through_the_wire(ReadShare{{OrganisationId(uuid(1)), UserId(uuid(2))}}).owner.person,
            UserId(uuid(2)));
  const crypto::RevokedSerial held{
      {1, 2}, Timestamp(std::chrono::hours(3)), crypto::RevocationReason::certificate_hold};
  const auto revocations = through_the_wire(SignRevocationList{GenerationId(6), {held}});
  EXPECT_EQ(revocations.generation, GenerationId(6));
  EXPECT_EQ(revocations.revoked.at(0), held);
  const auto anchors = through_the_wire(ServerAnchors{3, {1}, {2, 2}, {{4}, {5, 5}}});
  EXPECT_EQ(anchors.number, 3U);
  EXPECT_EQ(anchors.standby, Bytes({2, 2}));
  EXPECT_EQ(anchors.documents, std::vector<Bytes>({{4}, {5, 5}}));
  EXPECT_EQ(through_the_wire(PrepareRoots{roots::Purpose::switch_to_standby}).purpose,
            roots::Purpose::switch_to_standby);
  EXPECT_EQ(through_the_wire(AcceptRoots{"an answer"}).answer, "an answer");
  ChangeGeneration change;
  change.id = GenerationId(5);
  change.state = GenerationState::retiring;
  EXPECT_EQ(through_the_wire(change).id, GenerationId(5));
}

TEST(Messages, TheCustodyOfKeysSurvivesTheWire) {
  Custody custody;
  custody.keys = KeyPlace::token;
  custody.token = "fastness";
  custody.opener = RootOpener::passphrase;
  custody.has_standby = true;
  custody.owners = 7;
  custody.kits.push_back({uuid(1), Timestamp(std::chrono::seconds(5)), 6, 5, 3, std::nullopt});
  custody.kits.push_back(
      {uuid(2), Timestamp(std::chrono::seconds(6)), 7, 0, 0, Timestamp(std::chrono::seconds(7))});

  EXPECT_EQ(through_the_wire(custody), custody);

  Bytes bytes;
  ByteWriter out(bytes);
  custody.encode(out);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(ByteView(bytes).first(size));
    EXPECT_FALSE(Custody::decode(in)) << size;
  }
  for (const std::size_t at : {std::size_t{0}, std::size_t{13}}) {  // places of keys and opener
    Bytes strange = bytes;
    strange[at] = 3;
    ByteReader in(strange);
    EXPECT_FALSE(Custody::decode(in)) << at;
  }
}

TEST(Messages, ABackupsBeginningSurvivesTheWire) {
  BackupBegun begun;
  Bytes key(32, 7);
  begun.key = crypto::SecretBytes::take(key);
  begun.head.fill(9);
  begun.head_size = 70'000;

  const BackupBegun received = through_the_wire(begun);

  EXPECT_EQ(to_bytes(received.key.reveal()), Bytes(32, 7));
  EXPECT_EQ(received.head, begun.head);
  EXPECT_EQ(received.head_size, 70'000U);
  EXPECT_EQ(through_the_wire(ReadBackupHead{5}).offset, 5U);
  EXPECT_EQ(through_the_wire(BackupHeadPart{{1, 2}}).bytes, Bytes({1, 2}));
}

// Whoever reads until all has come would else never end.
TEST(Messages, APartOfABackupsHeadIsNeverEmptyAndNeverLargerThanItMayBe) {
  for (const std::size_t size : {std::size_t{0}, ReadBackupHead::kMost + 1}) {
    Bytes bytes;
    ByteWriter out(bytes);
    BackupHeadPart{Bytes(size)}.encode(out);
    ByteReader in(bytes);
    EXPECT_FALSE(BackupHeadPart::decode(in)) << size;
  }
}

TEST(Messages, ACountFromTheWireSizesNothing) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u64(1);
  out.u32(0xffffffff);
  ByteReader in(bytes);
  EXPECT_FALSE(LedgerPage::decode(in));
}

TEST(Messages, ARootIsAskedForNothingElse) {
  for (const std::uint8_t purpose : Bytes{0, 3, 255}) {
    ByteReader in(ByteView(&purpose, 1));
    EXPECT_FALSE(PrepareRoots::decode(in)) << int{purpose};
  }
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
  EXPECT_EQ(kinds.size(), 24U);
}

// To be denied is an answer like others, but for what only a hub that was changed asks.
TEST(Permissions, OnlyTheLedgersHeadMakesADenialAViolation) {
  for (const Permission& row : permission_table()) {
    EXPECT_EQ(is_denial_a_violation(row.kind), row.kind == Kind::sign_ledger_checkpoint);
  }
  EXPECT_FALSE(is_denial_a_violation(static_cast<Kind>(999)));
}

// Whoever adds a row decides: what is asked again may be carried out twice.
TEST(Permissions, WhatMovesTheAuthorityIsNotAskedAgainAfterALoss) {
  std::set<Kind> over;
  for (const Permission& row : permission_table()) {
    if (!is_asked_again_after_loss(row.kind)) over.insert(row.kind);
  }
  EXPECT_EQ(over, (std::set<Kind>{Kind::take_start_keys, Kind::issue_device_certificate,
                                  Kind::take_back_key_change, Kind::change_generation,
                                  Kind::prepare_roots, Kind::accept_roots}));
  EXPECT_FALSE(is_asked_again_after_loss(static_cast<Kind>(999)));
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
  bool is_readable_within(std::chrono::milliseconds /*longest*/) override { return true; }
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

TEST_F(ServerTest, ADeniedLedgerIsAnsweredAndThenEndsTheConnection) {
  service.refuses_with = Errc::permission_denied;
  EXPECT_EQ(serve({message_of(TakeStartKeys{}), message_of(SignAuditCheckpoint{}),
                   message_of(SignLedgerCheckpoint{}), message_of(ReadServerAnchors{})}),
            Server::End::violation);
  ASSERT_EQ(answers.size(), 3U) << "the hub hears why, and nothing after it";
  EXPECT_EQ(answers[2].at(0), status_of(Errc::permission_denied));
  EXPECT_EQ(violations, std::vector<std::string>{"a ledger that is not the vault's own"});
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
  const fastness::testing::ManualClock clock{Timestamp{}};
  const auto client_of = [&](std::deque<Bytes> answers) {
    return std::make_unique<Client>(
        only_connection(std::make_unique<ScriptedChannel>(std::move(answers))), clock);
  };
  for (const Bytes& answer : {Bytes{}, Bytes{0}, Bytes{99}, Bytes(40, 0)}) {
    EXPECT_EQ(client_of({answer})->pepper({}).error().code, Errc::corrupted);
  }
  EXPECT_EQ(client_of({})->pepper({}).error().code, Errc::unavailable);
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

TEST(Messages, AListHasAsManyRevocationsAsAllowedAndNotOneMore) {
  const auto size_if_read = [](std::size_t count) -> std::size_t {
    SignRevocationList request;
    request.revoked.resize(count, {Bytes(SignRevocationList::kMaxSerial, 1), {}});
    Bytes bytes;
    ByteWriter out(bytes);
    request.encode(out);
    ByteReader in(bytes);
    return SignRevocationList::decode(in) ? bytes.size() : 0;
  };
  const std::size_t largest = size_if_read(SignRevocationList::kMaxRevoked);
  EXPECT_GT(largest, 0U);
  EXPECT_LT(largest, os::SeqpacketSocket::kMaxMessage);
  EXPECT_EQ(size_if_read(SignRevocationList::kMaxRevoked + 1), 0U);
}

TEST(Messages, AReasonThatNobodyKnowsIsMalformed) {
  Bytes bytes;
  ByteWriter out(bytes);
  SignRevocationList{GenerationId(1), {{Bytes{1}, {}}}}.encode(out);
  bytes.back() = 9;
  ByteReader in(bytes);
  EXPECT_FALSE(SignRevocationList::decode(in));
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
