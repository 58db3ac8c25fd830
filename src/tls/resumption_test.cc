// The trap of TLS: OpenSSL calls no verify callback when a session resumes.

#include <gtest/gtest.h>

#include "tls/testing/pair.h"

namespace fastness::tls {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::Connection;
using testing::leaf_digest;
using testing::transfer;
using testing::World;

ServerContext::Options requiring() {
  ServerContext::Options options;
  options.client_certificate = ClientCertificate::require;
  return options;
}

class Resumption : public ::testing::TestWithParam<Version> {
 protected:
  Resumption() { world_.ledger.admitted.insert(leaf_digest(board_)); }

  World world_{requiring()};
  Credential board_ = world_.devices.issue();
};

TEST_P(Resumption, AGoodClientResumesAndIsStillKnown) {
  const auto session = world_.session_of(&board_, GetParam());
  ASSERT_TRUE(session);

  const Connection again = world_.connect(&board_, GetParam(), session);

  ASSERT_TRUE(again.ok) << again.server.failure();
  EXPECT_TRUE(again.server.is_resumed());
  EXPECT_EQ(again.server.peer_digest(), leaf_digest(board_));
  if (GetParam() == Version::tls12) {
    EXPECT_EQ(again.server.peer_leaf(), board_.chain.front());
  } else {
    EXPECT_FALSE(again.server.peer_leaf()) << "the ticket carries no certificate";
  }
  EXPECT_EQ(world_.ledger.leaf_questions, 1);
}

TEST_P(Resumption, ARevokedClientIsRefused) {
  const auto session = world_.session_of(&board_, GetParam());
  ASSERT_TRUE(session);

  world_.ledger.admitted.clear();
  const Connection again = world_.connect(&board_, GetParam(), session);

  EXPECT_FALSE(again.ok);
  EXPECT_FALSE(again.server.failure().empty());
  EXPECT_EQ(world_.ledger.leaf_questions, 2) << "the full handshake asked about the leaf again";
}

TEST_P(Resumption, ARevokedClientThatHidesItsCertificateIsRefused) {
  const auto session = world_.session_of(&board_, GetParam());
  ASSERT_TRUE(session);

  world_.ledger.admitted.clear();

  EXPECT_FALSE(world_.connect(nullptr, GetParam(), session).ok);
}

TEST_P(Resumption, ASessionWithoutALeafOpensNoDoorThatRequiresOne) {
  ServerContext::Options lax;
  lax.client_certificate = ClientCertificate::request;
  World open(lax);
  const auto session = open.session_of(nullptr, GetParam());
  ASSERT_TRUE(session);

  EXPECT_FALSE(world_.connect(nullptr, GetParam(), session).ok);
}

TEST_P(Resumption, ARequestedLeafIsNotKeptByAnUnresumedTicket) {
  ServerContext::Options lax;
  lax.client_certificate = ClientCertificate::request;
  World open(lax);
  const Credential board = open.devices.issue();
  open.ledger.admitted.insert(leaf_digest(board));
  const auto session = open.session_of(&board, GetParam());
  ASSERT_TRUE(session);

  open.context->drop_tickets();
  const Connection again = open.connect(nullptr, GetParam(), session);

  ASSERT_TRUE(again.ok);
  EXPECT_FALSE(again.server.is_resumed());
  EXPECT_FALSE(again.server.peer_digest());
}

TEST_P(Resumption, DroppedTicketsCostAFullHandshake) {
  const auto session = world_.session_of(&board_, GetParam());
  ASSERT_TRUE(session);

  world_.context->drop_tickets();
  const Connection again = world_.connect(&board_, GetParam(), session);

  ASSERT_TRUE(again.ok);
  EXPECT_FALSE(again.server.is_resumed());
  EXPECT_EQ(world_.ledger.leaf_questions, 2);
}

TEST_P(Resumption, TicketsSurviveAReloadOfTheCertificate) {
  const auto session = world_.session_of(&board_, GetParam());
  ASSERT_TRUE(session);
  std::vector<Credential> fresh;
  fresh.push_back(world_.servers.issue());

  ASSERT_TRUE(world_.context->reload(fresh));
  const Connection again = world_.connect(&board_, GetParam(), session);

  ASSERT_TRUE(again.ok);
  EXPECT_TRUE(again.server.is_resumed());
}

TEST_P(Resumption, ATicketOpensUnderAnOlderKeyAndNotAfterADay) {
  const auto session = world_.session_of(&board_, GetParam());
  ASSERT_TRUE(session);

  world_.clock.advance(hours(2));
  EXPECT_TRUE(world_.connect(&board_, GetParam(), session).server.is_resumed());

  world_.clock.advance(hours(22));
  const Connection late = world_.connect(&board_, GetParam(), session);
  ASSERT_TRUE(late.ok);
  EXPECT_FALSE(late.server.is_resumed());
}

TEST_P(Resumption, RenewedTicketsDoNotOutliveTheDayOfTheirFullHandshake) {
  auto session = world_.session_of(&board_, GetParam());
  for (int i = 0; i < 3; ++i) {
    world_.clock.advance(hours(7));
    Connection next = world_.connect(&board_, GetParam(), session);
    ASSERT_TRUE(next.ok);
    ASSERT_TRUE(next.server.is_resumed()) << i;
    transfer(next.server, next.client, "a fresh ticket");
    session = next.client.session();
    ASSERT_TRUE(session);
  }

  world_.clock.advance(hours(3));
  const Connection late = world_.connect(&board_, GetParam(), session);

  ASSERT_TRUE(late.ok);
  EXPECT_FALSE(late.server.is_resumed());
}

TEST_F(Resumption, ATicketOfTls13IsGoodOnce) {
  const auto session = world_.session_of(&board_, Version::tls13);
  ASSERT_TRUE(session);
  EXPECT_TRUE(world_.connect(&board_, Version::tls13, session).server.is_resumed());

  const Connection again = world_.connect(&board_, Version::tls13, session);

  ASSERT_TRUE(again.ok);
  EXPECT_FALSE(again.server.is_resumed());
  EXPECT_EQ(world_.ledger.leaf_questions, 2);
}

TEST_P(Resumption, AnotherServersTicketIsIgnored) {
  World other(requiring());
  const Credential theirs = other.devices.issue();
  other.ledger.admitted.insert(leaf_digest(theirs));
  const auto session = other.session_of(&theirs, GetParam());
  ASSERT_TRUE(session);

  const Connection here = world_.connect(&board_, GetParam(), session);

  ASSERT_TRUE(here.ok);
  EXPECT_FALSE(here.server.is_resumed());
  EXPECT_EQ(here.server.peer_digest(), leaf_digest(board_));
}

INSTANTIATE_TEST_SUITE_P(BothVersions, Resumption,
                         ::testing::Values(Version::tls12, Version::tls13), [](const auto& each) {
                           return each.param == Version::tls12 ? "Tls12" : "Tls13";
                         });

}  // namespace
}  // namespace fastness::tls
