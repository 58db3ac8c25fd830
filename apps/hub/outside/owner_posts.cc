#include "outside/owner_posts.h"

#include <set>
#include <utility>

#include "config/child.h"

namespace fastness::hub {

Result<Recipient> recipient(accounts::Users& users, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string email, users.email(user));
  FASTNESS_ASSIGN_OR_RETURN(const auto address, outgoing::MailAddress::parse(email));
  FASTNESS_ASSIGN_OR_RETURN(const wording::Language language, users.language(user));
  return Recipient{address, language};
}

void OwnerPosts::update(identity::AlarmBook& book) {
  if (!config::mails_owners(parts_.config)) return;
  if (seen_version_ != book.version()) {
    look_who_is_there();
    seen_version_ = book.version();
  }
  for (const auto& [owner, post] : posts_) {
    if (const auto done = post->update(book); !done) {
      parts_.log.error("alarms_not_read",
                       {{"by", post->channel().name}, {"why", done.error().message}});
    }
  }
}

// Whoever comes later has nothing to hear of what was seen before.
void OwnerPosts::look_who_is_there() {
  const auto owners = accounts_.members().owners();
  if (!owners) {
    parts_.log.error("owners_not_read", {{"why", owners.error().message}});
    return;
  }
  std::set<Owner> there;
  for (const accounts::Membership& each : *owners) {
    const Owner owner(each.organisation, each.user);
    there.insert(owner);
    if (posts_.contains(owner)) continue;
    auto post = post_for(each);
    if (post) {
      posts_.emplace(owner, std::move(post).value());
    } else {
      parts_.log.error("owners_not_read", {{"why", post.error().message}});
    }
  }
  std::erase_if(posts_, [&there](const auto& each) {
    return !there.contains(each.first) && !each.second->is_sending();
  });
}

Result<std::unique_ptr<identity::AlarmPost>> OwnerPosts::post_for(
    const accounts::Membership& owner) {
  FASTNESS_ASSIGN_OR_RETURN(const accounts::User user, accounts_.users().find(owner.user));
  const std::string id = user.id.value().to_text();
  const bool is_own = owner.organisation == user.organisation;
  identity::AlarmPost::Options options{
      {"user:" + id + (is_own ? "" : ":" + owner.organisation.value().to_text()),
       identity::AlarmChannel::Part{owner.organisation, owner.since}},
      identity::AlarmReader::owner,
      parts_.config.alarms.most_an_hour,
      [this] { return console_; },
      [this, user = user.id](const wording::Letter& letter, const identity::AlarmPost::Done& done) {
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

void OwnerPosts::deliver(UserId user, const wording::Letter& letter,
                         const identity::AlarmPost::Done& done) {
  const auto to = recipient(accounts_.users(), user);
  if (!to) return done(Unexpected<Error>{to.error()});
  // Whoever runs the server has a letter of their own, which says more.
  if (to->address.text() == parts_.config.alarms.mail_to) return done(Result<void>());
  parts_.correspondence.mail(to->address, letter.in(to->language), done);
}

void OwnerPosts::write_to(UserId user, const wording::Letter& letter,
                          const identity::AlarmPost::Done& done) {
  const auto to = recipient(accounts_.users(), user);
  if (!to) return done(Unexpected<Error>{to.error()});
  parts_.correspondence.mail(to->address, letter.in(to->language), done);
}

std::optional<Timestamp> OwnerPosts::failing_since(OrganisationId organisation) const {
  for (const auto& [owner, post] : posts_) {
    const bool is_theirs = post->channel().part->organisation == organisation;
    if (is_theirs && post->failing_since()) return post->failing_since();
  }
  return std::nullopt;
}

}  // namespace fastness::hub
