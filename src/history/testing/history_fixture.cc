#include "history/testing/history_fixture.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace fastness::history::testing {
namespace {

OrganisationId organisation(std::uint8_t byte) {
  Uuid::Bytes bytes{};
  bytes.fill(byte);
  return OrganisationId(Uuid(bytes));
}

}  // namespace

HistoryFixture::HistoryFixture() : series_{organisation(1), SeriesId(42)} {
  options_.max_open_bytes = std::size_t{2} << 20U;
  std::string name = std::filesystem::temp_directory_path() / "fastness-history-XXXXXX";
  directory_ = ::mkdtemp(name.data());
  std::vector<std::string> families = History::families();
  families.emplace_back(keys::ContentKeys::kFamily);
  auto opened = storage::KeyValueStore::open({directory_, families, std::size_t{8} << 20U});
  EXPECT_TRUE(opened);
  store_ = std::move(opened).value();
  reopen();
}

HistoryFixture::~HistoryFixture() {
  history_.reset();
  keys_.reset();
  store_.reset();
  std::filesystem::remove_all(directory_);
}

void HistoryFixture::reopen() {
  history_.reset();
  keys_ = std::make_unique<keys::ContentKeys>(*store_, way_to_vault_, clock_, random_);
  auto opened = History::open(*store_, *keys_, clock_, options_);
  ASSERT_TRUE(opened) << opened.error().message;
  history_ = std::move(opened).value();
}

OrganisationId HistoryFixture::other_organisation() const {
  return organisation(2);
}

bool HistoryFixture::disk_holds(std::string_view text) const {
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::ostringstream contents;
    contents << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    if (contents.str().find(text) != std::string::npos) return true;
  }
  return false;
}

std::size_t HistoryFixture::stored_chunks() const {
  std::size_t count = 0;
  storage::Cursor at = store_->scan(store_->family("history_points"), {});
  for (; at.is_valid(); at.next()) ++count;
  return count;
}

void HistoryFixture::flip_stored_bit(std::string_view family) {
  storage::Cursor at = store_->scan(store_->family(family), {});
  ASSERT_TRUE(at.is_valid());
  Bytes value = to_bytes(at.value());
  value.back() ^= 1U;
  ASSERT_TRUE(store_->put(store_->family(family), at.key(), value));
}

void HistoryFixture::spoil(std::string_view family) {
  storage::Cursor at = store_->scan(store_->family(family), {});
  for (; at.is_valid(); at.next()) {
    ASSERT_TRUE(store_->put(store_->family(family), at.key(), as_bytes("nonsense")));
  }
}

}  // namespace fastness::history::testing
