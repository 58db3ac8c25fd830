#include "outside/ledger_witnesses.h"

namespace fastness::hub {
namespace {

// The second line of a checkpoint.
std::string size_line(const std::string& checkpoint) {
  const std::size_t begin = checkpoint.find('\n') + 1;
  return checkpoint.substr(begin, checkpoint.find('\n', begin) - begin);
}

}  // namespace

Result<std::unique_ptr<LedgerWitnesses>> LedgerWitnesses::create(const Parts& parts) {
  std::unique_ptr<LedgerWitnesses> made(new LedgerWitnesses(parts));
  const config::Config::Ledger& config = parts.config.ledger;
  if (!config.witness_url.empty()) {
    FASTNESS_RETURN_IF_ERROR(made->add_webhook(config.witness_url));
  }
  if (!config.witness_mail.empty()) FASTNESS_RETURN_IF_ERROR(made->add_mail(config.witness_mail));
  return made;
}

Result<void> LedgerWitnesses::add_webhook(const std::string& url) {
  FASTNESS_RETURN_IF_ERROR(Correspondence::check_url("ledger.witness_url", url));
  for (const Of of : {Of::certificates, Of::trail}) {
    add(of, "webhook",
        [this, url](const std::string& checkpoint, const Correspondence::Done& done) {
          parts_.correspondence.post(url, "text/plain; charset=utf-8", checkpoint, done);
        });
  }
  return {};
}

Result<void> LedgerWitnesses::add_mail(const std::string& address) {
  FASTNESS_ASSIGN_OR_RETURN(const auto to,
                            Correspondence::check_address("ledger.witness_mail", address));
  for (const Of of : {Of::certificates, Of::trail}) {
    const std::string what = of == Of::certificates ? "ledger" : "audit";
    add(of, "mail",
        [this, to, what](const std::string& checkpoint, const Correspondence::Done& done) {
          parts_.correspondence.mail(
              to, {"Fastness " + what + " checkpoint " + size_line(checkpoint), checkpoint}, done);
        });
  }
  return {};
}

void LedgerWitnesses::add(Of of, const std::string& name,
                          identity::RemoteWitness::Deliver deliver) {
  const bool is_ledger = of == Of::certificates;
  const auto report = [this, name, is_ledger](const Result<std::uint64_t>& size) {
    if (size) {
      parts_.log.info(is_ledger ? "ledger_witnessed" : "audit_witnessed",
                      {{"by", name}, {"size", *size}});
    } else {
      parts_.log.warning(is_ledger ? "ledger_not_witnessed" : "audit_not_witnessed",
                         {{"by", name}, {"error", size.error().message}});
    }
  };
  witnesses_.push_back({of, name,
                        std::make_unique<identity::RemoteWitness>(
                            parts_.files, parts_.clock,
                            identity::RemoteWitness::Options{
                                parts_.data.witness(is_ledger ? name : "audit-" + name),
                                std::chrono::minutes(parts_.config.ledger.witness_minutes),
                                std::move(deliver), report})});
}

void LedgerWitnesses::update(const ledger::WitnessedLog& certificates,
                             const ledger::WitnessedLog& trail) {
  for (const Witness& each : witnesses_) {
    const bool is_ledger = each.of == Of::certificates;
    const auto done = each.remote->update(is_ledger ? certificates : trail);
    if (done) continue;
    if (done.error().code == Errc::corrupted) {
      parts_.log.error(is_ledger ? "ledger_contradicts_witness" : "audit_contradicts_witness",
                       {{"by", each.name}, {"error", done.error().message}});
    } else {
      parts_.log.warning(is_ledger ? "ledger_not_witnessed" : "audit_not_witnessed",
                         {{"by", each.name}, {"error", done.error().message}});
    }
  }
}

}  // namespace fastness::hub
