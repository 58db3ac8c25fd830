#include "accounts/news/news_post.h"

#include <algorithm>

namespace fastness::accounts {

Result<void> NewsPost::update(NewsBook& book) {
  if (paces_.empty() && seen_version_ == book.version()) return {};
  const std::uint64_t version = book.version();
  FASTNESS_ASSIGN_OR_RETURN(const auto readers, book.readers());
  seen_version_ = version;
  std::erase_if(paces_, [&readers](const auto& each) {
    return !each.second.is_sending && !std::ranges::binary_search(readers, each.first);
  });
  for (const UserId& user : readers) {
    FASTNESS_RETURN_IF_ERROR(write_to(book, user, paces_[user]));
  }
  return {};
}

Result<void> NewsPost::write_to(NewsBook& book, UserId user, Pace& pace) {
  const SteadyTime now = clock_.steady();
  if (pace.is_sending || on_their_way_ >= kMostAtOnce) return {};
  if (pace.not_before && now < *pace.not_before) return {};
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t sent, book.mails_within_an_hour(user));
  if (sent >= kMostAnHour) {
    pace.not_before = now + kFullPause;
    return {};
  }
  FASTNESS_ASSIGN_OR_RETURN(auto told, book.waiting(user));
  if (told.empty()) return {};
  pace.is_sending = true;
  ++on_their_way_;
  const wording::Letter letter = letter_about(told, options_.console());
  options_.deliver(user, letter,
                   [this, &book, user, told = std::move(told)](const Result<void>& done) {
                     note(book, user, told, done);
                   });
  return {};
}

void NewsPost::note(NewsBook& book, UserId user, const std::vector<WaitingNews>& told,
                    const Result<void>& done) {
  --on_their_way_;
  Pace& pace = paces_[user];
  pace.is_sending = false;
  const Result<void> kept = done ? book.mark_told(user, told) : done;
  if (kept) {
    pace.pause = kFirstPause;
    pace.not_before.reset();
  } else {
    pace.not_before = clock_.steady() + pace.pause;
    pace.pause = std::min(pace.pause * 2, kLongestPause);
  }
  options_.report(user, kept);
}

}  // namespace fastness::accounts
