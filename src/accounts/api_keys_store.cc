// The tables of API keys; see accounts_store.h.
#include <utility>

#include "accounts/accounts_store.h"

namespace fastness::accounts {

Result<void> AccountsStore::insert(const StoredKey& stored) {
  const ApiKey& key = stored.key;
  return done(database_.run(
      "INSERT INTO api_key (client_id, secret, organisation, user, name, scopes, created_at,"
      " expires_at, networks, use, things) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      key.client_id, stored.secret, key.organisation, key.user, key.name, key.scopes.bits(),
      key.created_at, key.expires_at, to_text(key.networks), static_cast<std::int64_t>(key.use),
      to_text(key.things)));
}

Result<std::vector<StoredKey>> AccountsStore::keys() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_.query<
          crypto::Digest, std::string, OrganisationId, UserId, std::string, std::uint64_t,
          Timestamp, Timestamp, std::optional<Timestamp>, std::optional<Timestamp>,
          std::optional<crypto::Digest>, std::optional<Timestamp>, std::string, std::int64_t,
          std::optional<Timestamp>, std::string, std::string, std::optional<Timestamp>>(
          "SELECT secret, client_id, organisation, user, name, scopes, created_at, expires_at,"
          " last_used_at, leaked_at, previous_secret, previous_ends_at, networks, use, tripped_at,"
          " tripped_from, things, ended_at FROM api_key")));
  std::vector<StoredKey> keys;
  keys.reserve(rows.size());
  for (auto& [secret, client_id, organisation, user, name, scopes, created_at, expires_at,
              last_used_at, leaked_at, previous_secret, previous_ends_at, networks, use, tripped_at,
              tripped_from, things, ended_at] : rows) {
    FASTNESS_ASSIGN_OR_RETURN(Networks limited_to, parse_networks(networks));
    FASTNESS_ASSIGN_OR_RETURN(ThingIds of_things, parse_thing_ids(things));
    keys.push_back(
        {secret,
         {std::move(client_id), organisation, user, std::move(name), Scopes::from_bits(scopes),
          created_at, expires_at, last_used_at, leaked_at, previous_ends_at, std::move(limited_to),
          use == 1 ? KeyUse::honey : KeyUse::program, tripped_at, std::move(tripped_from),
          std::move(of_things), ended_at},
         previous_secret});
  }
  return keys;
}

Result<void> AccountsStore::set_used(const std::string& client_id, Timestamp at) {
  return done(
      database_.run("UPDATE api_key SET last_used_at = ? WHERE client_id = ?", at, client_id));
}

Result<void> AccountsStore::remove_key(const std::string& client_id) {
  return done(database_.run("DELETE FROM api_key WHERE client_id = ?", client_id));
}

Result<void> AccountsStore::insert(const StoredKeyNetwork& network) {
  return done(
      database_.run("INSERT INTO api_key_network (client_id, network, since) VALUES (?, ?, ?)",
                    network.client_id, network.network, network.since));
}

Result<std::vector<StoredKeyNetwork>> AccountsStore::key_networks() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows, (database_.query<std::string, crypto::Digest, Timestamp>(
                     "SELECT client_id, network, since FROM api_key_network ORDER BY since")));
  std::vector<StoredKeyNetwork> networks;
  networks.reserve(rows.size());
  for (auto& [client_id, network, since] : rows) {
    networks.push_back({std::move(client_id), network, since});
  }
  return networks;
}

Result<void> AccountsStore::remove_key_network(const std::string& client_id,
                                               const crypto::Digest& network) {
  return done(database_.run("DELETE FROM api_key_network WHERE client_id = ? AND network = ?",
                            client_id, network));
}

Result<void> AccountsStore::set_secret(const std::string& client_id, const crypto::Digest& secret,
                                       const crypto::Digest& previous, Timestamp previous_ends_at) {
  return done(
      database_.run("UPDATE api_key SET secret = ?, previous_secret = ?, previous_ends_at = ?"
                    " WHERE client_id = ?",
                    secret, previous, previous_ends_at, client_id));
}

Result<void> AccountsStore::set_tripped(const std::string& client_id, Timestamp at,
                                        const std::string& from) {
  return done(
      database_.run("UPDATE api_key SET tripped_at = ?, tripped_from = ? WHERE client_id = ?", at,
                    from, client_id));
}

Result<void> AccountsStore::set_leaked(const std::string& client_id, Timestamp at) {
  return done(database_.run("UPDATE api_key SET leaked_at = ? WHERE client_id = ?", at, client_id));
}

Result<void> AccountsStore::set_ended(const std::string& client_id, Timestamp at) {
  return done(database_.run("UPDATE api_key SET ended_at = ? WHERE client_id = ?", at, client_id));
}

Result<void> AccountsStore::forget_previous_secret(const std::string& client_id) {
  return done(
      database_.run("UPDATE api_key SET previous_secret = NULL, previous_ends_at = NULL"
                    " WHERE client_id = ?",
                    client_id));
}

Result<void> AccountsStore::note_leak_report(Timestamp at) {
  return done(database_.run(
      "INSERT INTO leak_reports (one, count, last_at) VALUES (1, 1, ?)"
      " ON CONFLICT (one) DO UPDATE SET count = count + 1, last_at = excluded.last_at",
      at));
}

}  // namespace fastness::accounts
