#include "storage/stores.h"

#include "gateway/store/session_store.h"
#include "history/history.h"
#include "os/processor.h"
#include "pipeline/pipeline.h"
#include "things/last_values.h"

namespace fastness::hub {
namespace {

storage::KeyValueStore::Options value_options(const DataDirectory& data) {
  storage::KeyValueStore::Options options{data.values(), history::History::families()};
  options.families.emplace_back(keys::ContentKeys::kFamily);
  options.families.emplace_back(things::LastValues::kFamily);
  options.families.emplace_back(gateway::SessionStore::kFamily);
  return options;
}

Cipher cipher_of(const config::Config& config) {
  if (config.data.cipher) return *config.data.cipher;
  return os::has_aes_instructions() ? Cipher::aes_256_gcm : Cipher::chacha20_poly1305;
}

}  // namespace

Result<Stores> open_stores(const DataDirectory& data, const config::Config& config,
                           os::FileSystem& files, const vault_ipc::StartKeys& keys,
                           keys::VaultServices& vault, const Clock& clock, Random& random,
                           const telemetry::Log& log) {
  FASTNESS_ASSIGN_OR_RETURN(storage::Database database,
                            storage::Database::open(data.database(), keys.database));
  FASTNESS_ASSIGN_OR_RETURN(auto values, storage::KeyValueStore::open(value_options(data)));
  const Cipher cipher = cipher_of(config);
  auto content = std::make_unique<keys::ContentKeys>(*values, vault, clock, random,
                                                     keys::ContentKeys::Options{.cipher = cipher});
  journal::Journal::Options options;
  options.directory = data.journal();
  options.durability = config.durability.journal;
  options.commit_window = config.durability.commit_window;
  options.consumers = {std::string(pipeline::Pipeline::kLastValues),
                       std::string(pipeline::Pipeline::kHistory), std::string(kGatewayConsumer)};
  options.cipher = cipher;
  FASTNESS_ASSIGN_OR_RETURN(
      auto journal, journal::Journal::open(files, vault, clock, log.named("journal"), options));
  return Stores{std::move(database), std::move(values), std::move(content), std::move(journal)};
}

}  // namespace fastness::hub
