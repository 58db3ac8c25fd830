#include "accounts/accounts_store.h"

#include <array>
#include <tuple>
#include <utility>

#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

using storage::Migration;

constexpr std::array kMigrations = {
    Migration{1, R"sql(
      CREATE TABLE organisation (
        id         BLOB PRIMARY KEY,
        name       TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE user (
        id           BLOB PRIMARY KEY,
        organisation BLOB NOT NULL REFERENCES organisation (id),
        created_at   INTEGER NOT NULL,
        sealed_email BLOB NOT NULL,
        email_index  BLOB NOT NULL UNIQUE,
        salt         BLOB,
        password     BLOB
      ) STRICT;

      CREATE TABLE session (
        digest       BLOB PRIMARY KEY,
        user         BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        organisation BLOB NOT NULL REFERENCES organisation (id),
        created_at   INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL,
        expires_at   INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE api_key (
        client_id    TEXT PRIMARY KEY,
        secret       BLOB NOT NULL,
        organisation BLOB NOT NULL REFERENCES organisation (id),
        user         BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        name         TEXT NOT NULL,
        scopes       INTEGER NOT NULL,
        created_at   INTEGER NOT NULL,
        expires_at   INTEGER NOT NULL,
        last_used_at INTEGER
      ) STRICT;

      CREATE TABLE setup_link (
        digest     BLOB PRIMARY KEY,
        user       BLOB REFERENCES user (id) ON DELETE CASCADE,
        expires_at INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE known_place (
        place        BLOB PRIMARY KEY,
        user         BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        last_used_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX known_place_by_user ON known_place (user, last_used_at);
    )sql"},
    Migration{2, R"sql(
      ALTER TABLE api_key ADD COLUMN leaked_at INTEGER;

      CREATE TABLE leak_reports (
        one     INTEGER PRIMARY KEY CHECK (one = 1),
        count   INTEGER NOT NULL,
        last_at INTEGER NOT NULL
      ) STRICT;
    )sql"},
    Migration{3, R"sql(
      ALTER TABLE api_key ADD COLUMN previous_secret BLOB;
      ALTER TABLE api_key ADD COLUMN previous_ends_at INTEGER;
    )sql"},
    Migration{4, R"sql(
      ALTER TABLE api_key ADD COLUMN networks TEXT NOT NULL DEFAULT '';
      ALTER TABLE api_key ADD COLUMN use INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE api_key ADD COLUMN tripped_at INTEGER;
      ALTER TABLE api_key ADD COLUMN tripped_from TEXT NOT NULL DEFAULT '';
    )sql"},
    // A session of before proved nothing: whoever wants something dangerous is asked.
    Migration{5, R"sql(
      ALTER TABLE user ADD COLUMN password_passes INTEGER NOT NULL DEFAULT 3;
      ALTER TABLE user ADD COLUMN password_kib INTEGER NOT NULL DEFAULT 65536;
      ALTER TABLE user ADD COLUMN factor_reset_at INTEGER;
      ALTER TABLE session ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE session ADD COLUMN sealed_visitor BLOB NOT NULL DEFAULT x'';

      CREATE TABLE factor (
        user          BLOB PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
        sealed_secret BLOB NOT NULL,
        since         INTEGER NOT NULL,
        last_step     INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE recovery_code (
        digest BLOB PRIMARY KEY,
        user   BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE
      ) STRICT;
      CREATE INDEX recovery_code_by_user ON recovery_code (user);
    )sql"},
    Migration{6, R"sql(
      ALTER TABLE known_place ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

      CREATE TABLE api_key_network (
        client_id TEXT NOT NULL REFERENCES api_key (client_id) ON DELETE CASCADE,
        network   BLOB NOT NULL,
        since     INTEGER NOT NULL,
        PRIMARY KEY (client_id, network)
      ) STRICT, WITHOUT ROWID;
    )sql"},
    // Everybody who was here before owns the organisation that is theirs.
    Migration{7, R"sql(
      CREATE TABLE member (
        organisation BLOB NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        user         BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        role         INTEGER NOT NULL,
        since        INTEGER NOT NULL,
        PRIMARY KEY (organisation, user)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX member_by_user ON member (user);
      CREATE UNIQUE INDEX member_owner ON member (organisation) WHERE role = 4;
      INSERT INTO member SELECT organisation, id, 4, created_at FROM user;

      CREATE TABLE invitation (
        id           BLOB PRIMARY KEY,
        organisation BLOB NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        invited_by   BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        role         INTEGER NOT NULL,
        sealed_email BLOB NOT NULL,
        email_index  BLOB NOT NULL,
        token        BLOB NOT NULL UNIQUE,
        created_at   INTEGER NOT NULL,
        expires_at   INTEGER NOT NULL,
        UNIQUE (organisation, email_index)
      ) STRICT;

      -- Outlives the person: what is sealed there as theirs is erased after their rows.
      CREATE TABLE former_home (
        user         BLOB NOT NULL,
        organisation BLOB NOT NULL,
        PRIMARY KEY (user, organisation)
      ) STRICT, WITHOUT ROWID;

      ALTER TABLE user ADD COLUMN works_in BLOB;
      ALTER TABLE session ADD COLUMN works_in BLOB;
    )sql"},
    Migration{8, R"sql(
      ALTER TABLE member ADD COLUMN things TEXT NOT NULL DEFAULT '';
      ALTER TABLE invitation ADD COLUMN things TEXT NOT NULL DEFAULT '';
      ALTER TABLE api_key ADD COLUMN things TEXT NOT NULL DEFAULT '';
    )sql"},
    // NULL: they have not chosen.
    Migration{9, R"sql(
      ALTER TABLE user ADD COLUMN language TEXT;
    )sql"},
    Migration{10, R"sql(
      ALTER TABLE session ADD COLUMN linked_sign_in BLOB;
      ALTER TABLE session ADD COLUMN provider_session BLOB;
    )sql"},
    // What was shown in a session of before is not known.
    Migration{11, R"sql(
      ALTER TABLE session ADD COLUMN strength INTEGER NOT NULL DEFAULT 0;
    )sql"},
    Migration{12, R"sql(
      ALTER TABLE api_key ADD COLUMN ended_at INTEGER;
    )sql"},
};

// How many networks, and browsers, are remembered for each user.
constexpr int kMaxPlaces = 20;

using UserRow = std::tuple<UserId, OrganisationId, Timestamp, Bytes, std::optional<Bytes>,
                           std::optional<crypto::Digest>, std::int64_t, std::int64_t>;

std::optional<StoredUser> to_user(std::optional<UserRow> row) {
  if (!row) return std::nullopt;
  auto& [id, organisation, created_at, sealed_email, salt, password, passes, kib] = *row;
  return StoredUser{{id, organisation, created_at, password.has_value()},
                    std::move(sealed_email),
                    std::move(salt),
                    password,
                    {static_cast<std::uint32_t>(passes), static_cast<std::uint32_t>(kib)}};
}

}  // namespace

Result<void> AccountsStore::done(Result<std::int64_t> changed) {
  if (!changed) return propagate(std::move(changed));
  return {};
}

Result<AccountsStore> AccountsStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "accounts", kMigrations));
  return AccountsStore(database);
}

Result<void> AccountsStore::insert(const Organisation& organisation) {
  return done(database_.run("INSERT INTO organisation (id, name, created_at) VALUES (?, ?, ?)",
                            organisation.id, organisation.name, organisation.created_at));
}

Result<std::optional<Organisation>> AccountsStore::organisation(OrganisationId id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            (database_.query_one<std::string, Timestamp>(
                                "SELECT name, created_at FROM organisation WHERE id = ?", id)));
  if (!row) return std::optional<Organisation>();
  return std::optional<Organisation>({id, std::get<0>(*row), std::get<1>(*row)});
}

Result<std::vector<Organisation>> AccountsStore::organisations() {
  FASTNESS_ASSIGN_OR_RETURN(auto rows,
                            (database_.query<OrganisationId, std::string, Timestamp>(
                                "SELECT id, name, created_at FROM organisation ORDER BY id")));
  std::vector<Organisation> organisations;
  organisations.reserve(rows.size());
  for (auto& [id, name, created_at] : rows) {
    organisations.push_back({id, std::move(name), created_at});
  }
  return organisations;
}

Result<void> AccountsStore::insert(const User& user, const Bytes& sealed_email,
                                   const crypto::Digest& email_index) {
  return done(
      database_.run("INSERT INTO user (id, organisation, created_at, sealed_email, email_index)"
                    " VALUES (?, ?, ?, ?, ?)",
                    user.id, user.organisation, user.created_at, sealed_email, email_index));
}

Result<std::optional<StoredUser>> AccountsStore::user(UserId id) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row, (database_.query_one<UserId, OrganisationId, Timestamp, Bytes, std::optional<Bytes>,
                                     std::optional<crypto::Digest>, std::int64_t, std::int64_t>(
                    "SELECT id, organisation, created_at, sealed_email, salt, password,"
                    " password_passes, password_kib FROM user WHERE id = ?",
                    id)));
  return to_user(std::move(row));
}

