#include "outside/account_mail.h"

#include "config/child.h"
#include "outside/owner_posts.h"

namespace fastness::hub {

AccountMail::AccountMail(const AlarmPosts::Parts& parts, accounts::Accounts& accounts)
    : parts_(parts),
      accounts_(accounts),
      post_(parts.clock,
            {[this] { return console_; },
             [this](UserId user, const wording::Letter& letter,
                    const accounts::NewsPost::Done& done) { deliver(user, letter, done); },
             [this](UserId user, const Result<void>& delivered) { report(user, delivered); }}) {
  if (config::sends_mail(parts_.config)) accounts_.news().keep();
}

void AccountMail::update() {
  if (!config::sends_mail(parts_.config)) return;
  if (const auto done = post_.update(accounts_.news()); !done) {
    parts_.log.error("news_not_read", {{"why", done.error().message}});
  }
}

void AccountMail::deliver(UserId user, const wording::Letter& letter,
                          const accounts::NewsPost::Done& done) {
  const auto to = recipient(accounts_.users(), user);
  if (!to) return done(Unexpected<Error>{to.error()});
  parts_.correspondence.mail(to->address, letter.in(to->language), done);
}

void AccountMail::report(UserId user, const Result<void>& delivered) const {
  const std::string id = user.value().to_text();
  if (delivered) {
    parts_.log.info("news_told", {{"user", id}});
  } else {
    parts_.log.error("news_not_told", {{"user", id}, {"error", delivered.error().message}});
  }
}

}  // namespace fastness::hub
