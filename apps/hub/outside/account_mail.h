#pragma once

#include <string>

#include "accounts/accounts.h"
#include "accounts/news/news_post.h"
#include "outside/alarm_posts.h"

namespace fastness::hub {

// Writes to people what happens to their own accounts, to the addresses that they sign in with.
// Without a mail server nothing is kept to be told. Lives on the control thread; ends after that
// has run its last.
class AccountMail {
 public:
  // What is passed in must outlive it.
  AccountMail(const AlarmPosts::Parts& parts, accounts::Accounts& accounts);
  AccountMail(const AccountMail&) = delete;
  AccountMail& operator=(const AccountMail&) = delete;
  ~AccountMail() = default;

  // Where people find the console; once it is known.
  void set_console(std::string console) { console_ = std::move(console); }

  // Once a second: sends what is due, without waiting for it.
  void update();

 private:
  void deliver(UserId user, const wording::Letter& letter, const accounts::NewsPost::Done& done);
  void report(UserId user, const Result<void>& delivered) const;

  AlarmPosts::Parts parts_;
  accounts::Accounts& accounts_;
  std::string console_;
  accounts::NewsPost post_;
};

}  // namespace fastness::hub