Result<std::optional<StoredUser>> AccountsStore::user(const crypto::Digest& email_index) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row, (database_.query_one<UserId, OrganisationId, Timestamp, Bytes, std::optional<Bytes>,
                                     std::optional<crypto::Digest>, std::int64_t, std::int64_t>(
                    "SELECT id, organisation, created_at, sealed_email, salt, password,"
                    " password_passes, password_kib FROM user WHERE email_index = ?",
                    email_index)));
  return to_user(std::move(row));
}

Result<bool> AccountsStore::has_users() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row, (database_.query_one<std::int64_t>("SELECT EXISTS (SELECT 1 FROM user)")));
  return row && std::get<0>(*row) == 1;
}

Result<std::vector<SeenUser>> AccountsStore::users() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<UserId, OrganisationId, Timestamp, std::int64_t, std::optional<Timestamp>>(
          "SELECT id, organisation, created_at, password IS NOT NULL,"
          " (SELECT max(last_used_at) FROM known_place"
          " WHERE known_place.user = user.id AND kind <> ?)"
          " FROM user ORDER BY created_at, id",
          PlaceKind::route)));
  std::vector<SeenUser> users;
  users.reserve(rows.size());
  for (const auto& [id, organisation, created_at, has_password, last_sign_in] : rows) {
    users.push_back({{id, organisation, created_at, has_password == 1}, last_sign_in});
  }
  return users;
}

