#include "keys/content_keys.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "keys/blind_index.h"
#include "keys/testing/memory_vault.h"

namespace fastness::keys {
namespace {

using namespace std::chrono_literals;

template <typename Id>
Id id(std::uint8_t byte) {
  Uuid::Bytes bytes{};
  bytes.fill(byte);
  return Id(Uuid(bytes));
}

class Content : public ::testing::Test {
 protected:
  Content() {
    std::string name = std::filesystem::temp_directory_path() / "fastness-keys-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    store_ =
        storage::KeyValueStore::open({directory_, {std::string(ContentKeys::kFamily)}, 4U << 20U})
            .value();
    restart();
  }
  ~Content() override {
    keys_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void restart(ContentKeys::Options options = {}) {
    keys_ = std::make_unique<ContentKeys>(*store_, vault_, clock_, random_, options);
  }

  Bytes seal(const Address& address, std::string_view plain = "plain") {
    auto sealed = keys_->seal(address, as_bytes(plain));
    EXPECT_TRUE(sealed) << sealed.error().message;
    return std::move(sealed).value();
  }
  std::string open(const Address& address, ByteView sealed) {
    const auto plain = keys_->open(address, sealed);
    return plain ? std::string(as_text(*plain)) : "error: " + plain.error().message;
  }
  Errc open_error(const Address& address, ByteView sealed) {
    const auto plain = keys_->open(address, sealed);
    EXPECT_FALSE(plain);
    return plain ? Errc::not_found : plain.error().code;
  }

  static Address email(std::uint8_t organisation = 1, std::uint8_t row = 1) {
    return {id<OrganisationId>(organisation), FieldId::user_email, id<UserId>(row)};
  }

  std::filesystem::path directory_;
  std::unique_ptr<storage::KeyValueStore> store_;
  testing::MemoryVault vault_;
  fastness::testing::ManualClock clock_{Timestamp(std::chrono::days(20'000) + 12h)};
  crypto::SystemRandom random_;
  std::unique_ptr<ContentKeys> keys_;
};

TEST_F(Content, OpensAtItsAddressAndNowhereElse) {
  const Bytes sealed = seal(email());
  Address other_field = email();
  other_field.field = FieldId::user_name;
  Address other_class = email();
  other_class.field = FieldId::last_value;
  Address personal = email();
  personal.person = id<UserId>(1);

  EXPECT_EQ(open(email(), sealed), "plain");
  EXPECT_EQ(open_error(email(1, 2), sealed), Errc::corrupted);
  EXPECT_EQ(open_error(email(2, 1), sealed), Errc::corrupted);
  EXPECT_EQ(open_error(other_field, sealed), Errc::corrupted);
  EXPECT_EQ(open_error(other_class, sealed), Errc::corrupted);
  EXPECT_EQ(open_error(personal, sealed), Errc::corrupted);
}

TEST_F(Content, EveryChangedBitAndEveryCutIsCorruption) {
  const Bytes sealed = seal(email());
  ASSERT_EQ(sealed.size(), ContentKeys::kOverhead + 5);

  for (std::size_t i = 0; i < sealed.size(); ++i) {
    SCOPED_TRACE(i);
    Bytes changed = sealed;
    changed[i] ^= 1U;
    EXPECT_EQ(open_error(email(), changed), Errc::corrupted);
    EXPECT_EQ(open_error(email(), ByteView(sealed).first(i)), Errc::corrupted);
  }
}

TEST_F(Content, TheSamePlainTextNeverLooksTheSame) {
  const Bytes first = seal(email());
  const Bytes second = seal(email());

  EXPECT_NE(first, second);
  EXPECT_EQ(as_text(first).find("plain"), std::string_view::npos);
}

TEST_F(Content, TodayNeedsNoUnwrapAndYesterdayDoes) {
  const Bytes sealed = seal(email());
  EXPECT_EQ(open(email(), sealed), "plain");
  EXPECT_EQ(vault_.unwraps(), 0U);

  clock_.advance(13h);

  EXPECT_EQ(open(email(), sealed), "plain");
  EXPECT_EQ(open(email(), sealed), "plain");
  EXPECT_EQ(vault_.unwraps(), 1U);
  EXPECT_EQ(open(email(), seal(email())), "plain");
  EXPECT_EQ(vault_.unwraps(), 1U);
}

TEST_F(Content, ARestartForgetsTheWritingKey) {
  const Bytes sealed = seal(email());
  restart();
  vault_.set_budget(0);

  EXPECT_EQ(open_error(email(), sealed), Errc::exhausted);
  EXPECT_EQ(open(email(), seal(email())), "plain");
}

TEST_F(Content, ClassesHaveKeysOfTheirOwn) {
  const Address value{id<OrganisationId>(1), FieldId::last_value, id<PropertyId>(1)};
  const Bytes first = seal(email());
  const Bytes second = seal(value);

  EXPECT_FALSE(std::equal(first.begin() + 2, first.begin() + 18, second.begin() + 2));
  restart();
  EXPECT_EQ(open(value, second), "plain");
  EXPECT_EQ(open(email(), first), "plain");
  EXPECT_EQ(vault_.unwraps(), 2U);
}

TEST_F(Content, TheCacheIsBoundedAndAges) {
  restart({.max_cached_keys = 2, .max_cached_age = 15min});
  std::vector<Bytes> sealed;
  for (int day = 0; day < 3; ++day) {
    sealed.push_back(seal(email()));
    clock_.advance(24h);
  }

  for (const Bytes& each : sealed) EXPECT_EQ(open(email(), each), "plain");
  EXPECT_EQ(vault_.unwraps(), 3U);
  EXPECT_EQ(open(email(), sealed[2]), "plain");
  EXPECT_EQ(vault_.unwraps(), 3U);
  EXPECT_EQ(open(email(), sealed[0]), "plain");
  EXPECT_EQ(vault_.unwraps(), 4U);
  clock_.advance(16min);
  EXPECT_EQ(open(email(), sealed[0]), "plain");
  EXPECT_EQ(vault_.unwraps(), 5U);
}

TEST_F(Content, AKeyThatHasSealedItsCountMakesWay) {
  EXPECT_EQ(ContentKeys::Options{}.max_seals_per_key, 4'294'967'296U);
  const auto key_of = [](const Bytes& sealed) {
    return Bytes(sealed.begin() + 2, sealed.begin() + 18);
  };
  restart({.max_seals_per_key = 3});
  std::vector<Bytes> sealed;
  for (int i = 0; i < 7; ++i) sealed.push_back(seal(email()));

  std::vector<int> runs;  // how many in a row have the same key
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    if (i == 0 || key_of(sealed[i]) != key_of(sealed[i - 1])) runs.push_back(0);
    ++runs.back();
  }
  EXPECT_EQ(runs, (std::vector<int>{3, 3, 1}));
  for (const Bytes& each : sealed) EXPECT_EQ(open(email(), each), "plain");
}

TEST_F(Content, GoesOverToAnotherCipherAndBack) {
  Address ann = email();
  ann.person = id<UserId>(1);
  std::vector<Bytes> sealed;
  for (const Cipher cipher :
       {Cipher::aes_256_gcm, Cipher::chacha20_poly1305, Cipher::aes_256_gcm}) {
    restart({.cipher = cipher});
    sealed.push_back(seal(email()));
    EXPECT_EQ(sealed.back()[1], static_cast<std::uint8_t>(cipher));
    for (const Bytes& each : sealed) EXPECT_EQ(open(email(), each), "plain");
    EXPECT_EQ(open(ann, seal(ann)), "plain");
  }
  // In one process too, and of one content key: reading needs no setting.
  const std::uint64_t unwraps = vault_.unwraps();
  for (const Bytes& each : sealed) EXPECT_EQ(open(email(), each), "plain");
  EXPECT_EQ(vault_.unwraps(), unwraps);
}

TEST_F(Content, AFieldIsOpenedByNoCipherButItsOwn) {
  for (const Cipher cipher : {Cipher::aes_256_gcm, Cipher::chacha20_poly1305}) {
    restart({.cipher = cipher});
    const Bytes sealed = seal(email());
    for (int number = 0; number < 256; ++number) {
      Bytes said = sealed;
      said[1] = static_cast<std::uint8_t>(number);
      if (said == sealed) continue;
      EXPECT_EQ(open_error(email(), said), Errc::corrupted) << number;
    }
    // Whoever can write into the store spoils nothing that they do not touch.
    EXPECT_EQ(open(email(), sealed), "plain");
  }
}

TEST_F(Content, DestroyingTheOrganisationsShareErases) {
  const Bytes sealed = seal(email());
  const Bytes others = seal(email(2));

  vault_.destroy_share(id<OrganisationId>(1));
  keys_->forget(id<OrganisationId>(1));

  EXPECT_EQ(open_error(email(), sealed), Errc::not_found);
  EXPECT_EQ(keys_->seal(email(), as_bytes("new")).error().code, Errc::not_found);
  EXPECT_EQ(open(email(2), others), "plain");
}

TEST_F(Content, DestroyingAPersonsShareErasesThatPersonOnly) {
  Address ann = email(1, 1);
  ann.person = id<UserId>(1);
  Address bob = email(1, 2);
  bob.person = id<UserId>(2);
  const Bytes of_ann = seal(ann);
  const Bytes of_bob = seal(bob);
  const Bytes of_all = seal(email());
  EXPECT_EQ(open(ann, of_ann), "plain");

  vault_.destroy_share(id<OrganisationId>(1), id<UserId>(1));
  keys_->forget(id<OrganisationId>(1));

  EXPECT_EQ(open_error(ann, of_ann), Errc::not_found);
  EXPECT_EQ(open(bob, of_bob), "plain");
  EXPECT_EQ(open(email(), of_all), "plain");
}

TEST_F(Content, NoContentKeyIsInTheStore) {
  // A vault that refuses shows that what the store holds is not enough.
  const Bytes sealed = seal(email());
  vault_.set_budget(0);
  restart();

  storage::Cursor at = store_->scan(store_->family(ContentKeys::kFamily), {});
  int entries = 0;
  for (; at.is_valid(); at.next()) ++entries;
  EXPECT_EQ(entries, 1);
  EXPECT_EQ(open_error(email(), sealed), Errc::exhausted);
}

TEST_F(Content, ALostKeyEntryIsCorruption) {
  const Bytes sealed = seal(email());
  storage::Batch batch = store_->batch();
  batch.erase_prefix(store_->family(ContentKeys::kFamily), Bytes{1});
  ASSERT_TRUE(store_->write(std::move(batch)));
  restart();

  EXPECT_EQ(open_error(email(), sealed), Errc::corrupted);
}

TEST(FieldRegistry, NumbersAreUniqueAndNeverChange) {
  // Adding a field adds a line here. Changing one makes stored data unreadable.
  const std::string_view expected =
      "1 1 user_email\n2 1 user_name\n3 1 user_subject\n4 1 organisation_name\n5 1 api_key_name\n"
      "6 2 device_record\n7 2 device_network\n8 2 device_connection\n9 2 thing_record\n"
      "10 2 property_record\n11 3 last_value\n12 4 history_points\n13 4 history_hours\n"
      "14 4 history_minutes\n15 5 retained_message\n16 5 session_state\n17 5 queued_message\n"
      "18 6 audit_entry\n19 1 user_factor\n20 1 web_session\n21 1 account_news\n"
      "22 1 invitation_email\n23 1 account_stay\n";
  std::string actual;
  std::uint16_t number = 0;
  for (const Field& each : kFields) {
    EXPECT_EQ(static_cast<std::uint16_t>(each.id), ++number);
    EXPECT_EQ(&field(each.id), &each);
    actual += std::to_string(number) + ' ' + std::to_string(static_cast<int>(each.data_class)) +
              ' ' + std::string(each.name) + '\n';
  }
  EXPECT_EQ(actual.substr(0, expected.size()), expected);
}

TEST(BlindIndex, TellsFieldsTextsAndKeysApart) {
  Bytes one(32, 1);
  Bytes two(32, 2);
  const auto key = crypto::SecretBytes::take(one);
  const auto other = crypto::SecretBytes::take(two);

  const auto index = blind_index(key, FieldId::user_email, "ann@example.com");

  EXPECT_EQ(index, blind_index(key, FieldId::user_email, "ann@example.com"));
  EXPECT_NE(index, blind_index(key, FieldId::user_email, "bob@example.com"));
  EXPECT_NE(index, blind_index(key, FieldId::user_name, "ann@example.com"));
  EXPECT_NE(index, blind_index(other, FieldId::user_email, "ann@example.com"));
}

}  // namespace
}  // namespace fastness::keys
