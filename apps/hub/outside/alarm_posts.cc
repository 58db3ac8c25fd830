#include "outside/alarm_posts.h"

#include "json/writer.h"

namespace fastness::hub {
namespace {

// As chat services take it.
std::string to_json(const wording::Written& letter) {
  json::Writer out;
  out.begin_object();
  out.field("subject", letter.subject);
  out.field("text", letter.body);
  out.end_object();
  return std::move(out).text();
}

}  // namespace

Result<std::unique_ptr<AlarmPosts>> AlarmPosts::create(const Parts& parts) {
  std::unique_ptr<AlarmPosts> made(new AlarmPosts(parts));
  const config::Config::Alarms& config = parts.config.alarms;
  const wording::Language language = parts.config.mail.language;
  if (!config.mail_to.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(const auto to,
                              Correspondence::check_address("alarms.mail_to", config.mail_to));
    made->add("alarms.mail_to",
              [&correspondence = parts.correspondence, to, language](
                  const wording::Letter& letter, const identity::AlarmPost::Done& done) {
                correspondence.mail(to, letter.in(language), done);
              });
  }
  if (!config.url.empty()) {
    FASTNESS_RETURN_IF_ERROR(Correspondence::check_url("alarms.url", config.url));
    made->add("alarms.url",
              [&correspondence = parts.correspondence, url = config.url, language](
                  const wording::Letter& letter, const identity::AlarmPost::Done& done) {
                correspondence.post(url, "application/json", to_json(letter.in(language)), done);
              });
  }
  return made;
}

void AlarmPosts::add(const std::string& setting, identity::AlarmPost::Deliver deliver) {
  const auto report = [this, setting](const Result<void>& delivered) {
    if (delivered) {
      parts_.log.info("alarm_told", {{"by", setting}});
    } else {
      parts_.log.error("alarm_not_told", {{"by", setting}, {"error", delivered.error().message}});
    }
  };
  posts_.push_back(std::make_unique<identity::AlarmPost>(
      parts_.clock, identity::AlarmPost::Options{{setting},
                                                 identity::AlarmReader::host,
                                                 parts_.config.alarms.most_an_hour,
                                                 [this] { return console_; },
                                                 std::move(deliver),
                                                 report}));
}

void AlarmPosts::update(identity::AlarmBook& book) {
  for (const auto& post : posts_) {
    if (const auto done = post->update(book); !done) {
      parts_.log.error("alarms_not_read",
                       {{"by", post->channel().name}, {"why", done.error().message}});
    }
  }
}

std::map<std::string, Timestamp> AlarmPosts::failing() const {
  std::map<std::string, Timestamp> failing;
  for (const auto& post : posts_) {
    if (post->failing_since()) failing.emplace(post->channel().name, *post->failing_since());
  }
  return failing;
}

}  // namespace fastness::hub
