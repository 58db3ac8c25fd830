#include "scrub/scrub.h"

#include <array>

#include "storage/attached_source.h"
#include "storage/database.h"

namespace fastness::scrub {
namespace {

using storage::Sql;

// All that comes along. Each names the columns that it fills: one that a later release adds has no
// value here until somebody decides that it has. Numbers in made-up names follow the order in which
// rows were made, so that they say no more than how many there are.
constexpr std::array kCopies{
    Sql("INSERT INTO storage_migration (component, number, fingerprint)"
        " SELECT component, number, fingerprint FROM source.storage_migration"),
    Sql("INSERT INTO organisation (id, name, created_at)"
        " SELECT id, 'Organisation ' || row_number() OVER (ORDER BY created_at, id), created_at"
        " FROM source.organisation"),
    // An address is sealed and found by keys that are in the vault: see give_made_up_addresses.
    Sql("INSERT INTO user (id, organisation, created_at, sealed_email, email_index)"
        " SELECT id, organisation, created_at, x'',"
        "  CAST('user ' || row_number() OVER (ORDER BY created_at, id) AS BLOB)"
        " FROM source.user"),
    Sql("INSERT INTO member (organisation, user, role, since, things)"
        " SELECT organisation, user, role, since, things FROM source.member"),
    Sql("INSERT INTO device (id, organisation, created_by, name, type, fqbn, serial,"
        "  connection_type, wifi_fw_version, ble_mac, reported_lib_version,"
        "  reported_wifi_fw_version, reported_sketch_sha256, created_at, updated_at, deleted_at)"
        " SELECT id, organisation, created_by,"
        "  'Device ' || row_number() OVER (ORDER BY created_at, id), type, fqbn, '',"
        "  connection_type, wifi_fw_version, '', reported_lib_version,"
        "  reported_wifi_fw_version, reported_sketch_sha256, created_at, updated_at, deleted_at"
        " FROM source.device"),
    Sql("INSERT INTO thing (id, organisation, created_by, name, timezone, webhook_uri,"
        "  webhook_active, assistant, device, created_at, updated_at, deleted_at)"
        " SELECT id, organisation, created_by,"
        "  'Thing ' || row_number() OVER (ORDER BY created_at, id), 'Etc/UTC', '',"
        "  0, assistant, device, created_at, updated_at, deleted_at"
        " FROM source.thing"),
    // By their series, which no two have. The variable's name is one that a sketch may have.
    Sql("INSERT INTO property (id, thing, series, name, variable_name, type, permission,"
        "  update_strategy, update_parameter, min_value, max_value, persist, wire_id, created_at,"
        "  updated_at, deleted_at)"
        " SELECT id, thing, series, 'Property ' || series, 'property_' || series, type, permission,"
        "  update_strategy, update_parameter, min_value, max_value, persist, wire_id, created_at,"
        "  updated_at, deleted_at"
        " FROM source.property"),
    Sql("DELETE FROM series"),
    Sql("INSERT INTO series (next) SELECT next FROM source.series"),
    // Without a key and without a secret: every device enrols anew.
    Sql("INSERT INTO identity_device (device, organisation, state, reason, since, removed_at)"
        " SELECT device, organisation, state, '', since, removed_at FROM source.identity_device"),
};

Result<void> copy_what_comes_along(storage::Database& database) {
  for (const Sql& copy : kCopies) {
    const auto copied = database.run(copy);
    if (copied) continue;
    if (copied.error().code != Errc::invalid_argument) return Unexpected<Error>{copied.error()};
    return fail(Errc::invalid_argument,
                "the backup is of another release than this one: start the instance that it is of "
                "with this release, and make another backup");
  }
  return {};
}

Result<std::int64_t> count(storage::Database& database, Sql sql) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row, database.query_one<std::int64_t>(sql));
  return row ? std::get<0>(*row) : 0;
}

Result<Scrubbed> count_all(storage::Database& database) {
  Scrubbed counted;
  FASTNESS_ASSIGN_OR_RETURN(counted.organisations,
                            count(database, "SELECT count(*) FROM organisation"));
  FASTNESS_ASSIGN_OR_RETURN(counted.people, count(database, "SELECT count(*) FROM user"));
  FASTNESS_ASSIGN_OR_RETURN(
      counted.devices, count(database, "SELECT count(*) FROM device WHERE deleted_at IS NULL"));
  FASTNESS_ASSIGN_OR_RETURN(counted.things,
                            count(database, "SELECT count(*) FROM thing WHERE deleted_at IS NULL"));
  return counted;
}

}  // namespace

Result<Scrubbed> scrub(const SealedDatabase& from, const SealedDatabase& into) {
  std::error_code failed;
  if (std::filesystem::exists(into.path, failed)) {
    return fail(Errc::already_exists, into.path.filename().string() + " is there already");
  }
  FASTNESS_ASSIGN_OR_RETURN(storage::Database database,
                            storage::Database::open(into.path, into.key));
  {
    FASTNESS_ASSIGN_OR_RETURN(storage::AttachedSource source,
                              storage::AttachedSource::attach(database, from.path, from.key));
    FASTNESS_ASSIGN_OR_RETURN(storage::Transaction transaction, database.begin());
    FASTNESS_RETURN_IF_ERROR(source.make_its_tables());
    FASTNESS_RETURN_IF_ERROR(copy_what_comes_along(database));
    FASTNESS_RETURN_IF_ERROR(transaction.commit());
  }
  FASTNESS_RETURN_IF_ERROR(database.check());
  FASTNESS_RETURN_IF_ERROR(database.checkpoint());
  return count_all(database);
}

}  // namespace fastness::scrub