Result<std::vector<User>> AccountsStore::users_with_password() {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows, (database_.query<UserId, OrganisationId, Timestamp>(
                                                 "SELECT id, organisation, created_at FROM user"
                                                 " WHERE password IS NOT NULL ORDER BY id")));
  std::vector<User> users;
  users.reserve(rows.size());
  for (const auto& [id, organisation, created_at] : rows) {
    users.push_back({id, organisation, created_at, true});
  }
  return users;
}

Result<std::vector<UserId>> AccountsStore::users_without_password(int max) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows, (database_.query<UserId>(
                           "SELECT id FROM user WHERE password IS NULL ORDER BY id LIMIT ?", max)));
  std::vector<UserId> users;
  users.reserve(rows.size());
  for (const auto& [id] : rows) users.push_back(id);
  return users;
}

Result<void> AccountsStore::set_language(UserId id, std::string_view language) {
  return done(
      database_.run("UPDATE user SET language = ? WHERE id = ?", std::string(language), id));
}

Result<std::optional<std::string>> AccountsStore::language(UserId id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row, (database_.query_one<std::optional<std::string>>(
                                                "SELECT language FROM user WHERE id = ?", id)));
  if (!row) return fail(Errc::not_found, "no such user");
  return std::get<0>(*row);
}

