#include "accounts/news/news_book.h"

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "keys/content_keys.h"
#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kNewsMigrations{{
    {1, R"sql(
      CREATE TABLE account_news (
        number         INTEGER PRIMARY KEY AUTOINCREMENT,
        user           BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        kind           INTEGER NOT NULL,
        client_id      TEXT NOT NULL,
        sealed_visitor BLOB NOT NULL,
        first_at       INTEGER NOT NULL,
        last_at        INTEGER NOT NULL,
        times          INTEGER NOT NULL,
        UNIQUE (user, kind)
      ) STRICT;

      CREATE TABLE account_news_mail (
        user    BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        sent_at INTEGER NOT NULL
      ) STRICT;
    )sql"},
}};

constexpr std::chrono::hours kHour{1};

keys::Address visitor_address(OrganisationId organisation, const News& news) {
  Bytes row = to_bytes(news.user.value().bytes());
  row.push_back(static_cast<std::uint8_t>(news.kind));
  return {organisation, keys::FieldId::account_news, keys::RowId(ByteView(row)), news.user};
}

}  // namespace

Result<NewsBook> NewsBook::open(storage::Database& database, keys::ContentKeys& content,
                                const Clock& clock) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "account_news", kNewsMigrations));
  return NewsBook(database, content, clock);
}

Result<void> NewsBook::forget_old() {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM account_news WHERE last_at < ?", clock_->now() - kKept));
  return {};
}

Result<void> NewsBook::note(const News& news) {
  if (!is_keeping_) return {};
  FASTNESS_ASSIGN_OR_RETURN(
      const auto owner,
      database_->query_one<OrganisationId>(
          "SELECT organisation FROM user WHERE id = ? AND password IS NOT NULL", news.user));
  if (!owner) return {};
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO account_news (user, kind, client_id, sealed_visitor, first_at, last_at, times)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1) ON CONFLICT (user, kind) DO UPDATE SET"
      " client_id = excluded.client_id, sealed_visitor = excluded.sealed_visitor,"
      " last_at = excluded.last_at, times = times + 1",
      news.user, news.kind, news.client_id, seal(std::get<0>(*owner), news), clock_->now()));
  ++version_;
  return {};
}

Result<std::vector<UserId>> NewsBook::readers() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      database_->query<UserId>("SELECT DISTINCT user FROM account_news ORDER BY user"));
  std::vector<UserId> users;
  users.reserve(rows.size());
  for (const auto& [user] : rows) users.push_back(user);
  return users;
}

Result<std::vector<WaitingNews>> NewsBook::waiting(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows, (database_->query<std::int64_t, OrganisationId, NewsKind, std::string, Bytes,
                                   Timestamp, Timestamp, std::uint64_t>(
                     "SELECT number, organisation, kind, client_id, sealed_visitor, first_at,"
                     " last_at, times FROM account_news JOIN user ON user.id = account_news.user"
                     " WHERE account_news.user = ? ORDER BY first_at, number",
                     user)));
  std::vector<WaitingNews> waiting;
  waiting.reserve(rows.size());
  for (auto& [number, organisation, kind, client_id, sealed, first, last, times] : rows) {
    News news{kind, user, std::move(client_id), {}};
    news.from = open_visitor(organisation, news, sealed);
    waiting.push_back({number, std::move(news), first, last, times});
  }
  return waiting;
}

// A mail of the future, from before the clock was set back, holds nobody's back.
Result<std::int64_t> NewsBook::mails_within_an_hour(UserId user) {
  const Timestamp now = clock_->now();
  FASTNESS_ASSIGN_OR_RETURN(const auto row, database_->query_one<std::int64_t>(
                                                "SELECT count(*) FROM account_news_mail"
                                                " WHERE user = ? AND sent_at > ? AND sent_at <= ?",
                                                user, now - kHour, now));
  return row ? std::get<0>(*row) : 0;
}

Result<void> NewsBook::mark_told(UserId user, const std::vector<WaitingNews>& told) {
  const Timestamp now = clock_->now();
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  for (const WaitingNews& each : told) {
    FASTNESS_RETURN_IF_ERROR(database_->run(
        "DELETE FROM account_news WHERE number = ? AND times <= ?", each.number, each.times));
    FASTNESS_RETURN_IF_ERROR(
        database_->run("UPDATE account_news SET times = times - ?, first_at = last_at"
                       " WHERE number = ?",
                       each.times, each.number));
  }
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM account_news_mail WHERE sent_at <= ?", now - kHour));
  // Nothing of somebody who was erased meanwhile.
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT INTO account_news_mail (user, sent_at)"
                     " SELECT id, ? FROM user WHERE id = ?",
                     now, user));
  return transaction.commit();
}

Result<void> NewsBook::rehome(UserId user, OrganisationId from, OrganisationId to) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<std::int64_t, NewsKind, Bytes>(
          "SELECT number, kind, sealed_visitor FROM account_news WHERE user = ?", user)));
  for (const auto& [number, kind, sealed] : rows) {
    News news{kind, user};
    news.from = open_visitor(from, news, sealed);
    FASTNESS_RETURN_IF_ERROR(database_->run(
        "UPDATE account_news SET sealed_visitor = ? WHERE number = ?", seal(to, news), number));
  }
  return {};
}

Bytes NewsBook::seal(OrganisationId organisation, const News& news) {
  if (news.from.address.empty() && news.from.browser.empty()) return {};
  Bytes plain;
  ByteWriter out(plain);
  out.sized(news.from.address);
  out.sized(news.from.browser);
  auto sealed = content_->seal(visitor_address(organisation, news), plain);
  return sealed ? std::move(sealed).value() : Bytes();
}

Visitor NewsBook::open_visitor(OrganisationId organisation, const News& news, const Bytes& sealed) {
  if (sealed.empty()) return {};
  const auto plain = content_->open(visitor_address(organisation, news), sealed);
  if (!plain) return {};
  ByteReader in(*plain);
  Visitor visitor{in.sized_text(), in.sized_text()};
  return in.finish("who made the news") ? visitor : Visitor{};
}

}  // namespace fastness::accounts
