// Everything behind the routes, real but for the listener: databases, vault, journal, history.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/erasure/erasures.h"
#include "accounts/retention/disposals.h"
#include "accounts/testing/accounts_fixture.h"
#include "api/admin/host_backup.h"
#include "api/api.h"
#include "api/providers/identity_providers.h"
#include "audit/audit_log.h"
#include "crypto/secret/system_random.h"
#include "history/history.h"
#include "identity/identity.h"
#include "identity/server_roots.h"
#include "incident/record/incidents.h"
#include "incident/record/letters.h"
#include "incident/restriction/restrictions.h"
#include "incident/restriction/switches.h"
#include "json/value.h"
#include "os/testing/faulty_file_system.h"
#include "pipeline/pipeline.h"
#include "pipeline/refusals.h"
#include "storage/testing/schema.h"
#include "telemetry/testing/captured_log.h"
#include "things/testing/registry.h"
#include "vault/testing/in_process_vault.h"

namespace fastness::journal {
class Journal;
}

namespace fastness::api::testing {

// Tasks posted from any thread, run by the test's own.
class Tasks {
 public:
  void post(std::function<void()> task);
  // Runs tasks until `done` holds; fails the test after ten seconds of nothing.
  void run_until(const std::function<bool()>& done);
  // For what may happen on another thread.
  void wake() {
    post([] {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> tasks_;
};

// How a test asks.
struct Ask {
  std::string token = {};  // bearer
  std::string body = {};
  std::map<std::string, std::string> headers = {};
  http::Channel channel = http::Channel::tls;
  std::optional<crypto::Digest> leaf = {};  // of the client certificate that TLS proved
  std::string address = "192.0.2.1";
};

[[nodiscard]] inline Ask with(Ask ask, std::string body) {
  ask.body = std::move(body);
  return ask;
}

// One organisation's way in.
struct Member {
  OrganisationId organisation;
  UserId user;
  std::string client_id;
  std::string client_secret;
  std::string token;  // of a key with all scopes
};

// A test restore that a test lets come to an end.
class ScriptedTestRestore final : public HostTestRestore {
 public:
  Result<bool> begin(const Uuid& backup, std::uint64_t bytes) override {
    if (refuses_with) return Unexpected<Error>{*refuses_with};
    begun = {backup, bytes};
    return is_due;
  }
  Result<void> go_on(const Uuid& backup, Unpacked unpacked) override {
    if (!begun || begun->first != backup) return fail(Errc::not_found, "another");
    progress.state = unpacked == Unpacked::whole ? State::opening : State::failed;
    return {};
  }
  Result<Progress> look(const Uuid& backup) override {
    if (!begun || begun->first != backup) return fail(Errc::not_found, "another");
    return progress;
  }

  std::optional<Error> refuses_with;
  bool is_due = true;
  std::optional<std::pair<Uuid, std::uint64_t>> begun;
  Progress progress;
};

// A copy that a test lets come to an end.
class ScriptedBackup final : public HostBackup {
 public:
  Result<Uuid> begin() override {
    if (refuses_with) return Unexpected<Error>{*refuses_with};
    return kId;
  }
  Result<Progress> look(const Uuid& id) override {
    if (id != kId) return fail(Errc::not_found, "another");
    return std::move(progress);
  }
  Result<void> end(const Uuid& id) override {
    if (id != kId || has_ended) return fail(Errc::not_found, "another");
    has_ended = true;
    return {};
  }

  HostTestRestore& test_restore() override { return test; }

  inline static const Uuid kId{Uuid::Bytes{1}};
  std::optional<Error> refuses_with;
  Progress progress;
  bool has_ended = false;
  ScriptedTestRestore test;
};

// Two providers that say what a test wants, at once or when it lets them.
class ScriptedProviders final : public IdentityProviders {
 public:
  [[nodiscard]] const std::vector<Offered>& offered() const override { return kOffered; }
  void begin(const oidc::Attempt& attempt,
             std::function<void(const Result<std::string>&)> done) override {
    sent = attempt;
    done(is_away ? Result<std::string>(fail(Errc::unavailable, "nobody answers"))
                 : Result<std::string>("https://id.example/auth?state=" + attempt.state));
  }
  void redeem(const oidc::Attempt& attempt, const oidc::Answer& answer,
              std::function<void(const Result<oidc::Identity>&)> done) override {
    redeemed.emplace_back(attempt, answer);
    if (before_answer) before_answer();
    done(says);
  }
  void read_logout(const std::string& provider, std::string untrusted_token,
                   std::function<void(const Result<oidc::Logout>&)> done) override {
    logouts.emplace_back(provider, std::move(untrusted_token));
    done(says_of_logout);
  }

  inline static const std::vector<Offered> kOffered{{"company", "Company", "https://id.example"},
                                                    {"other", "Other", "https://other.example"}};
  bool is_away = false;
  std::optional<oidc::Attempt> sent;
  std::vector<std::pair<oidc::Attempt, oidc::Answer>> redeemed;
  std::function<void()> before_answer;
  Result<oidc::Identity> says = oidc::Identity{"https://id.example", "me"};
  std::vector<std::pair<std::string, std::string>> logouts;
  Result<oidc::Logout> says_of_logout = fail(Errc::unauthenticated, "not said");
};

class World {
 public:
  enum class Mails : std::uint8_t { nobody, everybody };
  // `database`: another than a fresh one in memory.
  explicit World(identity::DetectionPolicy policy = {},
                 std::optional<storage::Database> database = std::nullopt,
                 Mails mails_to = Mails::nobody);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  http::Response ask(http::Method method, std::string_view target, const Ask& how = {});
  // The body of an answer that must have this status.
  json::Value expect(http::Status status, http::Method method, std::string_view target,
                     const Ask& how = {});

  [[nodiscard]] Member add_member(const std::string& email);
  // What a page of ours sends in a session.
  [[nodiscard]] Ask page_of(const accounts::NewSession& session);
  // The same of whoever was let in by `let_in`.
  [[nodiscard]] static Ask page_of(const http::Response& let_in);
  // The same in a new session of that person's.
  [[nodiscard]] Ask page_of(UserId user);
  // The answer to somebody new who comes by a link of the host and chooses kPassword.
  static constexpr const char* kPassword = "correct horse battery";
  [[nodiscard]] http::Response set_up(const std::string& email = "me@x.y");
  // The answer to who signs in by that.
  [[nodiscard]] http::Response sign_in(const std::string& email = "me@x.y", Ask how = {});
  // An app that whoever has this page added, and what came with it. The code it shows now is good:
  // the one before it was used half a minute ago.
  struct App {
    std::string secret;
    std::vector<std::string> recovery_codes;
  };
  App add_app(const Ask& page);
  [[nodiscard]] std::string code_of(const App& app) const;
  // Somebody new in that organisation, at work there.
  [[nodiscard]] Ask add_person(OrganisationId organisation, const std::string& email,
                               accounts::Role role, const accounts::ThingRights& things = {});
  // An access token of a new key with these scopes.
  [[nodiscard]] std::string token_of(const Member& member, accounts::Scopes scopes);

  [[nodiscard]] fastness::testing::ManualClock& clock() { return registry_.clock; }
  [[nodiscard]] storage::Database& database() { return registry_.database; }
  [[nodiscard]] accounts::Accounts& accounts() { return *accounts_; }
  [[nodiscard]] identity::Identity& identity() { return *identity_; }
  [[nodiscard]] identity::ServerRoots& server_roots() { return *server_roots_; }
  [[nodiscard]] vault::testing::InProcessVault& vault() { return vault_; }
  [[nodiscard]] things::Things& things() { return *registry_.things; }
  [[nodiscard]] things::Devices& devices() { return *registry_.devices; }
  [[nodiscard]] audit::AuditLog& audit() { return *audit_; }
  [[nodiscard]] incident::Restrictions& restrictions() { return *restrictions_; }
  [[nodiscard]] incident::Switches& switches() { return *switches_; }
  [[nodiscard]] incident::Incidents& incidents() { return *incidents_; }
  // What people were written, and whether it arrives.
  std::vector<std::pair<UserId, wording::Letter>> letters;
  bool can_deliver = true;
  // What was mailed to addresses, in a world that mails everybody.
  std::vector<std::pair<std::string, wording::Written>> mails;
  [[nodiscard]] accounts::Erasures& erasures() { return *erasures_; }
  [[nodiscard]] accounts::Disposals& disposals() { return *disposals_; }
  [[nodiscard]] upkeep::BackupWatch& backups_made() { return *backups_made_; }
  [[nodiscard]] keys::testing::MemoryVault& content_vault() { return registry_.vault; }
  // Whether the vault does what an erasure asks of it.
  bool can_destroy_shares = true;
  [[nodiscard]] Api& api() { return *api_; }
  [[nodiscard]] Tasks& tasks() { return tasks_; }
  // What ingest refused, and what history takes, as the routes are told.
  [[nodiscard]] pipeline::Refusals& refusals() { return refusals_; }
  [[nodiscard]] StorageUse& storage() { return storage_; }
  [[nodiscard]] HostRoom& room() { return room_; }
  [[nodiscard]] std::map<OrganisationId, std::vector<LimitReached>>& limits_reached() {
    return limits_reached_;
  }
  [[nodiscard]] std::map<OrganisationId, Weaknesses>& weaknesses() { return weaknesses_; }
  [[nodiscard]] ScriptedBackup& backup() { return backup_; }
  [[nodiscard]] ScriptedProviders& providers() { return providers_; }
  // What the routes wrote into the log.
  [[nodiscard]] const telemetry::testing::CapturedLog& log() const { return log_; }

 private:
  [[nodiscard]] Parts make_parts();
  [[nodiscard]] Parts::MailTo make_mail();
  [[nodiscard]] accounts::Erasures::Work make_work();

  const Mails mails_to_;
  telemetry::testing::CapturedLog log_;
  things::testing::Registry registry_;
  crypto::SystemRandom random_;
  vault::testing::InProcessVault vault_{registry_.clock, random_};
  os::testing::FaultyFileSystem disk_{1};
  accounts::testing::QuickHasher hasher_;
  Tasks tasks_;
  pipeline::Refusals refusals_;
  StorageUse storage_{.bytes = 17, .used_bytes = 17};
  HostRoom room_;
  std::map<OrganisationId, std::vector<LimitReached>> limits_reached_;
  std::map<OrganisationId, Weaknesses> weaknesses_;
  ScriptedBackup backup_;
  ScriptedProviders providers_;
  std::unique_ptr<accounts::Accounts> accounts_;
  std::unique_ptr<identity::Identity> identity_;
  std::unique_ptr<identity::ServerRoots> server_roots_;
  std::unique_ptr<audit::AuditLog> audit_;
  std::unique_ptr<incident::Restrictions> restrictions_;
  std::unique_ptr<incident::Switches> switches_;
  std::unique_ptr<incident::Incidents> incidents_;
  std::unique_ptr<incident::Letters> letters_;
  std::unique_ptr<accounts::Erasures> erasures_;
  std::unique_ptr<accounts::Disposals> disposals_;
  std::unique_ptr<upkeep::BackupWatch> backups_made_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<history::History> history_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<Api> api_;
};

// The path of a row, with an id that nobody has in every place for one.
[[nodiscard]] std::string path_of_nobody(std::string_view pattern);

// The text of a member of an object; fails the test if there is none.
[[nodiscard]] std::string text_of(const json::Value& document, std::string_view name);

}  // namespace fastness::api::testing
