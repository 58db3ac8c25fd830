#include "ledger_witnesses.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "config/child.h"
#include "os/files/file_system.h"

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

// The second line of a checkpoint.
std::string size_line(const std::string& checkpoint) {
  const std::size_t begin = checkpoint.find('\n') + 1;
  return checkpoint.substr(begin, checkpoint.find('\n', begin) - begin);
}

}  // namespace

Result<std::unique_ptr<LedgerWitnesses>> LedgerWitnesses::create(const Parts& parts) {
  std::unique_ptr<LedgerWitnesses> made(new LedgerWitnesses(parts));
  const config::Config& config = parts.config;
  if (!config::calls_others(config)) return made;
  FASTNESS_ASSIGN_OR_RETURN(made->sender_, make_sender(config.outgoing));
  if (!config.ledger.witness_url.empty()) {
    FASTNESS_RETURN_IF_ERROR(made->add_webhook(config.ledger.witness_url));
  }
  if (!config.ledger.witness_mail.empty()) FASTNESS_RETURN_IF_ERROR(made->add_mail(config));
  return made;
}

LedgerWitnesses::~LedgerWitnesses() {
  if (sender_) sender_->cancel();
  pool_.join();
}

Result<void> LedgerWitnesses::add_webhook(const std::string& url) {
  if (const auto checked = outgoing::Sender::check_post_url(url); !checked) {
    return wrong_setting("ledger.witness_url", checked.error());
  }
  add("webhook", [this, url](const std::string& checkpoint) {
    return [this, url, checkpoint] {
      return sender_->post(url, "text/plain; charset=utf-8", checkpoint);
    };
  });
  return {};
}

Result<void> LedgerWitnesses::add_mail(const config::Config& config) {
  if (const auto checked = outgoing::Sender::check_mail_url(config.mail.server); !checked) {
    return wrong_setting("mail.server", checked.error());
  }
  const auto from = outgoing::MailAddress::parse(config.mail.from);
  if (!from) return wrong_setting("mail.from", from.error());
  const auto to = outgoing::MailAddress::parse(config.ledger.witness_mail);
  if (!to) return wrong_setting("ledger.witness_mail", to.error());
  mail_server_.url = config.mail.server;
  mail_server_.user = config.mail.user;
  if (!config.mail.user.empty()) {
    auto password = read_password(parts_.files, config.mail.password_file);
    if (!password) return wrong_setting("mail.password_file", password.error());
    mail_server_.password = std::move(password).value();
  }
  add("mail", [this, from = *from, to = *to](const std::string& checkpoint) {
    outgoing::MailMessage message{from,
                                  to,
                                  "Fastness ledger checkpoint " + size_line(checkpoint),
                                  checkpoint,
                                  parts_.clock.now(),
                                  random_uuid(parts_.random)};
    return [this, message = std::move(message)] { return sender_->mail(mail_server_, message); };
  });
  return {};
}

void LedgerWitnesses::add(const std::string& name,
                          std::function<Send(const std::string& checkpoint)> prepare) {
  const auto deliver = [this, prepare = std::move(prepare)](
                           const std::string& checkpoint,
                           const identity::RemoteWitness::Done& done) {
    boost::asio::post(pool_, [this, send = prepare(checkpoint), done] {
      Result<void> sent = send();
      parts_.control.post([done, sent = std::move(sent)] { done(sent); });
    });
  };
  const auto report = [this, name](const Result<std::uint64_t>& size) {
    if (size) {
      parts_.log.info("ledger_witnessed", {{"by", name}, {"size", *size}});
    } else {
      parts_.log.warning("ledger_not_witnessed", {{"by", name}, {"error", size.error().message}});
    }
  };
  witnesses_.push_back({name, std::make_unique<identity::RemoteWitness>(
                                  parts_.files, parts_.clock,
                                  identity::RemoteWitness::Options{
                                      parts_.data.witness(name),
                                      std::chrono::minutes(parts_.config.ledger.witness_minutes),
                                      deliver, report})});
}

void LedgerWitnesses::update(const identity::Identity& identity) {
  for (const Witness& each : witnesses_) {
    const auto done = each.remote->update(identity);
    if (done) continue;
    if (done.error().code == Errc::corrupted) {
      parts_.log.error("ledger_contradicts_witness",
                       {{"by", each.name}, {"error", done.error().message}});
    } else {
      parts_.log.warning("ledger_not_witnessed",
                         {{"by", each.name}, {"error", done.error().message}});
    }
  }
}

}  // namespace fastness::hub
