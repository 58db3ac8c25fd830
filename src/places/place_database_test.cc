#include "places/place_database.h"

#include <filesystem>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>

#include "places/testing/place_file.h"

namespace fastness::places {
namespace {

using testing::make_place_file;
using testing::PlaceFileKind;

class Places : public ::testing::Test {
 protected:
  Places() {
    std::string name = ::testing::TempDir() + "places-XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~Places() override { std::filesystem::remove_all(directory_); }

  std::string write(const Bytes& bytes, const std::string& name = "places.mmdb") {
    const std::string path = directory_ / name;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  Result<PlaceDatabase> open(const Bytes& bytes) { return PlaceDatabase::open(write(bytes)); }
  static std::optional<Coordinates> find(const PlaceDatabase& database, std::string_view address) {
    return database.find(address).value();
  }

  const Bytes cities_ = make_place_file({{"192.0.2.0/24", 52.52, 13.40, 20},
                                         {"198.51.100.0/25", 35.68, 139.69},
                                         {"2001:db8:7::/48", -33.87, 151.21, 100}});
  std::filesystem::path directory_;
};

TEST_F(Places, AnAddressIsWhereTheFileSays) {
  const auto database = open(cities_);
  ASSERT_TRUE(database) << database.error().message;

  EXPECT_EQ(find(*database, "192.0.2.1"), (Coordinates{52.52, 13.40}));
  EXPECT_EQ(find(*database, "192.0.2.255"), (Coordinates{52.52, 13.40}));
  EXPECT_EQ(find(*database, "198.51.100.127"), (Coordinates{35.68, 139.69}));
  EXPECT_EQ(find(*database, "2001:db8:7:ffff::1"), (Coordinates{-33.87, 151.21}));
  EXPECT_EQ(find(*database, "::ffff:192.0.2.1"), (Coordinates{52.52, 13.40}));
}

TEST_F(Places, WhatTheFileDoesNotKnowIsNowhere) {
  const auto database = open(cities_);
  ASSERT_TRUE(database);

  for (const char* address : {"192.0.3.1", "198.51.100.128", "2001:db8:8::1", "::ffff:192.0.3.1",
                              "10.0.0.1", "127.0.0.1", "::1", "fe80::1", "", "nowhere", "192.0.2",
                              "192.0.2.1:443", "[2001:db8:7::1]", "fe80::1%eth0"}) {
    SCOPED_TRACE(address);
    EXPECT_EQ(find(*database, address), std::nullopt);
  }
}

TEST_F(Places, WhatTheFileKnowsOnlyVaguelyIsNowhere) {
  const auto database =
      open(make_place_file({{"192.0.2.0/24", 39.5, -98.4, PlaceDatabase::kVaguest + 1},
                            {"198.51.100.0/24", 39.5, -98.4, PlaceDatabase::kVaguest}}));
  ASSERT_TRUE(database);

  EXPECT_EQ(find(*database, "192.0.2.1"), std::nullopt);
  EXPECT_TRUE(find(*database, "198.51.100.1"));
}

TEST_F(Places, CoordinatesThatAreNoneAreNotBelieved) {
  const auto database =
      open(make_place_file({{"192.0.2.0/24", 91, 0},
                            {"192.0.3.0/24", 0, -181},
                            {"192.0.4.0/24", std::numeric_limits<double>::quiet_NaN(), 0},
                            {"192.0.5.0/24", 0, std::numeric_limits<double>::infinity()},
                            {"192.0.6.0/24", 1, 1}}));
  ASSERT_TRUE(database);

  for (const char* address : {"192.0.2.1", "192.0.3.1", "192.0.4.1", "192.0.5.1"}) {
    SCOPED_TRACE(address);
    EXPECT_EQ(find(*database, address), std::nullopt);
  }
  EXPECT_TRUE(find(*database, "192.0.6.1"));
}

TEST_F(Places, AFileThatIsNoneIsRefusedWithItsName) {
  struct Case {
    const char* what;
    Bytes bytes;
    Errc error;
  };
  const Bytes half(cities_.begin(), cities_.begin() + static_cast<std::ptrdiff_t>(40));
  for (const Case& each :
       {Case{"empty", {}, Errc::corrupted},
        {"text", to_bytes(as_bytes("latitude,longitude\n")), Errc::corrupted},
        {"cut off", half, Errc::corrupted},
        {"of companies", make_place_file({{"192.0.2.0/24", 1, 1}}, PlaceFileKind::companies),
         Errc::invalid_argument},
        {"of nothing", make_place_file({}), Errc::invalid_argument}}) {
    SCOPED_TRACE(each.what);
    const auto database = open(each.bytes);
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, each.error) << database.error().message;
    EXPECT_NE(database.error().message.find("places.mmdb"), std::string::npos);
  }
  const auto missing = PlaceDatabase::open(directory_ / "missing.mmdb");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().message.find("missing.mmdb"), std::string::npos);
  EXPECT_FALSE(PlaceDatabase::open(directory_)) << "a folder";
}

// Whatever is damaged of the tree and the records, nothing is read beyond the file and nothing
// comes out that is no place.
TEST_F(Places, EachByteOfTheTreeAndTheRecordsMayBeDamaged) {
  const std::size_t end = as_text(cities_).find("\xab\xcd\xefMaxMind.com");
  ASSERT_NE(end, std::string_view::npos);
  std::size_t opened = 0;
  for (std::size_t at = 0; at < end; ++at) {
    Bytes damaged = cities_;
    damaged[at] ^= 0xff;
    const auto database = open(damaged);
    if (!database) continue;
    ++opened;
    for (const char* address : {"192.0.2.1", "198.51.100.1", "2001:db8:7::1", "203.0.113.1"}) {
      const auto place = find(*database, address);
      ASSERT_TRUE(!place || Coordinates::of(place->latitude, place->longitude));
    }
  }
  EXPECT_GT(opened, end / 2) << "or nothing was looked up";
}

TEST_F(Places, AFileThatIsReplacedIsReadOnAsItWas) {
  const auto database = open(cities_);
  ASSERT_TRUE(database);
  const std::string next = write(make_place_file({{"192.0.2.0/24", 1, 1}}), "next");

  std::filesystem::rename(next, directory_ / "places.mmdb");

  EXPECT_EQ(find(*database, "192.0.2.1"), (Coordinates{52.52, 13.40}));
  EXPECT_EQ(find(PlaceDatabase::open(directory_ / "places.mmdb").value(), "192.0.2.1"),
            (Coordinates{1, 1}));
}

// A page that is no longer in the file would end the process that reads it.
TEST_F(Places, AFileThatIsCutOffWhileItIsOpenIsReadNoMore) {
  const auto database = open(cities_);
  ASSERT_TRUE(database && database->find("192.0.2.1"));

  std::filesystem::resize_file(directory_ / "places.mmdb", 0);

  const auto found = database->find("192.0.2.1");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace fastness::places
