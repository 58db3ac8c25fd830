#include "api/world_test.h"

#include <utility>

#include <gtest/gtest.h>

#include "crypto/password/one_time_code.h"
#include "journal/journal.h"
#include "json/writer.h"

namespace fastness::api::testing {

using pipeline::Pipeline;

void Tasks::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  arrived_.notify_one();
}

void Tasks::run_until(const std::function<bool()>& done) {
  while (!done()) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      const bool came =
          arrived_.wait_for(lock, std::chrono::seconds(10), [this] { return !tasks_.empty(); });
      if (!came) {
        ADD_FAILURE() << "nothing came";
        return;
      }
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

World::World(identity::DetectionPolicy policy, std::optional<storage::Database> database,
             Mails mails_to)
    : mails_to_(mails_to), registry_(history::History::families(), std::move(database)) {
  accounts_ = accounts::Accounts::open(registry_.database, *registry_.keys,
                                       accounts::testing::make_account_keys(), hasher_,
                                       registry_.clock, random_)
                  .value();
  identity_ =
      identity::Identity::open({registry_.database, vault_.client(), registry_.clock, random_,
                                vault_.start_keys(), telemetry::Log::discard(), policy})
          .value();
  server_roots_ =
      std::make_unique<identity::ServerRoots>(identity::ServerRoots::open(vault_.client()).value());
  restrictions_ = incident::Restrictions::open(registry_.database).value();
  switches_ = incident::Switches::open(registry_.database).value();
  incidents_ = incident::Incidents::open(registry_.database).value();
  letters_ = incident::Letters::open(registry_.database).value();
  disposals_ = accounts::Disposals::open(registry_.database, registry_.clock).value();
  backups_made_ =
      upkeep::BackupWatch::open(registry_.database, std::chrono::hours(24), registry_.clock)
          .value();
  erasures_ = accounts::Erasures::open(registry_.database, *accounts_, registry_.clock).value();
  const vault_ipc::StartKeys& keys = vault_.start_keys();
  audit_ = audit::AuditLog::open(registry_.database, *registry_.keys, registry_.clock, random_,
                                 {keys.audit_origin, keys.audit_key})
               .value();
  journal_ =
      journal::Journal::open(disk_, registry_.vault, registry_.clock, telemetry::Log::discard(),
                             {"/journal",
                              Durability::fsync,
                              {},
                              {std::string(Pipeline::kLastValues), std::string(Pipeline::kHistory)},
                              1U << 16U})
          .value();
  history_ = history::History::open(*registry_.store, *registry_.keys, registry_.clock, {}).value();
  const auto post = [this](std::function<void()> task) { tasks_.post(std::move(task)); };
  pipeline_ = std::make_unique<Pipeline>(*journal_, *registry_.last_values, *history_,
                                         Pipeline::Threads{post, post}, telemetry::Log::discard());
  EXPECT_TRUE(pipeline_->replay());
  api_ = std::make_unique<Api>(make_parts());
  erasures_->set_work(make_work());
  // As the hub has it.
  registry_.things->on_change(
      [this](const things::Thing& thing, const things::Things::Change& change) {
        for (const auto& ended : change.ended) {
          EXPECT_TRUE(registry_.last_values->forget(thing.organisation, ended.property));
        }
      });
}

accounts::Erasures::Work World::make_work() {
  return {[this](OrganisationId organisation) -> Result<bool> {
            const auto share = registry_.vault.organisation_share(organisation);
            return !share && share.error().code == Errc::not_found;
          },
          [this](OrganisationId organisation, std::optional<UserId> person) -> Result<void> {
            if (!can_destroy_shares) return fail(Errc::unavailable, "the vault is away");
            if (person) {
              registry_.vault.destroy_share(organisation, *person);
            } else {
              registry_.vault.destroy_share(organisation);
            }
            registry_.keys->forget(organisation);
            return {};
          },
          [this](OrganisationId organisation, accounts::Erasures::Done done) {
            api_->remove_belongings(organisation, std::move(done));
          }};
}

Parts World::make_parts() {
  const auto post = [this](std::function<void()> task) { tasks_.post(std::move(task)); };
  return {*accounts_,
          *identity_,
          *server_roots_,
          *registry_.devices,
          *registry_.things,
          *registry_.last_values,
          *history_,
          *pipeline_,
          refusals_,
          *audit_,
          *restrictions_,
          *switches_,
          *incidents_,
          *letters_,
          *erasures_,
          *disposals_,
          *backups_made_,
          registry_.clock,
          random_,
          log_.log(),
          post,
          post,
          [] {
            return TrustAnchors{"active", "standby", "aa", "bb", {"localhost"}};
          },
          [] {
            return Reach{{{"https", {"127.0.0.1:8443"}}},
                         "https://localhost:8443/",
                         "https://iot.lan:8443/"};
          },
          [this](OrganisationId) { return storage_; },
          [this] { return room_; },
          [this](OrganisationId organisation) { return limits_reached_[organisation]; },
          [this](OrganisationId organisation) { return weaknesses_[organisation]; },
          [this] { return vault_.client().custody(); },
          backup_,
          {"https://app.example"},
          SecurityContact{{"mailto:security@app.example", "https://app.example/report"},
                          std::chrono::sys_days{std::chrono::year(2027) / 6 / 30},
                          "https://app.example/disclosure"},
          std::chrono::months(12),
          Environment::staging,
          [] { return std::string("[log]\n"); },
          [this](UserId user, const wording::Letter& letter, const Parts::Delivered& delivered) {
            letters.emplace_back(user, letter);
            delivered(can_deliver ? Result<void>() : fail(Errc::unavailable, "no"));
          },
          mails_to_ == Mails::nobody ? nullptr : make_mail(),
          &providers_};
}

Parts::MailTo World::make_mail() {
  return [this](const std::string& email, const wording::Written& letter,
                const Parts::Delivered& delivered) {
    mails.emplace_back(email, letter);
    delivered(can_deliver ? Result<void>() : fail(Errc::unavailable, "no"));
  };
}

World::~World() {
  api_.reset();
  pipeline_.reset();
  journal_->stop();
}

http::Response World::ask(http::Method method, std::string_view target, const Ask& how) {
  http::Request request;
  request.method = method;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) {
    request.query = http::Query::parse(target.substr(question + 1)).value();
  }
  request.body = how.body;
  request.host = http::Host{"localhost", 8443};
  request.peer.channel = how.channel;
  request.peer.address = how.address;
  request.peer.leaf_digest = how.leaf;
  request.id = "test";
  for (const auto& [name, value] : how.headers) request.headers.add(name, value);
  if (!how.token.empty()) request.headers.add("authorization", "Bearer " + how.token);

  // Answers may come from the journal's thread.
  const auto state = std::make_shared<std::pair<std::mutex, std::optional<http::Response>>>();
  api_->handle(std::move(request), http::Responder([this, state](http::Response response) {
                 {
                   const std::lock_guard lock(state->first);
                   state->second = std::move(response);
                 }
                 tasks_.wake();
               }));
  tasks_.run_until([&] {
    const std::lock_guard lock(state->first);
    return state->second.has_value();
  });
  const std::lock_guard lock(state->first);
  return state->second.value_or(http::Response{});
}

