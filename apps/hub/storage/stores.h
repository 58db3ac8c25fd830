#pragma once

#include <memory>
#include <string_view>

#include "base/random.h"
#include "config/config.h"
#include "journal/journal.h"
#include "keys/content_keys.h"
#include "keys/vault_services.h"
#include "os/files/file_system.h"
#include "storage/data_directory.h"
#include "storage/database.h"
#include "storage/key_value_store.h"
#include "telemetry/log.h"
#include "vault_ipc/client.h"

namespace fastness::hub {

// The gateway's name among the readers of the journal.
inline constexpr std::string_view kGatewayConsumer = "gateway";

// Everything that is on disk, opened. Members are made in this order and end in the opposite one.
struct Stores {
  storage::Database database;
  std::unique_ptr<storage::KeyValueStore> values;
  std::unique_ptr<keys::ContentKeys> keys;
  std::unique_ptr<journal::Journal> journal;
};

// All but `config` must outlive the result. `corrupted` says which store a person must look at.
[[nodiscard]] Result<Stores> open_stores(const DataDirectory& data, const config::Config& config,
                                         os::FileSystem& files, const vault_ipc::StartKeys& keys,
                                         keys::VaultServices& vault, const Clock& clock,
                                         Random& random, const telemetry::Log& log);

}  // namespace fastness::hub
