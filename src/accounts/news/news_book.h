#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "accounts/news/news.h"
#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::keys {
class ContentKeys;
}

namespace fastness::accounts {

// The news that people are to be told of their own accounts. On the disk before they are told, so
// that neither a crash nor a mail server that is away loses any: whoever changes an account notes
// it in the transaction of the change. What one person was not told yet is one row for each kind,
// so that no number of them grows it. Who did it is sealed as the person's own. Lives on the
// control thread.
class NewsBook {
 public:
  // What nobody could be told for so long is forgotten.
  static constexpr std::chrono::hours kKept{24 * 30};

  // The tables of AccountsStore must be there. All must outlive the result.
  [[nodiscard]] static Result<NewsBook> open(storage::Database& database,
                                             keys::ContentKeys& content, const Clock& clock);

  // From now on what is noted is kept. Before, nothing is: nobody would ever tell it.
  void keep() { is_keeping_ = true; }

  // Within a transaction, if one is open. Nothing for somebody who never chose a password: there is
  // nobody yet whose account it is. Not knowing how to seal who did it is no error; that is left
  // out.
  [[nodiscard]] Result<void> note(const News& news);

  // Whom something waits for.
  [[nodiscard]] Result<std::vector<UserId>> readers();
  // What waits for a person, the oldest first: at most one of each kind.
  [[nodiscard]] Result<std::vector<WaitingNews>> waiting(UserId user);
  // How many mails somebody got in the hour before `now`.
  [[nodiscard]] Result<std::int64_t> mails_within_an_hour(UserId user);
  // One mail told them of these. What happened again meanwhile goes on waiting.
  [[nodiscard]] Result<void> mark_told(UserId user, const std::vector<WaitingNews>& told);

  // A person's own organisation is another: what waits for them is sealed there. Within the
  // transaction that is open.
  [[nodiscard]] Result<void> rehome(UserId user, OrganisationId from, OrganisationId to);

  // Lets go of what nobody could be told. Every hour or so.
  [[nodiscard]] Result<void> forget_old();

  // Grows with everything that is noted: whoever saw nothing waiting looks again only then.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  NewsBook(storage::Database& database, keys::ContentKeys& content, const Clock& clock)
      : database_(&database), content_(&content), clock_(&clock) {}

  [[nodiscard]] Bytes seal(OrganisationId organisation, const News& news);
  [[nodiscard]] Visitor open_visitor(OrganisationId organisation, const News& news,
                                     const Bytes& sealed);

  storage::Database* database_;  // pointers, so that the book can be moved; outlive it
  keys::ContentKeys* content_;
  const Clock* clock_;
  bool is_keeping_ = false;
  std::uint64_t version_ = 1;
};

}  // namespace fastness::accounts