json::Value World::expect(http::Status status, http::Method method, std::string_view target,
                          const Ask& how) {
  const http::Response response = ask(method, target, how);
  EXPECT_EQ(to_number(response.status), to_number(status)) << target << ": " << response.body;
  auto body = json::parse(response.body.empty() ? "null" : response.body);
  EXPECT_TRUE(body) << response.body;
  return body ? std::move(body).value() : json::Value();
}

Member World::add_member(const std::string& email) {
  auto made = accounts_->initialise(email, "Greenhouse", accounts::Accounts::WithKey::yes).value();
  Member member{made.user.organisation,
                made.user.id,
                made.key->key.client_id,
                std::string(as_text(made.key->secret.reveal())),
                {}};
  member.token = accounts_->tokens().issue(made.key->key, registry_.clock.now());
  return member;
}

Ask World::page_of(const accounts::NewSession& session) {
  Ask ask;
  ask.headers["cookie"] = "__Host-session=" + session.token;
  ask.headers["x-fastness-csrf"] = session.csrf;
  ask.headers["sec-fetch-site"] = "same-origin";
  return ask;
}

Ask World::page_of(const http::Response& let_in) {
  EXPECT_EQ(let_in.status, http::Status::created) << let_in.body;
  const std::string cookie(let_in.headers.find("set-cookie").value_or(""));
  Ask ask;
  ask.headers["cookie"] = cookie.substr(0, cookie.find(';'));
  ask.headers["x-fastness-csrf"] = text_of(*json::parse(let_in.body), "csrf");
  ask.headers["sec-fetch-site"] = "same-origin";
  return ask;
}

