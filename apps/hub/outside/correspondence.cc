#include "outside/correspondence.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "config/child.h"

namespace fastness::hub {
namespace {

constexpr std::size_t kMaxPasswordFile = 4'096;

Unexpected<Error> wrong_setting(const char* name, const Error& error) {
  return fail(Errc::invalid_argument, std::string(name) + ": " + error.message);
}

Result<std::unique_ptr<outgoing::Sender>> make_sender(const config::Config::Outgoing& config) {
  std::vector<outgoing::AddressRange> allowed;
  for (const std::string& text : config.allow) {
    auto range = outgoing::AddressRange::parse(text);
    if (!range) return wrong_setting("outgoing.allow", range.error());
    allowed.push_back(*range);
  }
  return outgoing::Sender::create(
      {outgoing::Guard(std::move(allowed), outgoing::resolve_by_system), config.anchors_file});
}

// The file's first line.
Result<crypto::SecretBytes> read_password(os::FileSystem& files, const std::string& path) {
  FASTNESS_ASSIGN_OR_RETURN(Bytes bytes, os::read_file(files, path, kMaxPasswordFile));
  crypto::SecretBytes whole = crypto::SecretBytes::take(bytes);
  const auto end = std::ranges::find(whole.reveal(), static_cast<std::uint8_t>('\n'));
  const auto size = static_cast<std::size_t>(end - whole.reveal().begin());
  if (size == 0) return fail(Errc::invalid_argument, path + " is empty");
  return crypto::SecretBytes::take(whole.reveal().first(size));
}

}  // namespace

Result<std::unique_ptr<Correspondence>> Correspondence::create(const Parts& parts) {
  std::unique_ptr<Correspondence> made(new Correspondence(parts));
  if (!config::calls_others(parts.config)) return made;
  FASTNESS_ASSIGN_OR_RETURN(made->sender_, make_sender(parts.config.outgoing));
  if (!parts.config.mail.server.empty()) FASTNESS_RETURN_IF_ERROR(made->prepare_mail());
  return made;
}

Correspondence::~Correspondence() {
  if (sender_) sender_->cancel();
  pool_.join();
}

Result<void> Correspondence::check_url(const char* setting, const std::string& url) {
  if (const auto checked = outgoing::Sender::check_post_url(url); !checked) {
    return wrong_setting(setting, checked.error());
  }
  return {};
}

Result<outgoing::MailAddress> Correspondence::check_address(const char* setting,
                                                            const std::string& address) {
  auto parsed = outgoing::MailAddress::parse(address);
  if (!parsed) return wrong_setting(setting, parsed.error());
  return parsed;
}

Result<void> Correspondence::prepare_mail() {
  const config::Config::Mail& config = parts_.config.mail;
  if (const auto checked = outgoing::Sender::check_mail_url(config.server); !checked) {
    return wrong_setting("mail.server", checked.error());
  }
  FASTNESS_ASSIGN_OR_RETURN(from_, check_address("mail.from", config.from));
  mail_server_.url = config.server;
  mail_server_.user = config.user;
  if (config.user.empty()) return {};
  auto password = read_password(parts_.files, config.password_file);
  if (!password) return wrong_setting("mail.password_file", password.error());
  mail_server_.password = std::move(password).value();
  return {};
}

void Correspondence::post(const std::string& url, const std::string& media_type,
                          const std::string& body, Done done) {
  send([this, url, media_type, body] { return sender_->post(url, media_type, body); },
       std::move(done));
}

void Correspondence::mail(const outgoing::MailAddress& to, wording::Written letter, Done done) {
  outgoing::MailMessage message{*from_,
                                to,
                                std::move(letter.subject),
                                std::move(letter.body),
                                parts_.clock.now(),
                                random_uuid(parts_.random)};
  send([this, message = std::move(message)] { return sender_->mail(mail_server_, message); },
       std::move(done));
}

void Correspondence::send(std::function<Result<void>()> work, Done done) {
  boost::asio::post(pool_, [this, work = std::move(work), done = std::move(done)] {
    Result<void> sent = work();
    parts_.control.post([done, sent = std::move(sent)] { done(sent); });
  });
}

}  // namespace fastness::hub
