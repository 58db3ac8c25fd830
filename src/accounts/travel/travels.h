#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "accounts/account.h"
#include "accounts/news/known_places.h"
#include "accounts/travel/stay.h"
#include "base/clock.h"
#include "base/result.h"
#include "places/coordinates.h"
#include "storage/database.h"

namespace fastness::keys {
class ContentKeys;
}

namespace fastness::accounts {

// Sees when somebody signs in from where they cannot have travelled to since they signed in before.
// Of each person the last place is kept, to whole degrees, sealed as their own, and for a day: by
// then they can be anywhere. A pair of places that was news is none again for as long as a network
// is known. Without a way to look places up nothing is kept, and nothing is seen. Lives on the
// control thread.
class Travels {
 public:
  // Where an address is, if that is known. Must not fail for long: it is asked at each sign-in.
  using LookUp = std::function<std::optional<places::Coordinates>(std::string_view address)>;

  // Brings the table up to date. Those of AccountsStore must be there.
  [[nodiscard]] static Result<void> prepare(storage::Database& database);

  // All must outlive this, and the table be up to date.
  Travels(storage::Database& database, AccountsStore& store, keys::ContentKeys& content,
          const AccountKeys& keys, const Clock& clock)
      : database_(database), content_(content), places_(store, keys, clock), clock_(clock) {}
  Travels(const Travels&) = delete;
  Travels& operator=(const Travels&) = delete;
  ~Travels() = default;

  void look_up_by(LookUp look_up) { look_up_ = std::move(look_up); }

  // Somebody came in, with all that is asked for. Whether it is news that they cannot have come
  // that far. An address whose place is not known is as if they had not come. Within the
  // transaction that is open.
  [[nodiscard]] Result<bool> arrive(const User& user, std::string_view address);

  // Where a person came in from last, if that is kept and can be read now.
  [[nodiscard]] Result<std::optional<Stay>> last(const User& user);

  // A person's own organisation is another: what was sealed in the one of before is let go.
  [[nodiscard]] Result<void> forget(UserId user);
  // Lets go of stays that are too long ago to say anything. Every hour or so.
  [[nodiscard]] Result<void> forget_old();

 private:
  [[nodiscard]] Result<void> keep(const User& user, const Stay& stay);

  storage::Database& database_;
  keys::ContentKeys& content_;
  KnownPlaces places_;
  const Clock& clock_;
  LookUp look_up_;
};

}  // namespace fastness::accounts