Result<void> AccountsStore::set_email(UserId id, const Bytes& sealed_email,
                                      const crypto::Digest& email_index) {
  return done(database_.run("UPDATE user SET sealed_email = ?, email_index = ? WHERE id = ?",
                            sealed_email, email_index, id));
}

Result<void> AccountsStore::set_name(OrganisationId id, const std::string& name) {
  return done(database_.run("UPDATE organisation SET name = ? WHERE id = ?", name, id));
}

Result<void> AccountsStore::set_home(UserId id, OrganisationId home, const Bytes& sealed_email) {
  FASTNESS_RETURN_IF_ERROR(
      done(database_.run("INSERT INTO former_home SELECT id, organisation FROM user WHERE id = ?"
                         " ON CONFLICT DO NOTHING",
                         id)));
  return done(database_.run("UPDATE user SET organisation = ?, sealed_email = ? WHERE id = ?", home,
                            sealed_email, id));
}

Result<void> AccountsStore::set_password(UserId id, const Bytes& salt,
                                         const crypto::Digest& password,
                                         crypto::PasswordCost cost) {
  return done(database_.run(
      "UPDATE user SET salt = ?, password = ?, password_passes = ?, password_kib = ? WHERE id = ?",
      salt, password, std::int64_t{cost.passes}, std::int64_t{cost.memory_kib}, id));
}

Result<void> AccountsStore::replace_password(UserId id, const Bytes& before, const Bytes& salt,
                                             const crypto::Digest& password,
                                             crypto::PasswordCost cost) {
  return done(database_.run(
      "UPDATE user SET salt = ?, password = ?, password_passes = ?, password_kib = ?"
      " WHERE id = ? AND salt = ?",
      salt, password, std::int64_t{cost.passes}, std::int64_t{cost.memory_kib}, id, before));
}

Result<void> AccountsStore::insert(const StoredSession& stored) {
  const Session& session = stored.session;
  const auto& by = session.vouched_by;
  return done(database_.run(
      "INSERT INTO session (digest, user, organisation, created_at, last_used_at, expires_at,"
      " proved_at, sealed_visitor, works_in, linked_sign_in, provider_session, strength)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      stored.digest, session.user, session.organisation, session.created_at, session.last_used_at,
      session.expires_at, session.proved_at, stored.sealed_visitor, session.works_in,
      by ? std::optional(by->sign_in) : std::nullopt, by ? by->session : std::nullopt,
      session.strength));
}

Result<std::vector<StoredSession>> AccountsStore::sessions() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_.query<crypto::Digest, UserId, OrganisationId, Timestamp, Timestamp, Timestamp,
                       Timestamp, Bytes, std::optional<OrganisationId>,
                       std::optional<LinkedSignInId>, std::optional<crypto::Digest>, std::int64_t>(
          "SELECT digest, user, organisation, created_at, last_used_at, expires_at, proved_at,"
          " sealed_visitor, works_in, linked_sign_in, provider_session, strength FROM session")));
  std::vector<StoredSession> sessions;
  sessions.reserve(rows.size());
  for (auto& [digest, user, organisation, created_at, last_used_at, expires_at, proved_at,
              sealed_visitor, works_in, sign_in, provider_session, strength] : rows) {
    Session session{user, organisation, created_at, last_used_at, expires_at, proved_at, works_in};
    if (sign_in) session.vouched_by = VouchedBy{*sign_in, provider_session};
    if (strength == 1) session.strength = Strength::two_factors;
    sessions.push_back({digest, session, std::move(sealed_visitor)});
  }
  return sessions;
}

Result<void> AccountsStore::set_used(const crypto::Digest& session, Timestamp at) {
  return done(database_.run("UPDATE session SET last_used_at = ? WHERE digest = ?", at, session));
}

Result<void> AccountsStore::set_proved(const crypto::Digest& session, Timestamp at,
                                       Strength strength) {
  return done(database_.run("UPDATE session SET proved_at = ?, strength = ? WHERE digest = ?", at,
                            strength, session));
}

