#include "accounts/staff/operators.h"

#include "accounts/news/news_book.h"

namespace fastness::accounts {

Result<void> Operators::load() {
  FASTNESS_ASSIGN_OR_RETURN(const auto stored, store_.operators());
  users_.clear();
  for (const Operator& each : stored) users_.insert(each.user);
  return {};
}

Result<void> Operators::add(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const auto there, store_.operators());
  if (has(user)) return fail(Errc::already_exists, "they are an operator already");
  if (there.size() >= kMost) return fail(Errc::exhausted, "there are too many operators");
  FASTNESS_RETURN_IF_ERROR(store_.insert(Operator{user, clock_.now()}));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::made_operator, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  users_.insert(user);
  return {};
}

Result<void> Operators::remove(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const bool was_there, store_.remove_operator(user));
  if (!was_there) return fail(Errc::not_found, "they are no operator");
  return news_.note({NewsKind::operator_no_more, user});
}

}  // namespace fastness::accounts
