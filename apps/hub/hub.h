#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/api.h"
#include "api/providers/identity_providers.h"
#include "credentials/server_credentials.h"
#include "credentials/staples.h"
#include "domains.h"
#include "gateway/gateway.h"
#include "gateway/store/session_store.h"
#include "http/inspection.h"
#include "http_server/server.h"
#include "identity/server_roots.h"
#include "net/event_loop.h"
#include "outside/account_mail.h"
#include "outside/alarm_posts.h"
#include "outside/correspondence.h"
#include "outside/ledger_witnesses.h"
#include "outside/owner_posts.h"
#include "periodic.h"
#include "renewals/renewal_desk.h"
#include "storage/data_directory.h"
#include "storage/live_backup.h"
#include "telemetry/metrics.h"

namespace fastness::hub {

// Everything that a start has opened before anybody is served; see main.cc. Must outlive the Hub.
struct Opened {
  const config::Config& config;
  os::FileSystem& files;
  DataDirectory& data;
  Stores& stores;
  Domains& domains;
  Pools& pools;
  vault_ipc::Client& vault;
  identity::ServerRoots& roots;
  net::EventLoop& control;
  const Clock& clock;
  Random& random;
  const telemetry::Log& log;
  telemetry::Registry& metrics;
  std::size_t descriptors;  // that this process may have
  Correspondence& correspondence;
  LedgerWitnesses& witnesses;
  AlarmPosts& alarms;
  OwnerPosts& owners;
  AccountMail& account_mail;
  api::IdentityProviders* providers;  // null if there are none
  const http::Inspect& inspect;       // absent if there is no firewall
};

// The hub at work: where the domains meet, by callbacks, and where the world comes in. Lives on
// the control thread; made and started before its loop runs.
class Hub {
 public:
  // Binds every listener, but accepts nobody yet.
  [[nodiscard]] static Result<std::unique_ptr<Hub>> create(const Opened& opened,
                                                           ServerCredentials credentials);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Puts back what the journal holds, then serves, and says so in run/listeners.json.
  [[nodiscard]] Result<void> start();

  // Refuses new connections, lets what is under way finish, writes everything down.
  void stop();

 private:
  Hub(const Opened& opened, ServerCredentials credentials);

  // hub.cc: making and ending
  [[nodiscard]] Result<void> replay();
  [[nodiscard]] bool is_admitted(const gateway::Principal& principal) const;
  [[nodiscard]] Post post_to_control() const;

  // hub_gateway.cc: where devices come in
  [[nodiscard]] Result<std::shared_ptr<tls::ServerContext>> make_context(
      tls::ServerContext::Options options);
  [[nodiscard]] Result<std::shared_ptr<tls::ServerContext>> make_https_context();
  [[nodiscard]] Result<void> make_contexts();
  void make_renewal_desk();
  [[nodiscard]] Result<void> make_gateway();
  [[nodiscard]] Result<void> add_listeners(gateway::Options& options, const std::string& name,
                                           const std::vector<config::Endpoint>& endpoints,
                                           gateway::Proof proof,
                                           std::optional<Durability> durability,
                                           const std::shared_ptr<tls::ServerContext>& context);
  void say_durability(const std::string& listener, Durability durability);

  // hub_web.cc: where people come in
  void make_api();
  [[nodiscard]] Result<void> make_server();
  void serve(http::Request request, http::Responder respond);
  void serve_mqtt(const http::Request& request, http::Responder respond);
  [[nodiscard]] api::HostRoom host_room() const;
  [[nodiscard]] api::Weaknesses weaknesses(OrganisationId organisation) const;

  // hub_events.cc: what happens in one domain and matters in another
  void connect_domains();
  void connect_identity();
  void connect_accounts();
  void connect_erasures();
  void connect_things();
  void note_values(const std::vector<pipeline::Committed>& batch);
  void note_thing(const things::Thing& thing, const things::Things::Change& change);
  void authenticate(const gateway::Services::Attempt& attempt,
                    const gateway::Services::Authenticated& answer);
  void note_forgery(const identity::ForgeryAlarm& alarm);
  void note_clone(const identity::CloneAlarm& alarm);
  void note_retired_key(const identity::RetiredKey& retired);
  void note_quarantine(const identity::PolicyQuarantine& quarantine);
  void note_lockdown(const identity::LockdownEvent& event);
  void note_authority(const identity::AuthorityEvent& event);
  void note_renewal(const renewals::RenewalEvent& event);
  [[nodiscard]] Result<void> note_backups(upkeep::BackupWatch::Turn turn,
                                          const upkeep::Streak& streak);
  // In the trail of every organisation.
  void record_for_all(const std::string& actor, const std::string& action,
                      const std::string& object, const std::string& result);

  // hub_chores.cc: what has its time
  void make_backup();
  void begin_chores();
  void checkpoint();
  void checkpoint_sessions();
  void renew_credentials();
  void look_at_staples();
  void follow_roots();
  void keep_setup_link();
  void flush_connection_log();
  void give_memory_back();
  void write_reading_habits();
  void sign_audit_trail();
  void watch_backups();
  void tell_witnesses();
  void write_witness_files();
  void write_witness_file(const std::string& what, const std::string& file,
                          const ledger::WitnessedLog& log);
  void enforce_history_limits();
  [[nodiscard]] Result<void> resume_erasures();
  [[nodiscard]] Result<void> note_scrubbed_copy();
  void retry_erasures();
  void note_key_ends();
  void dispose();
  void end_access_in_time();
  void note_disposal(OrganisationId organisation, accounts::DisposalKind kind, std::uint64_t count);
  [[nodiscard]] Result<void> offer_setup_link();
  [[nodiscard]] std::string port_of(const char* listener) const;
  [[nodiscard]] std::string console_address() const;
  [[nodiscard]] std::string console_elsewhere() const;

  Opened opened_;
  ServerCredentials credentials_;
  bool are_roots_newer_ = false;  // than the credentials
  Staples staples_;
  net::EventLoop web_{"web"};
  std::shared_ptr<net::DescriptorBudget> descriptors_;  // shared by all limits on connections
  std::shared_ptr<net::ConnectionLimits> web_connections_;
  std::vector<std::shared_ptr<tls::ServerContext>> contexts_;  // all of the four below
  std::shared_ptr<tls::ServerContext> https_;
  std::shared_ptr<tls::ServerContext> mqtts_;
  std::shared_ptr<tls::ServerContext> mqtts_secret_;
  std::shared_ptr<tls::ServerContext> mqtts_certificate_;
  std::unique_ptr<gateway::SessionStore> sessions_;
  std::unique_ptr<renewals::RenewalDesk> renewals_;
  std::unique_ptr<gateway::Gateway> gateway_;
  bool is_checkpointing_sessions_ = false;
  std::int64_t most_connections_ = 0;  // since memory was last given back
  std::int64_t last_connections_ = 0;  // when that was last looked at
  int seconds_to_trim_again_ = 0;      // 0: that is not due
  std::unique_ptr<TestRestore> test_restore_;
  std::unique_ptr<LiveBackup> backup_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<http_server::Server> server_;
  std::vector<std::string> gateway_listeners_;  // the name of each, in the gateway's order
  std::map<std::string, std::vector<std::string>> listeners_;  // by name: where they are bound
  std::atomic<bool> is_ready_{false};
  std::string written_setup_token_;  // of the link in the file; empty if there is none
  std::vector<std::unique_ptr<Periodic>> chores_;
};

}  // namespace fastness::hub
