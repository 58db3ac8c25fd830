// The data map against the schema as it really is, with rows in it.
#include "accounts/data_map.h"

#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/erasure/data_map.h"
#include "accounts/federated/data_map.h"
#include "accounts/news/data_map.h"
#include "accounts/orders/data_map.h"
#include "accounts/passkeys/data_map.h"
#include "accounts/reads/data_map.h"
#include "accounts/retention/data_map.h"
#include "accounts/staff/data_map.h"
#include "accounts/suspension/data_map.h"
#include "accounts/travel/data_map.h"
#include "api/world_test.h"
#include "audit/data_map.h"
#include "identity/data_map.h"
#include "incident/data_map.h"
#include "storage/testing/schema.h"
#include "things/store/data_map.h"
#include "upkeep/data_map.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Member;
using testing::World;

struct Line {
  std::string table;
  std::string column;
  std::string sensitivity;
  std::string protection;
};

std::vector<Line> read_map() {
  std::vector<Line> lines;
  for (const std::string_view map :
       {storage::kDataMap, accounts::kDataMap, accounts::kErasureDataMap, accounts::kNewsDataMap,
        accounts::kPasskeyDataMap, accounts::kLinkDataMap, accounts::kRetentionDataMap,
        accounts::kStaffDataMap, accounts::kOrdersDataMap, accounts::kSuspensionDataMap,
        accounts::kTravelDataMap, accounts::kReadsDataMap, audit::kDataMap, identity::kDataMap,
        incident::kDataMap, things::kDataMap, upkeep::kDataMap}) {
    std::istringstream text{std::string(map)};
    for (std::string row; std::getline(text, row);) {
      if (row.empty()) continue;
      Line line;
      std::istringstream(row) >> line.table >> line.column >> line.sensitivity >> line.protection;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

using Names = std::set<std::pair<std::string, std::string>>;

Names columns_of(storage::Database& database) {
  const auto rows = database.query<std::string, std::string>(
      "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
      " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'");
  EXPECT_TRUE(rows);
  Names names;
  if (!rows) return names;
  for (const auto& [table, column] : *rows) names.emplace(table, column);
  return names;
}

TEST(DataMap, EveryColumnOfTheWholeSchemaHasAClassAndNoneThatIsGone) {
  World world;
  Names stated;

  for (const Line& line : read_map()) {
    EXPECT_TRUE(stated.emplace(line.table, line.column).second) << line.table << line.column;
  }

  EXPECT_EQ(stated, columns_of(world.database()));
}

TEST(DataMap, ASecretIsMoreThanEncryptedWithItsFile) {
  std::size_t secrets = 0;
  for (const Line& line : read_map()) {
    SCOPED_TRACE(line.table + "." + line.column);
    EXPECT_TRUE(std::set<std::string>({"open", "internal", "personal", "secret"})
                    .contains(line.sensitivity));
    EXPECT_TRUE(std::set<std::string>({"", "sealed", "keyed_hash", "blind_index"})
                    .contains(line.protection));
    if (line.sensitivity != "secret") continue;
    ++secrets;
    EXPECT_FALSE(line.protection.empty());
  }
  EXPECT_GE(secrets, 7U);
}

// What the map calls sealed or hashed is so in the rows that real requests made.
TEST(DataMap, WhatIsSealedOrHashedIsSoInTheRows) {
  World world;
  const std::string email = "planted.person@example.org";
  const Member member = world.add_member(email);
  const auto made = world.expect(Status::created, Method::put, "/iot/v2/devices",
                                 {.token = member.token, .body = R"({"type":"phone"})"});
  const DeviceId device(Uuid::parse(testing::text_of(made, "id")).value());
  const std::string network = "ssid=planted network";
  ASSERT_TRUE(world.devices().set_network(member.organisation, device, {"wifi", network}));

  const auto sealed = world.database().query<Bytes>(
      "SELECT sealed_email FROM user UNION ALL SELECT network FROM device"
      " WHERE network IS NOT NULL UNION ALL SELECT sealed FROM audit_entry");
  const auto hashed = world.database().query<Bytes>(
      "SELECT email_index FROM user UNION ALL SELECT secret FROM api_key"
      " UNION ALL SELECT digest FROM setup_link");

  ASSERT_TRUE(sealed && hashed);
  EXPECT_GE(sealed->size(), 3U);
  EXPECT_GE(hashed->size(), 3U);
  for (const auto& [bytes] : *sealed) {
    EXPECT_GT(bytes.size(), 46U) << "header, nonce and tag of a sealed field";
    const std::string text(as_text(bytes));
    for (const std::string& planted : {email, network, std::string("device.create")}) {
      EXPECT_EQ(text.find(planted), std::string::npos);
    }
  }
  for (const auto& [bytes] : *hashed) EXPECT_EQ(bytes.size(), 32U);
}

}  // namespace
}  // namespace fastness::api
