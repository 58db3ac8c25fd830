#include "tls/testing/pair.h"

#include "tls/context/context.h"

namespace fastness::tls::testing {

Admission Ledger::admission() {
  return {[this](ByteView leaf) {
            ++leaf_questions;
            return admitted.contains(digest_of(leaf));
          },
          [this](const LeafDigest& digest) {
            ++digest_questions;
            return admitted.contains(digest);
          }};
}

World::World(ServerContext::Options options) {
  options.admission = ledger.admission();
  std::vector<Credential> credentials;
  credentials.push_back(servers.issue());
  context = ServerContext::create(std::move(options), credentials, clock, random).value();
}

Connection World::connect(const Credential* credential, Version version,
                          const std::optional<Session>& session, int buffer_bytes) {
  ClientContext::Options options;
  options.anchors = {servers.anchor()};
  options.min_version = version;
  options.max_version = version;
  if (credential != nullptr) options.credential = credential->clone();
  const auto client = ClientContext::create(std::move(options)).value();

  auto wire = std::make_unique<SocketPair>(buffer_bytes);
  const int server_end = wire->server();
  const int client_end = wire->client();
  Connection connection{std::move(wire), context->accept(server_end),
                        client->connect(client_end, "localhost", session)};
  connection.ok = shake(connection.server, connection.client);
  return connection;
}

std::optional<Session> World::session_of(const Credential* credential, Version version) {
  Connection connection = connect(credential, version);
  if (!connection.ok) return std::nullopt;
  transfer(connection.server, connection.client, "now the ticket has arrived");
  return connection.client.session();
}

}  // namespace fastness::tls::testing
