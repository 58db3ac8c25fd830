// A copy for another environment, out of a database in which every column has something to be
// found: what is personal or secret is not there, in whatever form, and every column has a rule.
#include "scrub/scrub.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "accounts/data_map.h"
#include "accounts/erasure/data_map.h"
#include "accounts/federated/data_map.h"
#include "accounts/made_up/made_up_addresses.h"
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
#include "crypto/x509/certificate_request.h"
#include "identity/data_map.h"
#include "incident/data_map.h"
#include "scrub/rules.h"
#include "storage/testing/planted_database.h"
#include "storage/testing/schema.h"
#include "things/store/data_map.h"
#include "upkeep/data_map.h"

namespace fastness::api {
namespace {

namespace fs = std::filesystem;
using http::Method;
using http::Status;
using storage::testing::Planted;
using testing::World;
using Column = std::pair<std::string, std::string>;
using Words = std::map<Column, std::string>;

crypto::SecretBytes database_key_of(std::uint8_t byte) {
  Bytes bytes(storage::Database::kKeySize, byte);
  return crypto::SecretBytes::take(bytes);
}

// The third word of each line, by the first two.
Words words_of(std::string_view map) {
  Words words;
  std::istringstream text{std::string(map)};
  for (std::string row; std::getline(text, row);) {
    Column column;
    std::string word;
    if (std::istringstream(row) >> column.first >> column.second >> word) {
      EXPECT_TRUE(words.emplace(column, word).second) << row;
    }
  }
  return words;
}

Words data_map() {
  Words all;
  for (const std::string_view map :
       {storage::kDataMap, accounts::kDataMap, accounts::kErasureDataMap, accounts::kNewsDataMap,
        accounts::kPasskeyDataMap, accounts::kLinkDataMap, accounts::kRetentionDataMap,
        accounts::kStaffDataMap, accounts::kOrdersDataMap, accounts::kSuspensionDataMap,
        accounts::kTravelDataMap, accounts::kReadsDataMap, audit::kDataMap, identity::kDataMap,
        incident::kDataMap, things::kDataMap, upkeep::kDataMap}) {
    all.merge(words_of(map));
  }
  return all;
}

// What is to become of a column; empty if nobody said.
std::string rule_of(const Words& rules, const Column& column) {
  const auto of_column = rules.find(column);
  if (of_column != rules.end()) return of_column->second;
  const auto of_table = rules.find({column.first, "*"});
  return of_table != rules.end() ? of_table->second : "";
}

TEST(ScrubRules, EveryColumnHasOneAndNothingPersonalOrSecretIsKept) {
  const Words rules = words_of(scrub::kRules);
  const Words classes = data_map();
  for (const auto& [column, sensitivity] : classes) {
    SCOPED_TRACE(column.first + "." + column.second);
    const std::string rule = rule_of(rules, column);
    EXPECT_TRUE(std::set<std::string>({"kept", "made_up", "emptied", "gone"}).contains(rule))
        << "say in scrub/rules.h what becomes of it in another environment";
    const bool tells = sensitivity == "personal" || sensitivity == "secret";
    EXPECT_FALSE(tells && rule == "kept");
  }
  std::set<std::string> tables;
  for (const auto& [column, sensitivity] : classes) tables.insert(column.first);
  for (const auto& [column, rule] : rules) {
    EXPECT_TRUE(column.second == "*" ? tables.contains(column.first) : classes.contains(column))
        << column.first << "." << column.second << " is gone from the schema";
    EXPECT_EQ(column.second == "*", rule == "gone") << column.first;
  }
}

// Something of a person in every place that a person fills.
constexpr const char* kEmail = "planted.person@example.org";
constexpr const char* kName = "planted greenhouse";
constexpr const char* kPassword = "a planted and lonely walk";

// A production instance, what it gave out, and a copy of its database for another environment.
class Scrub : public ::testing::Test {
 protected:
  ~Scrub() override { fs::remove_all(root_); }

  std::unique_ptr<World> open(const scrub::SealedDatabase& database) {
    return std::make_unique<World>(identity::DetectionPolicy{},
                                   storage::Database::open(database.path, database.key).value());
  }
  scrub::Scrubbed make_copy() {
    const auto made = scrub::scrub(from_, into_);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : scrub::Scrubbed{};
  }

