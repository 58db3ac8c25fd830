#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/fixed_limits.h"
#include "tls/testing/pair.h"

namespace fastness::tls {
namespace {

using testing::Connection;
using testing::leaf_digest;
using testing::shake;
using testing::transfer;
using testing::World;

constexpr Version kVersions[] = {Version::tls12, Version::tls13};

ServerContext::Options asking(ClientCertificate mode) {
  ServerContext::Options options;
  options.client_certificate = mode;
  return options;
}

TEST(Handshake, BothVersionsCarryBytesBothWays) {
  World world(asking(ClientCertificate::none));
  for (const Version version : kVersions) {
    SCOPED_TRACE(static_cast<int>(version));
    Connection connection = world.connect(nullptr, version);

    ASSERT_TRUE(connection.ok) << connection.server.failure() << connection.client.failure();
    EXPECT_EQ(connection.server.version(), version);
    EXPECT_NE(connection.server.cipher().find("GCM"), std::string_view::npos);
    EXPECT_EQ(connection.server.server_name(), "localhost");
    EXPECT_FALSE(connection.server.peer_digest());
    EXPECT_EQ(transfer(connection.client, connection.server, "up"), "up");
    EXPECT_EQ(transfer(connection.server, connection.client, "down"), "down");
  }
}

TEST(Handshake, AnAdmittedLeafIsKnownByItsDigest) {
  World world(asking(ClientCertificate::require));
  const Credential board = world.devices.issue();
  world.ledger.admitted.insert(leaf_digest(board));
  for (const Version version : kVersions) {
    SCOPED_TRACE(static_cast<int>(version));
    const Connection connection = world.connect(&board, version);

    ASSERT_TRUE(connection.ok) << connection.server.failure();
    EXPECT_EQ(connection.server.peer_digest(), leaf_digest(board));
    EXPECT_EQ(connection.server.peer_leaf(), board.chain.front());
  }
}

TEST(Handshake, ALeafThatTheAdmissionDoesNotKnowIsRefused) {
  World world(asking(ClientCertificate::require));
  const Credential forged = world.devices.issue();
  for (const Version version : kVersions) {
    SCOPED_TRACE(static_cast<int>(version));
    const Connection connection = world.connect(&forged, version);

    EXPECT_FALSE(connection.ok);
    EXPECT_NE(connection.client.failure().find("bad certificate"), std::string_view::npos)
        << connection.client.failure();
  }
}

TEST(Handshake, AnAdmittedLeafInTheHandsOfAThiefWithoutItsKeyIsRefused) {
  World world(asking(ClientCertificate::require));
  const Credential board = world.devices.issue();
  world.ledger.admitted.insert(leaf_digest(board));
  const Credential thief = testing::impostor_of(board);
  for (const Version version : kVersions) {
    SCOPED_TRACE(static_cast<int>(version));
    const Connection connection = world.connect(&thief, version);

    EXPECT_FALSE(connection.ok);
    EXPECT_NE(connection.server.failure().find("bad signature"), std::string_view::npos)
        << connection.server.failure();
  }
}

TEST(Handshake, NoCertificateIsRefusedWhereOneIsRequired) {
  World world(asking(ClientCertificate::require));
  for (const Version version : kVersions) {
    EXPECT_FALSE(world.connect(nullptr, version).ok);
  }
}

TEST(Handshake, NoCertificateIsServedWhereOneIsOnlyRequested) {
  World world(asking(ClientCertificate::request));
  for (const Version version : kVersions) {
    const Connection connection = world.connect(nullptr, version);

    ASSERT_TRUE(connection.ok) << connection.server.failure();
    EXPECT_FALSE(connection.server.peer_digest());
  }
}

TEST(Handshake, ARefusedCertificateIsRefusedWhereOneIsOnlyRequested) {
  World world(asking(ClientCertificate::request));
  const Credential forged = world.devices.issue();
  for (const Version version : kVersions) {
    EXPECT_FALSE(world.connect(&forged, version).ok);
  }
}

TEST(Handshake, ClientCertificatesWithoutAnAdmissionAreAnError) {
  World world(asking(ClientCertificate::none));
  std::vector<Credential> credentials;
  credentials.push_back(world.servers.issue());

  const auto context = ServerContext::create(asking(ClientCertificate::require), credentials,
                                             world.clock, world.random);

  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, Errc::invalid_argument);
}

TEST(Handshake, AgreesOnAProtocolOrEnds) {
  ServerContext::Options options = asking(ClientCertificate::none);
  options.protocols = {"mqtt"};
  World world(options);
  const struct {
    std::vector<std::string> offered;
    bool ok;
    std::string_view chosen;
  } cases[] = {{{"mqtt"}, true, "mqtt"},
               {{"h2", "mqtt"}, true, "mqtt"},
               {{}, true, ""},
               {{"http/1.1"}, false, ""}};
  for (const auto& c : cases) {
    ClientContext::Options client_options;
    client_options.anchors = {world.servers.anchor()};
    client_options.protocols = c.offered;
    const auto client = ClientContext::create(std::move(client_options)).value();
    const testing::SocketPair wire;
    Stream server_end = world.context->accept(wire.server());
    Stream client_end = client->connect(wire.client(), "localhost");

    EXPECT_EQ(shake(server_end, client_end), c.ok);
    if (c.ok) {
      EXPECT_EQ(server_end.protocol(), c.chosen);
    }
  }
}

TEST(Handshake, AClientChecksChainNameAndValidity) {
  World world(asking(ClientCertificate::none));
  const testing::Authority stranger;
  const struct {
    const char* what;
    Bytes anchor;
    std::string name;
    std::chrono::hours expires_in;
    bool ok;
  } cases[] = {{"good", world.servers.anchor(), "localhost", std::chrono::hours(1), true},
               {"address", world.servers.anchor(), "127.0.0.1", std::chrono::hours(1), true},
               {"other name", world.servers.anchor(), "example.org", std::chrono::hours(1), false},
               {"other address", world.servers.anchor(), "127.0.0.2", std::chrono::hours(1), false},
               {"other authority", stranger.anchor(), "localhost", std::chrono::hours(1), false},
               {"expired", world.servers.anchor(), "localhost", std::chrono::hours(-1), false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    std::vector<Credential> credentials;
    credentials.push_back(world.servers.issue({.expires_in = c.expires_in}));
    ASSERT_TRUE(world.context->reload(credentials));
    ClientContext::Options options;
    options.anchors = {c.anchor};
    const auto client = ClientContext::create(std::move(options)).value();
    const testing::SocketPair wire;
    Stream server_end = world.context->accept(wire.server());
    Stream client_end = client->connect(wire.client(), c.name);

    EXPECT_EQ(shake(server_end, client_end), c.ok) << client_end.failure();
  }
}

TEST(Handshake, GarbageEndsTheStreamAndNothingElse) {
  World world(asking(ClientCertificate::require));
  const std::string cases[] = {
      std::string("GET / HTTP/1.1\r\n\r\n"),
      std::string(4096, '\0'),
      std::string("\x16\x03\x01\xff\xff") + std::string(300, 'x'),
      std::string("\x16\x03\x01\x00\x05\x01\xff\xff\xff\x00", 10),
      std::string("\x15\x03\x03\x00\x02\x02\x28", 7),
      std::string("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", 14),
  };
  for (const std::string& bytes : cases) {
    SCOPED_TRACE(bytes.substr(0, 10));
    const testing::SocketPair wire;
    Stream server_end = world.context->accept(wire.server());
    ASSERT_EQ(::send(wire.client(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));

    EXPECT_EQ(server_end.handshake(), Progress::failed);
    EXPECT_FALSE(server_end.failure().empty());
    EXPECT_EQ(server_end.handshake(), Progress::failed);
    std::array<std::uint8_t, 16> buffer{};
    EXPECT_EQ(server_end.read(buffer).progress, Progress::failed);
    EXPECT_EQ(server_end.write(as_bytes("x")).progress, Progress::failed);
  }
}

TEST(Handshake, AFloodOfCertificatesIsRefused) {
  World world(asking(ClientCertificate::require));
  Credential board = world.devices.issue();
  world.ledger.admitted.insert(leaf_digest(board));
  for (int i = 0; i < 60; ++i) board.chain.push_back(world.devices.issue().chain.front());

  const Connection connection = world.connect(&board, Version::tls12);

  EXPECT_FALSE(connection.ok);
  EXPECT_EQ(world.ledger.leaf_questions, 0);
}

TEST(Reload, NewHandshakesSeeTheNewCertificateAndOldStreamsLiveOn) {
  World world(asking(ClientCertificate::none));
  Connection before = world.connect(nullptr, Version::tls13);
  ASSERT_TRUE(before.ok);
  std::vector<Credential> fresh;
  fresh.push_back(world.servers.issue());

  ASSERT_TRUE(world.context->reload(fresh));

  EXPECT_EQ(transfer(before.client, before.server, "still here"), "still here");
  const Connection after = world.connect(nullptr, Version::tls13);
  ASSERT_TRUE(after.ok);
  EXPECT_EQ(after.client.peer_leaf(), fresh[0].chain.front());
}

TEST(Reload, ABadCredentialLeavesTheOldOneInPlace) {
  World world(asking(ClientCertificate::none));
  std::vector<Credential> mixed;
  mixed.push_back(world.servers.issue());
  mixed.back().private_key = world.servers.issue().private_key;

  EXPECT_EQ(world.context->reload(mixed).error().code, Errc::invalid_argument);
  EXPECT_EQ(world.context->reload({}).error().code, Errc::invalid_argument);

  EXPECT_TRUE(world.connect(nullptr, Version::tls13).ok);
}

TEST(Handshake, CertificatesAreHeldToTheirBytes) {
  constexpr std::size_t kMost = fixed_limit("tls.peer_certificates_bytes");
  World world(asking(ClientCertificate::require));
  Credential board = world.devices.issue();
  world.ledger.admitted.insert(leaf_digest(board));
  // RFC 5246, 7.4.2: three bytes of length before the list, and before each certificate.
  std::size_t size = 3 + 3 + board.chain.front().size();
  const Bytes filler = world.devices.issue().chain.front();
  for (; size + 3 + filler.size() <= kMost; size += 3 + filler.size()) {
    board.chain.push_back(filler);
  }
  EXPECT_TRUE(world.connect(&board, Version::tls12).ok) << size;

  board.chain.push_back(filler);
  EXPECT_FALSE(world.connect(&board, Version::tls12).ok);
}

}  // namespace
}  // namespace fastness::tls