Result<void> AccountsStore::set_home(const crypto::Digest& session, OrganisationId home,
                                     const Bytes& sealed_visitor) {
  return done(
      database_.run("UPDATE session SET organisation = ?, sealed_visitor = ? WHERE digest = ?",
                    home, sealed_visitor, session));
}

Result<void> AccountsStore::set_workplace(const crypto::Digest& session, UserId user,
                                          std::optional<OrganisationId> organisation) {
  FASTNESS_RETURN_IF_ERROR(done(
      database_.run("UPDATE session SET works_in = ? WHERE digest = ?", organisation, session)));
  return done(database_.run("UPDATE user SET works_in = ? WHERE id = ?", organisation, user));
}

Result<std::optional<OrganisationId>> AccountsStore::workplace(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            (database_.query_one<OrganisationId>(
                                "SELECT works_in FROM user JOIN member ON member.user = user.id"
                                " AND member.organisation = user.works_in WHERE user.id = ?",
                                user)));
  return row ? std::optional(std::get<0>(*row)) : std::optional<OrganisationId>();
}

Result<void> AccountsStore::remove_session(const crypto::Digest& session) {
  return done(database_.run("DELETE FROM session WHERE digest = ?", session));
}

Result<void> AccountsStore::remove_sessions_of(UserId user,
                                               const std::optional<crypto::Digest>& but) {
  return done(database_.run("DELETE FROM session WHERE user = ? AND digest IS NOT ?", user, but));
}

Result<void> AccountsStore::insert(const StoredLink& link) {
  return done(database_.run("INSERT INTO setup_link (digest, user, expires_at) VALUES (?, ?, ?)",
                            link.digest, link.user, link.expires_at));
}

Result<std::vector<StoredLink>> AccountsStore::links() {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_.query<crypto::Digest, std::optional<UserId>, Timestamp>(
                                "SELECT digest, user, expires_at FROM setup_link")));
  std::vector<StoredLink> links;
  links.reserve(rows.size());
  for (const auto& [digest, user, expires_at] : rows) links.push_back({digest, user, expires_at});
  return links;
}

Result<bool> AccountsStore::awaits_set_up(Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            (database_.query_one<std::int64_t>(
                                "SELECT EXISTS (SELECT 1 FROM setup_link"
                                " LEFT JOIN user ON user.id = setup_link.user"
                                " WHERE setup_link.expires_at > ? AND user.password IS NULL)",
                                now)));
  return row && std::get<0>(*row) == 1;
}

Result<void> AccountsStore::remove_links_of(const std::optional<UserId>& user) {
  return done(database_.run("DELETE FROM setup_link WHERE user IS ?", user));
}

Result<void> AccountsStore::remember_place(const crypto::Digest& place, UserId user, PlaceKind kind,
                                           Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(
      done(database_.run("INSERT INTO known_place (place, user, kind, last_used_at)"
                         " VALUES (?, ?, ?, ?)"
                         " ON CONFLICT (place) DO UPDATE SET last_used_at = excluded.last_used_at",
                         place, user, kind, at)));
  return done(
      database_.run("DELETE FROM known_place WHERE user = ?1 AND kind = ?2 AND place NOT IN"
                    " (SELECT place FROM known_place WHERE user = ?1 AND kind = ?2"
                    " ORDER BY last_used_at DESC LIMIT ?3)",
                    user, kind, kMaxPlaces));
}

Result<std::optional<Timestamp>> AccountsStore::place_last_used(const crypto::Digest& place) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            (database_.query_one<Timestamp>(
                                "SELECT last_used_at FROM known_place WHERE place = ?", place)));
  return row ? std::optional(std::get<0>(*row)) : std::optional<Timestamp>();
}

Result<bool> AccountsStore::has_places(UserId user, PlaceKind kind) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_.query_one<std::int64_t>(
          "SELECT EXISTS (SELECT 1 FROM known_place WHERE user = ? AND kind = ?)", user, kind)));
  return row && std::get<0>(*row) == 1;
}

}  // namespace fastness::accounts
