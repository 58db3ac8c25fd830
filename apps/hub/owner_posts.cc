#include "owner_posts.h"

#include <set>
#include <utility>

#include "config/child.h"

namespace fastness::hub {

Result<outgoing::MailAddress> address_of(accounts::Users& users, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string address, users.email(user));
  return outgoing::MailAddress::parse(address);
}

void OwnerPosts::update(identity::AlarmBook& book) {
  if (!config::mails_owners(parts_.config)) return;
  if (seen_version_ != book.version()) {
    look_who_is_there();
    seen_version_ = book.version();
  }
  for (const auto& [user, post] : posts_) {
    if (const auto done = post->update(book); !done) {
      parts_.log.error("alarms_not_read",
                       {{"by", post->channel().name}, {"why", done.error().message}});
    }
  }
}

// Whoever comes later has nothing to hear of what was seen before.
void OwnerPosts::look_who_is_there() {
  const auto users = users_.registered();
  if (!users) {
    parts_.log.error("owners_not_read", {{"why", users.error().message}});
    return;
  }
  std::set<UserId> there;
  for (const accounts::User& user : *users) {
    there.insert(user.id);
    if (!posts_.contains(user.id)) posts_.emplace(user.id, post_for(user));
  }
  std::erase_if(posts_, [&there](const auto& each) {
    return !there.contains(each.first) && !each.second->is_sending();
  });
}

std::unique_ptr<identity::AlarmPost> OwnerPosts::post_for(const accounts::User& user) {
  const std::string id = user.id.value().to_text();
  identity::AlarmPost::Options options{
      {"user:" + id, identity::AlarmChannel::Part{user.organisation, user.created_at}},
      identity::AlarmReader::owner,
      parts_.config.alarms.most_an_hour,
      [this] { return console_; },
      [this, user = user.id](const identity::AlarmLetter& letter,
                             const identity::AlarmPost::Done& done) {
        deliver(user, letter, done);
      },
      [this, id](const Result<void>& delivered) {
        if (delivered) {
          parts_.log.info("alarm_told", {{"user", id}});
        } else {
          parts_.log.error("alarm_not_told", {{"user", id}, {"error", delivered.error().message}});
        }
      }};
  return std::make_unique<identity::AlarmPost>(parts_.clock, std::move(options));
}

void OwnerPosts::deliver(UserId user, const identity::AlarmLetter& letter,
                         const identity::AlarmPost::Done& done) {
  const auto to = address_of(users_, user);
  if (!to) return done(Unexpected<Error>{to.error()});
  // Whoever runs the server has a letter of their own, which says more.
  if (to->text() == parts_.config.alarms.mail_to) return done(Result<void>());
  parts_.correspondence.mail(*to, letter.subject, letter.body, done);
}

void OwnerPosts::write_to(UserId user, const identity::AlarmLetter& letter,
                          const identity::AlarmPost::Done& done) {
  const auto to = address_of(users_, user);
  if (!to) return done(Unexpected<Error>{to.error()});
  parts_.correspondence.mail(*to, letter.subject, letter.body, done);
}

std::optional<Timestamp> OwnerPosts::failing_since(OrganisationId organisation) const {
  for (const auto& [user, post] : posts_) {
    const bool is_theirs = post->channel().part->organisation == organisation;
    if (is_theirs && post->failing_since()) return post->failing_since();
  }
  return std::nullopt;
}

}  // namespace fastness::hub