http::Response World::set_up(const std::string& email) {
  const auto link = accounts_->setup_links().create(std::nullopt).value();
  return ask(http::Method::post, "/api/v1/setup",
             {.body = R"({"token":")" + link.token + R"(","email":")" + email +
                      R"(","password":")" + kPassword + R"(","organisation":"Greenhouse"})"});
}

http::Response World::sign_in(const std::string& email, Ask how) {
  how.body = R"({"email":")" + email + R"(","password":")" + kPassword + "\"}";
  return ask(http::Method::post, "/api/v1/session", how);
}

Ask World::page_of(UserId user) {
  const OrganisationId home = accounts_->users().find(user)->organisation;
  return page_of(accounts_->sessions().create(user, home).value());
}

World::App World::add_app(const Ask& page) {
  using http::Method;
  using http::Status;
  App app;
  app.secret = text_of(expect(Status::ok, Method::post, "/api/v1/account/factor", page), "secret");
  const auto added = expect(Status::created, Method::post, "/api/v1/account/factor/confirm",
                            with(page, R"({"code":")" + code_of(app) + "\"}"));
  for (const json::Value& each : *added.find("recovery_codes")->get<json::Array>()) {
    app.recovery_codes.push_back(*each.get<std::string>());
  }
  registry_.clock.advance(std::chrono::seconds(30));
  return app;
}

std::string World::code_of(const App& app) const {
  return crypto::one_time_code(accounts::testing::app_secret(app.secret),
                               crypto::one_time_step(registry_.clock.now()));
}

Ask World::add_person(OrganisationId organisation, const std::string& email, accounts::Role role,
                      const accounts::ThingRights& things) {
  const accounts::User user = accounts_->users().create(email, "Own").value();
  EXPECT_TRUE(
      accounts_->members().add({organisation, user.id, role, registry_.clock.now(), things}));
  const auto session = accounts_->sessions().create(user.id, user.organisation).value();
  EXPECT_TRUE(accounts_->sessions().work_in(session.id, organisation));
  return page_of(session);
}

std::string World::token_of(const Member& member, accounts::Scopes scopes) {
  const auto made = accounts_->api_keys()
                        .create(member.organisation, member.user, "test", scopes,
                                registry_.clock.now() + std::chrono::hours(24))
                        .value();
  return accounts_->tokens().issue(made.key, registry_.clock.now());
}

std::string path_of_nobody(std::string_view pattern) {
  std::string path(pattern);
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    path.replace(open, path.find('}') - open + 1, "00000000-0000-4000-8000-000000000000");
  }
  return path;
}

std::string text_of(const json::Value& document, std::string_view name) {
  const json::Value* member = document.find(name);
  const auto* text = member == nullptr ? nullptr : member->get<std::string>();
  EXPECT_NE(text, nullptr) << name << " in " << json::to_text(document);
  return text == nullptr ? std::string() : *text;
}

}  // namespace fastness::api::testing
