#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "accounts/news/letter/news_letter.h"
#include "accounts/news/news_book.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/result.h"

namespace fastness::accounts {

// Brings people the news of their accounts: at once, all that waits for a person in one mail, and
// not more than kMostAnHour mails; what comes after those waits together. What does not arrive is
// sent again until it does; after a crash it may come twice. No person waits for another's mail.
// Lives on the control thread.
class NewsPost {
 public:
  using Done = std::function<void(Result<void>)>;

  struct Options {
    std::function<std::string()> console;  // as letter_about wants it
    // Sends a letter to that person, and calls `done` once, on the control thread, with whether it
    // has arrived.
    std::function<void(UserId user, const wording::Letter& letter, const Done& done)> deliver;
    std::function<void(UserId user, const Result<void>& delivered)> report;
  };

  static constexpr std::int64_t kMostAnHour = fixed_limit("accounts.news_mails_an_hour");
  static constexpr std::size_t kMostAtOnce = 4;           // mails on their way
  static constexpr std::chrono::seconds kFirstPause{10};  // after a failure; doubles
  static constexpr std::chrono::seconds kLongestPause{std::chrono::minutes{10}};
  static constexpr std::chrono::minutes kFullPause{1};  // until it is looked again for room

  // `clock` must outlive the object, and the object whatever `deliver` has to call.
  NewsPost(const Clock& clock, Options options) : clock_(clock), options_(std::move(options)) {}

  // Once a second: sends what is due, without waiting for it. `book` must outlive what it sends.
  [[nodiscard]] Result<void> update(NewsBook& book);

 private:
  // How it goes with one person.
  struct Pace {
    bool is_sending = false;
    std::optional<SteadyTime> not_before = {};
    std::chrono::seconds pause = kFirstPause;
  };
  [[nodiscard]] Result<void> write_to(NewsBook& book, UserId user, Pace& pace);
  void note(NewsBook& book, UserId user, const std::vector<WaitingNews>& told,
            const Result<void>& done);

  const Clock& clock_;
  Options options_;
  std::uint64_t seen_version_ = 0;  // of the book, when it was looked for whom something waits
  std::map<UserId, Pace> paces_;    // of those for whom something waits
  std::size_t on_their_way_ = 0;
};

}  // namespace fastness::accounts
