#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "identity/alarms/alarm_post.h"
#include "outside/alarm_posts.h"

namespace fastness::hub {

// How a person is mailed: at the address that they sign in with, in the language that they read.
struct Recipient {
  outgoing::MailAddress address;
  wording::Language language;
};

// `not_found` if there is nobody, `invalid_argument` if the address is none that mail goes to.
[[nodiscard]] Result<Recipient> recipient(accounts::Users& users, UserId user);

// People who are mailed about alarms of the devices of organisations that they own, and about those
// that concern everybody's since they are here. Each has a channel for each, so that none is kept
// from hearing by another's address. Lives on the control thread; ends after that has run its last.
class OwnerPosts {
 public:
  // What is passed in must outlive it.
  OwnerPosts(const AlarmPosts::Parts& parts, accounts::Accounts& accounts)
      : parts_(parts), accounts_(accounts) {}
  OwnerPosts(const OwnerPosts&) = delete;
  OwnerPosts& operator=(const OwnerPosts&) = delete;
  ~OwnerPosts() = default;

  // Where people find the console; once it is known.
  void set_console(std::string console) { console_ = std::move(console); }

  // Once a second: sends what is due, without waiting for it. `book` must outlive the object.
  void update(identity::AlarmBook& book);

  // One letter to one person, whether or not they are told of alarms. `done` is called once, maybe
  // at once; `not_found` if there is nobody.
  void write_to(UserId user, const wording::Letter& letter, const identity::AlarmPost::Done& done);

  // Since when no mail reaches the owner of that organisation; nothing while all is well.
  [[nodiscard]] std::optional<Timestamp> failing_since(OrganisationId organisation) const;

 private:
  void look_who_is_there();
  // Whose channel it is: a person's own organisation has the name that it had before there were
  // others, so that nobody is told again what they were told.
  using Owner = std::pair<OrganisationId, UserId>;
  [[nodiscard]] Result<std::unique_ptr<identity::AlarmPost>> post_for(
      const accounts::Membership& owner);
  void deliver(UserId user, const wording::Letter& letter, const identity::AlarmPost::Done& done);

  AlarmPosts::Parts parts_;
  accounts::Accounts& accounts_;
  std::string console_;
  std::uint64_t seen_version_ = 0;  // of the book, when it was looked who is there
  std::map<Owner, std::unique_ptr<identity::AlarmPost>> posts_;
};

}  // namespace fastness::hub