  static fs::path fresh_directory() {
    std::string name = (fs::temp_directory_path() / "scrub-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }

  const fs::path root_ = fresh_directory();
  crypto::SecretBytes from_key_ = database_key_of(1);
  crypto::SecretBytes into_key_ = database_key_of(2);
  scrub::SealedDatabase from_{root_ / "production.db", from_key_};
  scrub::SealedDatabase into_{root_ / "staging.db", into_key_};
};

// However the statements and the schema change: what was in a column that is not kept is nowhere,
// and what has a rule is as the rule says.
TEST_F(Scrub, EachColumnIsWhatItsRuleSaysAndNothingElseComesAlong) {
  open(from_);
  const Planted planted = storage::testing::plant_everywhere(from_.path, from_key_);
  make_copy();

  const Words rules = words_of(scrub::kRules);
  const auto copied = storage::testing::read_everything(into_.path, into_key_);
  std::set<std::string> kept;
  for (const auto& [column, value] : planted) {
    if (rule_of(rules, column) == "kept") kept.insert(value);
  }
  // Not by a structured binding: clang 14 lets no lambda use one.
  for (const auto& each : planted) {
    const auto& column = each.first;
    const auto& value = each.second;
    SCOPED_TRACE(column.first + "." + column.second);
    const std::string rule = rule_of(rules, column);
    const auto& rows = copied.at(column.first);
    EXPECT_EQ(rows.empty(), rule == "gone");
    const bool is_there =
        std::ranges::any_of(rows, [&](const auto& row) { return row.at(column.second) == value; });
    EXPECT_EQ(is_there, rule == "kept");
    const bool says_something =
        std::ranges::any_of(rows, [&](const auto& row) { return row.at(column.second) != ""; });
    EXPECT_TRUE(rule != "made_up" || says_something);
  }
  for (const auto& [table, rows] : copied) {
    for (const auto& row : rows) {
      for (const auto& [column, value] : row) {
        const bool is_planted = value && value->starts_with("planted-");
        EXPECT_TRUE(!is_planted || kept.contains(*value)) << table << "." << column;
      }
    }
  }
  std::ostringstream bytes;
  bytes << std::ifstream(into_.path, std::ios::binary).rdbuf();
  EXPECT_EQ(bytes.str().find("planted"), std::string::npos);
}

TEST_F(Scrub, ByTheKeyOfTheOtherNeitherDatabaseOpens) {
  open(from_);
  make_copy();
  EXPECT_EQ(storage::Database::open(into_.path, from_key_).error().code, Errc::corrupted);
  EXPECT_EQ(scrub::scrub(from_, into_).error().code, Errc::already_exists);
  fs::remove(into_.path);
  EXPECT_EQ(scrub::scrub({from_.path, into_key_}, into_).error().code, Errc::corrupted);
}

TEST_F(Scrub, ADatabaseOfAnotherReleaseIsRefusedInWords) {
  {
    auto database = storage::Database::open(from_.path, from_key_).value();
    ASSERT_TRUE(database.run_script(
        "CREATE TABLE storage_migration (component, number, fingerprint);"
        "CREATE TABLE organisation (id BLOB PRIMARY KEY, name TEXT, made_at INTEGER)"));
  }
  const auto refused = scrub::scrub(from_, into_);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_NE(refused.error().message.find("of another release"), std::string::npos);
}

// Everything that production gives out, tried on the copy, which even has the same keys of
// accounts.
class ScrubbedInstance : public Scrub {
 protected:
  ScrubbedInstance() {
    const auto production = open(from_);
    member_ = production->add_member(kEmail);
    device_ = *Uuid::parse(testing::text_of(
        production->expect(
            Status::created, Method::post, "/api/v1/devices",
            {.token = member_->token, .body = std::string(R"({"name":")") + kName + "\"}"}),
        "id"));
    EXPECT_TRUE(production->identity().set_secret(member_->organisation, DeviceId(*device_),
                                                  kDeviceSecret,
                                                  identity::Identity::SecretOrigin::suggested));
    link_ =
        testing::text_of(production->expect(Status::created, Method::post, "/admin/v1/setup-link",
                                            {.body = std::string(R"({"email":")") + kEmail + "\"}",
                                             .channel = http::Channel::admin}),
                         "token");
    const auto request =
        crypto::CertificateRequest::build(crypto::PrivateKey::generate(), "x").value();
    EXPECT_TRUE(production->identity().enrol({member_->organisation,
                                              DeviceId(*device_),
                                              vault_ipc::Profile::standard,
                                              std::string(as_text(request)),
                                              {}}));
    certificate_ = production->identity()
                       .certificates(member_->organisation, DeviceId(*device_))
                       .value()
                       .at(0)
                       .der;
    const auto code = production->expect(
        Status::created, Method::post, "/api/v1/claim-codes",
        {.token = member_->token, .body = R"({"approval":"none","label":"planted label"})"});
    claim_code_ = testing::text_of(code.find("claim_codes")->get<json::Array>()->at(0), "code");
    EXPECT_EQ(make_copy().devices, 1);
    copy_ = open(into_);
    EXPECT_EQ(
        accounts::give_made_up_addresses(copy_->database(), copy_->accounts().users()).value(), 1U);
  }

  static constexpr const char* kDeviceSecret = "q7Hd2mZx9Lw4Rt6Vb1Nc8Kp3Js5Gy0Fa";
  std::optional<testing::Member> member_;
  std::optional<Uuid> device_;
  std::string link_;
  Bytes certificate_;
  std::string claim_code_;
  std::unique_ptr<World> copy_;
};

TEST_F(ScrubbedInstance, NoCredentialOfProductionIsWorthAnything) {
  const std::string form = "grant_type=client_credentials&client_id=" + member_->client_id +
                           "&client_secret=" + member_->client_secret;
  testing::Ask key{.body = form};
  key.headers["content-type"] = "application/x-www-form-urlencoded";
  const auto request =
      crypto::CertificateRequest::build(crypto::PrivateKey::generate(), "shed-1").value();
  testing::Ask enrol{.body = to_base64(request)};
  enrol.headers["content-type"] = "application/pkcs10";
  enrol.headers["authorization"] = "Basic " + to_base64(as_bytes("shed-1:" + claim_code_));
  testing::Ask sign_in{.body = std::string(R"({"email":")") + kEmail + R"(","password":")" +
                               kPassword + "\"}"};
  sign_in.headers["sec-fetch-site"] = "same-origin";
  const struct {
    Method method;
    const char* path;
    testing::Ask how;
  } attempts[] = {
      {Method::post, "/iot/v1/clients/token", key},
      {Method::get, "/api/v1/things", {.token = member_->token}},
      {Method::post, "/api/v1/setup/link", {.body = R"({"token":")" + link_ + "\"}"}},
      {Method::post, "/.well-known/est/simpleenroll", enrol},
      {Method::post, "/api/v1/session", sign_in},
  };
  for (const auto& [method, path, how] : attempts) {
    const auto answer = copy_->ask(method, path, how);
    EXPECT_EQ(answer.status, Status::unauthorized) << path << ": " << answer.body;
  }
  const auto snapshot = copy_->identity().published().load();
  EXPECT_FALSE(snapshot->admit_certificate(certificate_, copy_->clock().now()));
  EXPECT_FALSE(copy_->identity()
                   .is_secret(member_->organisation, DeviceId(*device_), kDeviceSecret)
                   .value());
}

TEST_F(ScrubbedInstance, TheStructureIsThereAndWhoOwnsItHasAnotherAddress) {
  const auto user = copy_->accounts().users().find_by_email("user-1@example.invalid");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->id, member_->user);
  EXPECT_FALSE(copy_->accounts().users().find_by_email(kEmail));
  EXPECT_EQ(copy_->accounts().users().organisation(member_->organisation)->name, "Organisation 1");
  const auto devices = copy_->devices().list(member_->organisation);
  ASSERT_EQ(devices.size(), 1U);
  EXPECT_EQ(devices[0]->said.name, "Device 1");
  EXPECT_TRUE(copy_->identity().describe(member_->organisation, DeviceId(*device_)));
  EXPECT_EQ(copy_->audit().head().size, 0U);

  const auto again = accounts::give_made_up_addresses(copy_->database(), copy_->accounts().users());
  EXPECT_EQ(again.value(), 0U);
}

TEST_F(ScrubbedInstance, ANewKeyOfTheCopyShowsNothingOfProduction) {
  const auto user = copy_->accounts().users().find_by_email("user-1@example.invalid").value();
  const testing::Member member{member_->organisation, user.id, {}, {}, {}};
  const std::string token = copy_->token_of(member, accounts::Scopes::all());
  for (const char* path : {"/api/v1/home", "/api/v1/things", "/api/v1/devices", "/iot/v2/devices",
                           "/api/v1/checks", "/api/v1/audit", "/api/v1/claim-codes"}) {
    const auto answer = copy_->ask(Method::get, path, {.token = token});
    EXPECT_EQ(answer.body.find("planted"), std::string::npos) << path << ": " << answer.body;
  }
}

}  // namespace
}  // namespace fastness::api
