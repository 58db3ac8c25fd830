// What has its time: checkpoints, renewals, limits.
#include <algorithm>

#include <malloc.h>

#include "api/v1/live/live.h"
#include "hub.h"
#include "identity/ledger_witness.h"

namespace fastness::hub {
namespace {

using namespace std::chrono_literals;

Result<void> sign_head(audit::AuditLog& trail, vault_ipc::Client& vault) {
  const audit::AuditLog::Head head = trail.head();
  FASTNESS_ASSIGN_OR_RETURN(const auto last, trail.last_checkpoint());
  if (head.size == 0 || (last && last->head == head)) return {};
  FASTNESS_ASSIGN_OR_RETURN(const Bytes root, from_hex(head.root));
  crypto::Digest digest{};
  std::ranges::copy(root, digest.begin());
  FASTNESS_ASSIGN_OR_RETURN(const std::string note, vault.sign_audit_checkpoint(head.size, digest));
  return trail.keep_checkpoint(head, note);
}

}  // namespace

void Hub::begin_chores() {
  opened_.alarms.set_console(console_address());
  opened_.owners.set_console(console_address());
  opened_.account_mail.set_console(console_address());
  auto& loop = opened_.control.context();
  const auto every = [this, &loop](std::chrono::milliseconds interval, auto task) {
    chores_.push_back(std::make_unique<Periodic>(loop, interval, std::move(task)));
  };
  every(api::Live::kTick, [this] { api_->live().tick(); });
  every(1s, [this] {
    opened_.domains.identity->tick();
    end_access_in_time();
    opened_.alarms.update(opened_.domains.identity->alarms());
    opened_.owners.update(opened_.domains.identity->alarms());
    opened_.account_mail.update();
    renewals_->tick();
    flush_connection_log();
    keep_setup_link();
    give_memory_back();
  });
  every(5s, [this] { checkpoint(); });
  every(1min, [this] {
    api_->accesses().tick();
    write_reading_habits();
    sign_audit_trail();
  });
  every(5s, [this] {
    renew_credentials();
    look_at_staples();
  });
  every(5s, [this] { backup_->tidy(); });
  every(1h, [this] { enforce_history_limits(); });
  every(1h, [this] { dispose(); });
  every(1min, [this] { retry_erasures(); });
  every(1min, [this] { note_key_ends(); });
  every(1min, [this] { watch_backups(); });
  tell_witnesses();
  every(1min, [this] { tell_witnesses(); });
  if (opened_.config.ledger.witness_file.empty()) return;
  write_witness_files();  // at once: what was taken back is found out at the start
  every(std::chrono::minutes(opened_.config.ledger.witness_minutes),
        [this] { write_witness_files(); });
}

void Hub::tell_witnesses() {
  opened_.witnesses.update(identity::witnessed(*opened_.domains.identity),
                           audit::witnessed(*opened_.domains.audit));
}

void Hub::write_witness_files() {
  const std::string& file = opened_.config.ledger.witness_file;
  write_witness_file("ledger", file, identity::witnessed(*opened_.domains.identity));
  write_witness_file("audit", file + ".audit", audit::witnessed(*opened_.domains.audit));
}

void Hub::write_witness_file(const std::string& what, const std::string& file,
                             const ledger::WitnessedLog& log) {
  const bool is_ledger = what == "ledger";
  const auto done = identity::LedgerWitness(opened_.files, file).update(log);
  if (done && *done) {
    opened_.log.info(is_ledger ? "ledger_witnessed" : "audit_witnessed", {{"file", file}});
  }
  if (done) return;
  const std::string& why = done.error().message;
  if (done.error().code == Errc::corrupted) {
    opened_.log.error(is_ledger ? "ledger_contradicts_witness" : "audit_contradicts_witness",
                      {{"file", file}, {"error", why}});
  } else {
    opened_.log.warning(is_ledger ? "ledger_not_witnessed" : "audit_not_witnessed",
                        {{"file", file}, {"error", why}});
  }
}

// The C library keeps what was freed. When a thousand connections have gone the system gets it:
// once none has gone for a second, and again when what outlives a connection for a few seconds, on
// the pages that the connection was on, has gone too.
void Hub::give_memory_back() {
  constexpr std::int64_t kMany = 1'000;
  constexpr int kLater = 10;  // seconds
  const std::int64_t open = gateway_->connections();
  const bool more_go = open < std::exchange(last_connections_, open);
  most_connections_ = std::max(most_connections_, open);
  if (seconds_to_trim_again_ > 0 && --seconds_to_trim_again_ == 0) ::malloc_trim(0);
  if (more_go || most_connections_ - open < kMany) return;
  most_connections_ = open;
  seconds_to_trim_again_ = kLater;
  ::malloc_trim(0);
}

void Hub::checkpoint() {
  if (const auto done = opened_.domains.pipeline->checkpoint(); !done) {
    opened_.log.warning("checkpoint_failed", {{"error", done.error().message}});
  }
  checkpoint_sessions();
}

// One at a time: the next begins when the journal knows of this one's end.
void Hub::checkpoint_sessions() {
  if (is_checkpointing_sessions_) return;
  is_checkpointing_sessions_ = true;
  gateway_->checkpoint(
      *sessions_, opened_.stores.journal->status().next, post_to(opened_.pools.seal),
      [this](const Result<gateway::LogPosition>& position) {
        if (position) {
          opened_.stores.journal->checkpoint(kGatewayConsumer, *position);
        } else {
          opened_.log.warning("sessions_not_checkpointed", {{"error", position.error().message}});
        }
        opened_.control.post([this] { is_checkpointing_sessions_ = false; });
      });
}

void Hub::flush_connection_log() {
  if (const auto done = opened_.domains.devices->flush(); !done) {
    opened_.log.warning("connection_log_not_written", {{"error", done.error().message}});
  }
}

void Hub::write_reading_habits() {
  if (const auto done = opened_.domains.accounts->reads().tick(); !done) {
    opened_.log.warning("reading_habits_not_written", {{"error", done.error().message}});
  }
}

void Hub::sign_audit_trail() {
  if (const auto done = sign_head(*opened_.domains.audit, opened_.vault); !done) {
    opened_.log.warning("audit_not_signed", {{"error", done.error().message}});
  }
}

void Hub::renew_credentials() {
  const bool is_due_now = is_due(credentials_, opened_.config.server, opened_.clock.now());
  if (!is_due_now && !are_roots_newer_) return;
  auto renewed = make_server_credentials(opened_.config.server, opened_.vault);
  if (!renewed) {
    opened_.log.error("certificate_not_renewed", {{"error", renewed.error().message}});
    // Said once for each change of a file; but a vault that is away comes back.
    if (renewed.error().code != Errc::unavailable) {
      credentials_.files = stamps_of(opened_.config.server);
    }
    return;
  }
  for (const auto& context : contexts_) {
    if (const auto loaded = context->reload(renewed->credentials); !loaded) {
      opened_.log.error("certificate_not_loaded", {{"error", loaded.error().message}});
      return;
    }
  }
  opened_.log.info("certificate_renewed");
  credentials_ = std::move(renewed).value();
  are_roots_newer_ = false;
}

// After the credentials: a status is shown beside the certificate that it is of.
void Hub::look_at_staples() {
  const auto shown = staples_.look(credentials_.credentials);
  if (!shown) return;
  for (const auto& context : contexts_) context->staple(*shown);
}

// Another authority signs from now on. Whoever is connected stays so; whoever comes next is shown
// the new certificate. What fails now is tried again with the next renewal.
void Hub::follow_roots() {
  const std::uint32_t number = opened_.roots.anchors().number;
  opened_.log.warning("server_roots_changed", {{"root_set", number}});
  const auto roots = opened_.roots.set();
  if (!roots || !opened_.data.write_anchors(*roots)) opened_.log.error("anchors_not_written");
  record_for_all("host", "ca.change_roots", "root-set:" + std::to_string(number), "ok");
  are_roots_newer_ = true;
  renew_credentials();
}

void Hub::enforce_history_limits() {
  post_to(opened_.pools.seal)([&history = *opened_.domains.history, log = opened_.log] {
    if (const auto done = history.enforce_limits(); !done) {
      log.warning("history_limits_not_enforced", {{"error", done.error().message}});
    }
  });
}

void Hub::note_disposal(OrganisationId organisation, accounts::DisposalKind kind,
                        std::uint64_t count) {
  const auto noted = opened_.domains.disposals->note(organisation, kind, count);
  if (!noted) opened_.log.warning("disposal_not_noted", {{"error", noted.error().message}});
}

// What is over goes, and it is written down how much that was.
void Hub::dispose() {
  if (const auto news = opened_.domains.accounts->news().forget_old(); !news) {
    opened_.log.warning("news_not_forgotten", {{"error", news.error().message}});
  }
  if (const auto stays = opened_.domains.accounts->travels().forget_old(); !stays) {
    opened_.log.warning("stays_not_forgotten", {{"error", stays.error().message}});
  }
  if (const auto habits = opened_.domains.accounts->reads().forget_old(); !habits) {
    opened_.log.warning("reading_habits_not_forgotten", {{"error", habits.error().message}});
  }
  if (const auto done = opened_.domains.accounts->invitations().forget_expired(); !done) {
    opened_.log.warning("invitations_not_forgotten", {{"error", done.error().message}});
  }
  if (const auto sessions = opened_.domains.accounts->sessions().forget_expired()) {
    for (const accounts::Session& session : *sessions) {
      note_disposal(session.organisation, accounts::DisposalKind::session, 1);
    }
  } else {
    opened_.log.warning("sessions_not_forgotten", {{"error", sessions.error().message}});
  }
  if (const auto codes = opened_.domains.identity->claims().forget_old()) {
    for (const auto& [organisation, count] : *codes) {
      note_disposal(organisation, accounts::DisposalKind::claim_code, count);
    }
  } else {
    opened_.log.warning("claim_codes_not_forgotten", {{"error", codes.error().message}});
  }
  if (const auto grants = opened_.domains.accounts->access_grants().forget_old()) {
    for (const auto& [organisation, count] : *grants) {
      note_disposal(organisation, accounts::DisposalKind::access,
                    static_cast<std::uint64_t>(count));
    }
  } else {
    opened_.log.warning("access_not_forgotten", {{"error", grants.error().message}});
  }
  // They are the host's and of no organisation, so that none is told of their end.
  if (const auto signatures = opened_.domains.accounts->host_orders().forget_old(); !signatures) {
    opened_.log.warning("order_signatures_not_forgotten", {{"error", signatures.error().message}});
  }
}

void Hub::end_access_in_time() {
  if (const auto done = opened_.domains.accounts->access_grants().tick(); !done) {
    opened_.log.error("access_not_ended", {{"error", done.error().message}});
  }
  opened_.domains.accounts->host_orders().tick();
}

// The trail of this instance begins with where it comes from.
Result<void> Hub::note_scrubbed_copy() {
  const std::uint64_t people = opened_.domains.made_up_addresses;
  if (people == 0) return {};
  opened_.log.info("scrubbed_copy_begun", {{"people", people}});
  const OrganisationId nobody(Uuid(Uuid::Bytes{}));
  return opened_.domains.audit->record(
      {nobody, "host", "host.restore_scrubbed", "people:" + std::to_string(people), "", "ok"});
}

// Who was erased and came back with a backup goes again before anybody is served.
Result<void> Hub::resume_erasures() {
  accounts::Erasures& erasures = *opened_.domains.erasures;
  FASTNESS_RETURN_IF_ERROR(erasures.resume());
  FASTNESS_ASSIGN_OR_RETURN(const auto all, erasures.list());
  for (const accounts::Erasure& each : all) {
    if (each.state == accounts::ErasureState::erased) continue;
    opened_.log.warning("erasing", {{"organisation", each.organisation.value().to_text()},
                                    {"asked_by", to_text(each.cause)}});
  }
  return {};
}

void Hub::retry_erasures() {
  if (const auto done = opened_.domains.erasures->retry(); !done) {
    opened_.log.warning("erasures_not_retried", {{"error", done.error().message}});
  }
}

void Hub::note_key_ends() {
  if (const auto done = opened_.domains.accounts->api_keys().note_ends(); !done) {
    opened_.log.warning("key_ends_not_noted", {{"error", done.error().message}});
  }
}

void Hub::make_backup() {
  test_restore_ = std::make_unique<TestRestore>(
      TestRestore::Parts{opened_.stores, opened_.domains, opened_.vault, opened_.files,
                         opened_.data, post_to_control(), post_to(opened_.pools.backup),
                         opened_.clock, opened_.random, opened_.log});
  backup_ = std::make_unique<LiveBackup>(LiveBackup::Parts{
      opened_.stores, opened_.vault, opened_.files, opened_.data, post_to_control(),
      post_to(opened_.pools.backup), opened_.random, opened_.log, *test_restore_});
}

void Hub::watch_backups() {
  if (const auto done = opened_.domains.backups_made->tick(); !done) {
    opened_.log.warning("backups_not_watched", {{"error", done.error().message}});
  }
}

// Until there is a first user, whoever can read the data directory may become it.
Result<void> Hub::offer_setup_link() {
  FASTNESS_RETURN_IF_ERROR(opened_.data.remove_setup_link());
  accounts::Accounts& accounts = *opened_.domains.accounts;
  FASTNESS_ASSIGN_OR_RETURN(const bool has_users, accounts.users().has_any());
  const std::string console = console_address();
  if (has_users || console.empty()) return {};
  FASTNESS_ASSIGN_OR_RETURN(accounts::NewSetupLink link,
                            accounts.setup_links().create(std::nullopt));
  FASTNESS_RETURN_IF_ERROR(opened_.data.write_setup_link(console + "setup#" + link.token));
  written_setup_token_ = std::move(link.token);
  opened_.log.info("not_set_up_yet", {{"link_is_in", opened_.data.setup_link().string()}});
  return {};
}

// The file goes once its link was used, is over, or gave way to another.
void Hub::keep_setup_link() {
  if (written_setup_token_.empty()) return;
  const auto found = opened_.domains.accounts->setup_links().find(written_setup_token_);
  if (found || found.error().code != Errc::unauthenticated) return;
  if (opened_.data.remove_setup_link()) written_setup_token_.clear();
}

// ":8443", empty if nothing listens.
std::string Hub::port_of(const char* listener) const {
  const auto found = listeners_.find(listener);
  if (found == listeners_.end() || found->second.empty()) return "";
  const std::string& bound = found->second.front();
  return bound.substr(bound.rfind(':'));
}

// The listener for this machine's own browsers first: they know no certificate of ours yet.
std::string Hub::console_address() const {
  const std::string port = port_of("http");
  return port.empty() ? console_elsewhere() : "http://localhost" + port + "/";
}

// For people who are not at this machine, if there is a way in for them.
std::string Hub::console_elsewhere() const {
  const std::string port = port_of("https");
  if (port.empty()) return "";
  const auto& names = opened_.config.server.names;
  const std::string name = names.empty() ? "localhost" : names.front();
  const bool is_v6 = name.find(':') != std::string::npos;
  return "https://" + (is_v6 ? "[" + name + "]" : name) + port + "/";
}

}  // namespace fastness::hub
