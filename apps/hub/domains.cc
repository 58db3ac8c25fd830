#include "domains.h"

#include <algorithm>

#include <boost/asio/post.hpp>

#include "accounts/made_up/made_up_addresses.h"

namespace fastness::hub {
namespace {

constexpr std::size_t kMaxZoneBytes = 64U << 10U;

// Where the system keeps time zones. The name was checked: it has no dots and no leading slash.
Result<Bytes> read_zone(const std::string& name) {
  os::PosixFileSystem files;
  return os::read_file(files, "/usr/share/zoneinfo/" + name, kMaxZoneBytes);
}

accounts::AccountKeys take_account_keys(vault_ipc::StartKeys& keys) {
  accounts::AccountKeys taken;
  taken.api_key = std::move(keys.api_key);
  taken.session = std::move(keys.session);
  taken.setup_link = std::move(keys.setup_link);
  taken.blind_index = std::move(keys.blind_index);
  taken.csrf = std::move(keys.csrf);
  taken.token_current = std::move(keys.token);
  taken.token_previous = std::move(keys.previous_token);
  return taken;
}

history::History::Options history_options(const config::Config::History& config) {
  history::History::Options options;
  if (config.retention_days > 0) options.retention = std::chrono::days(config.retention_days);
  options.cap_bytes = static_cast<std::uint64_t>(config.cap_bytes);
  return options;
}

identity::DetectionPolicy detection_policy(const config::Config::Identity& config) {
  identity::DetectionPolicy policy;
  switch (config.on_forgery) {
    case config::OnForgery::alarm:
      policy.on_forgery = identity::OnForgery::alarm;
      break;
    case config::OnForgery::rotate:
      policy.on_forgery = identity::OnForgery::rotate;
      break;
    case config::OnForgery::lockdown:
      policy.on_forgery = identity::OnForgery::lockdown;
      break;
  }
  if (config.on_second_renewal == config::OnSecondRenewal::quarantine) {
    policy.on_second_renewal = identity::OnSecondRenewal::quarantine;
  }
  return policy;
}

accounts::PasswordPool::Pepper pepper_of(vault_ipc::Client& vault) {
  return [&vault](const crypto::SecretBytes& slow_hash) -> Result<crypto::Digest> {
    crypto::Digest digest{};
    if (slow_hash.size() != digest.size()) {
      return fail(Errc::invalid_argument, "a password hash has 32 bytes");
    }
    std::ranges::copy(slow_hash.reveal(), digest.begin());
    return vault.pepper(digest);
  };
}

// Null if none is configured.
Result<std::unique_ptr<places::PlaceDatabase>> open_places(const std::string& path) {
  std::unique_ptr<places::PlaceDatabase> none;
  if (path.empty()) return none;
  auto opened = places::PlaceDatabase::open(path);
  if (!opened) return fail(opened.error().code, "sign_in.places: " + opened.error().message);
  return std::make_unique<places::PlaceDatabase>(std::move(opened).value());
}

// Null if none is configured.
Result<std::unique_ptr<breaches::BreachedPasswords>> open_breached(const std::string& path) {
  std::unique_ptr<breaches::BreachedPasswords> none;
  if (path.empty()) return none;
  auto opened = breaches::BreachedPasswords::open(path);
  if (!opened) {
    return fail(opened.error().code, "accounts.breached_passwords: " + opened.error().message);
  }
  return std::make_unique<breaches::BreachedPasswords>(std::move(opened).value());
}

accounts::IsBreached look_up_in(const breaches::BreachedPasswords& list,
                                const telemetry::Log& log) {
  return [&list, log](std::string_view password) -> Result<bool> {
    auto found = list.contains(password);
    if (!found) log.error("breached_passwords_not_read", {{"error", found.error().message}});
    return found;
  };
}

accounts::Travels::LookUp look_up_in(const places::PlaceDatabase& database,
                                     const telemetry::Log& log) {
  return [&database, log](std::string_view address) -> std::optional<places::Coordinates> {
    const auto found = database.find(address);
    if (found) return *found;
    log.warning("places_not_read", {{"error", found.error().message}});
    return std::nullopt;
  };
}

}  // namespace

Post post_to(boost::asio::thread_pool& pool) {
  return [&pool](std::function<void()> work) { boost::asio::post(pool, std::move(work)); };
}

Result<Domains> open_domains(const Foundation& foundation) {
  const auto& [config, stores, vault, keys, pools, post, clock, random, log] = foundation;
  Domains domains;
  FASTNESS_ASSIGN_OR_RETURN(
      domains.identity, identity::Identity::open({stores.database, vault, clock, random, keys, log,
                                                  detection_policy(config.identity)}));
  domains.passwords =
      std::make_unique<accounts::PasswordPool>(post_to(pools.password), post, pepper_of(vault));
  FASTNESS_ASSIGN_OR_RETURN(domains.breached, open_breached(config.accounts.breached_passwords));
  if (domains.breached) domains.passwords->refuse_breached(look_up_in(*domains.breached, log));
  FASTNESS_ASSIGN_OR_RETURN(
      domains.accounts,
      accounts::Accounts::open(stores.database, *stores.keys, take_account_keys(keys),
                               *domains.passwords, clock, random));
  domains.accounts->users().set_default_language(config.mail.language);
  if (config.accounts.ask_for_two_factors) domains.accounts->sessions().ask_for_two_factors();
  FASTNESS_ASSIGN_OR_RETURN(domains.places, open_places(config.sign_in.places));
  if (domains.places) domains.accounts->travels().look_up_by(look_up_in(*domains.places, log));
  FASTNESS_ASSIGN_OR_RETURN(
      domains.made_up_addresses,
      accounts::give_made_up_addresses(stores.database, domains.accounts->users()));
  FASTNESS_ASSIGN_OR_RETURN(domains.disposals, accounts::Disposals::open(stores.database, clock));
  FASTNESS_ASSIGN_OR_RETURN(domains.erasures,
                            accounts::Erasures::open(stores.database, *domains.accounts, clock));
  FASTNESS_ASSIGN_OR_RETURN(domains.audit,
                            audit::AuditLog::open(stores.database, *stores.keys, clock, random,
                                                  {keys.audit_origin, keys.audit_key}));
  FASTNESS_ASSIGN_OR_RETURN(domains.restrictions, incident::Restrictions::open(stores.database));
  FASTNESS_ASSIGN_OR_RETURN(domains.switches, incident::Switches::open(stores.database));
  const std::chrono::hours between_backups(config.backups.every_hours);
  FASTNESS_ASSIGN_OR_RETURN(domains.backups_made,
                            upkeep::BackupWatch::open(stores.database, between_backups, clock));
  FASTNESS_ASSIGN_OR_RETURN(domains.incidents, incident::Incidents::open(stores.database));
  FASTNESS_ASSIGN_OR_RETURN(domains.letters, incident::Letters::open(stores.database));
  FASTNESS_ASSIGN_OR_RETURN(domains.devices,
                            things::Devices::open(stores.database, *stores.keys, clock, random));
  FASTNESS_ASSIGN_OR_RETURN(domains.things,
                            things::Things::open(stores.database, *domains.devices, clock, random));
  domains.last_values = std::make_unique<things::LastValues>(*stores.values, *stores.keys);
  FASTNESS_ASSIGN_OR_RETURN(const auto loaded, domains.last_values->load());
  log.info("last_values", {{"loaded", loaded.values}, {"unreadable", loaded.unreadable}});
  domains.time_zones = std::make_unique<things::TimeZones>(read_zone);
  FASTNESS_ASSIGN_OR_RETURN(
      domains.history,
      history::History::open(*stores.values, *stores.keys, clock, history_options(config.history)));
  domains.refusals = std::make_unique<pipeline::Refusals>();
  domains.pipeline = std::make_unique<pipeline::Pipeline>(
      *stores.journal, *domains.last_values, *domains.history,
      pipeline::Pipeline::Threads{post, post_to(pools.seal)}, log.named("pipeline"));
  return domains;
}

}  // namespace fastness::hub
