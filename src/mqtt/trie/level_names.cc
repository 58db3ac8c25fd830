#include "mqtt/trie/level_names.h"

#include <algorithm>
#include <array>

#include <boost/unordered/unordered_flat_set.hpp>
#include <sodium.h>

#include "mqtt/trie/pool.h"

namespace fastness::mqtt {

class LevelNames::Table {
 public:
  Table() : ids_(0, Hash{this}, Equal{this}) { crypto_shorthash_keygen(key_.data()); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() = default;

  [[nodiscard]] std::string_view text(Id id) const {
    const Name& name = names_[id];
    return {name.text.get(), name.size};
  }

  [[nodiscard]] std::optional<Id> find(std::string_view text) const {
    const auto found = ids_.find(text);
    return found == ids_.end() ? std::nullopt : std::optional(*found);
  }

  [[nodiscard]] Id acquire(std::string_view text) {
    if (const auto known = find(text)) {
      ++names_[*known].uses;
      return *known;
    }
    const Id id = names_.take();
    Name& name = names_[id];
    name.text = std::make_unique<char[]>(text.size());  // NOLINT(modernize-avoid-c-arrays)
    std::ranges::copy(text, name.text.get());
    name.size = static_cast<std::uint32_t>(text.size());
    name.uses = 1;
    ids_.insert(id);
    return id;
  }

  void release(Id id) {
    if (--names_[id].uses != 0) return;
    ids_.erase(id);
    names_.give_back(id);
    // What has become mostly empty gives its memory back.
    if (ids_.size() < ids_.bucket_count() / 8) ids_.rehash(0);
  }

 private:
  struct Name {
    std::unique_ptr<char[]> text;  // NOLINT(modernize-avoid-c-arrays): 16 bytes less than a string
    std::uint32_t size = 0;
    std::uint32_t uses = 0;
  };
  // Both take a level by its number or by its text.
  struct Hash {
    using is_transparent = void;
    const Table* table;
    std::size_t operator()(std::string_view text) const { return table->hash(text); }
    std::size_t operator()(Id id) const { return table->hash(table->text(id)); }
  };
  struct Equal {
    using is_transparent = void;
    const Table* table;
    bool operator()(Id a, Id b) const { return a == b; }
    bool operator()(Id id, std::string_view text) const { return table->text(id) == text; }
    bool operator()(std::string_view text, Id id) const { return table->text(id) == text; }
  };

  // SipHash.
  [[nodiscard]] std::size_t hash(std::string_view text) const {
    std::array<unsigned char, crypto_shorthash_BYTES> out{};
    crypto_shorthash(out.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     key_.data());
    std::uint64_t value = 0;
    for (const unsigned char byte : out) value = value << 8U | byte;
    return value;
  }

  std::array<unsigned char, crypto_shorthash_KEYBYTES> key_{};
  Pool<Name> names_;
  boost::unordered_flat_set<Id, Hash, Equal> ids_;
};

LevelNames::LevelNames() : table_(std::make_unique<Table>()) {}
LevelNames::~LevelNames() = default;

std::optional<LevelNames::Id> LevelNames::find(std::string_view text) const {
  return table_->find(text);
}
LevelNames::Id LevelNames::acquire(std::string_view text) {
  return table_->acquire(text);
}
void LevelNames::release(Id id) {
  table_->release(id);
}
std::string_view LevelNames::text(Id id) const {
  return table_->text(id);
}

}  // namespace fastness::mqtt
