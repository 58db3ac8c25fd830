#include "keys/testing/test_content_keys.h"

#include <array>
#include <string>

namespace fastness::keys::testing {

TestContentKeys::TestContentKeys(const Clock& clock) {
  std::array<std::uint8_t, 8> name{};
  random_.fill(name);
  directory_ = std::filesystem::temp_directory_path() / ("fastness-test-" + to_hex(name));
  store_ = storage::KeyValueStore::open(
               {directory_, {std::string(ContentKeys::kFamily)}, std::size_t{8} << 20U})
               .value();
  keys_ = std::make_unique<ContentKeys>(*store_, vault_, clock, random_);
}

TestContentKeys::~TestContentKeys() {
  keys_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace fastness::keys::testing
