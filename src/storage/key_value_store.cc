#include "storage/key_value_store.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

namespace fastness::storage {
namespace {

// RocksDB asserts that even an empty slice points somewhere.
rocksdb::Slice slice(ByteView bytes) {
  return bytes.empty() ? rocksdb::Slice("", 0)
                       : rocksdb::Slice(as_text(bytes).data(), bytes.size());
}

ByteView view(const rocksdb::Slice& slice) {
  return as_bytes({slice.data(), slice.size()});
}

rocksdb::ColumnFamilyHandle* handle_of(void* raw) {
  return static_cast<rocksdb::ColumnFamilyHandle*>(raw);
}

Result<void> to_result(const rocksdb::Status& status) {
  if (status.ok()) return {};
  const Errc code = status.IsCorruption() ? Errc::corrupted
                    : status.IsNoSpace()  ? Errc::exhausted
                                          : Errc::unavailable;
  return fail(code, "key-value store: " + status.ToString());
}

rocksdb::WriteOptions write_options(Durability durability) {
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::synced;
  return options;
}

rocksdb::Options store_options(std::size_t memory_bytes) {
  // Write buffers are charged to the block cache, so that one number caps both.
  auto cache = rocksdb::NewLRUCache(memory_bytes, -1, /*strict_capacity_limit=*/false);
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 16U << 10U;
  table.cache_index_and_filter_blocks = true;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));

  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  options.compression = rocksdb::kNoCompression;  // sealed values do not compress
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(memory_bytes / 2, cache);
  options.write_buffer_size = std::max<std::size_t>(memory_bytes / 8, 1U << 20U);
  options.max_total_wal_size = memory_bytes;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.bytes_per_sync = 1U << 20U;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::ERROR_LEVEL;
  // With this manager RocksDB notices by itself when space is back.
  options.sst_file_manager.reset(rocksdb::NewSstFileManager(rocksdb::Env::Default()));
  return options;
}

// RocksDB wants every family named that exists, also those that this release does not use.
std::vector<std::string> all_families(const rocksdb::Options& options,
                                      const KeyValueStore::Options& wanted) {
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, wanted.directory.string(), &names).ok()) {
    names = {rocksdb::kDefaultColumnFamilyName};  // not created yet
  }
  for (const std::string& name : wanted.families) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace

struct KeyValueStore::State {
  std::unique_ptr<rocksdb::DB> db;
  std::map<std::string, rocksdb::ColumnFamilyHandle*, std::less<>> families;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (!db) return;
    for (const auto& [name, handle] : families) db->DestroyColumnFamilyHandle(handle);
    db->Close();
  }
};

struct Batch::State {
  rocksdb::WriteBatch writes;
};

struct Cursor::State {
  Bytes from;
  Bytes to;
  rocksdb::Slice lower;
  rocksdb::Slice upper;
  std::unique_ptr<rocksdb::Iterator> at;
};

KeyValueStore::KeyValueStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyValueStore::~KeyValueStore() = default;

Result<std::unique_ptr<KeyValueStore>> KeyValueStore::open(const Options& options) {
  std::error_code ignored;
  std::filesystem::create_directories(options.directory, ignored);  // open() reports what matters
  const rocksdb::Options rocks = store_options(options.memory_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : all_families(rocks, options)) {
    descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions(rocks));
  }

  auto state = std::make_unique<State>();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  FASTNESS_RETURN_IF_ERROR(to_result(rocksdb::DB::Open(
      rocksdb::DBOptions(rocks), options.directory.string(), descriptors, &handles, &db)));
  state->db.reset(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) state->families[handle->GetName()] = handle;
  return std::unique_ptr<KeyValueStore>(new KeyValueStore(std::move(state)));
}

Family KeyValueStore::family(std::string_view name) const {
  return Family(state_->families.find(name)->second);
}

Result<std::optional<Bytes>> KeyValueStore::get(Family family, ByteView key) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status =
      state_->db->Get(rocksdb::ReadOptions(), handle_of(family.handle_), slice(key), &value);
  if (status.IsNotFound()) return std::optional<Bytes>();
  FASTNESS_RETURN_IF_ERROR(to_result(status));
  return std::optional<Bytes>(to_bytes(view(value)));
}

Result<void> KeyValueStore::put(Family family, ByteView key, ByteView value,
                                Durability durability) {
  Batch one = batch();
  one.put(family, key, value);
  return write(std::move(one), durability);
}

Result<void> KeyValueStore::erase(Family family, ByteView key, Durability durability) {
  Batch one = batch();
  one.erase(family, key);
  return write(std::move(one), durability);
}

Batch KeyValueStore::batch() const {
  return Batch(std::make_unique<Batch::State>());
}

Result<void> KeyValueStore::write(Batch&& batch, Durability durability) {
  const Batch taken = std::move(batch);
  rocksdb::WriteBatch& writes = taken.state_->writes;
  rocksdb::Status status = state_->db->Write(write_options(durability), &writes);
  if (status.severity() >= rocksdb::Status::Severity::kSoftError) {
    // After a failed write RocksDB refuses further ones until it is told to look again.
    if (state_->db->Resume().ok()) status = state_->db->Write(write_options(durability), &writes);
  }
  return to_result(status);
}

Cursor KeyValueStore::scan(Family family, ByteView prefix) const {
  return scan_range(family, prefix, after_prefix(prefix));
}

Cursor KeyValueStore::scan_range(Family family, ByteView from, ByteView to) const {
  auto state = std::make_unique<Cursor::State>();
  state->from = to_bytes(from);
  state->to = to_bytes(to);
  state->lower = slice(state->from);
  state->upper = slice(state->to);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &state->lower;
  if (!state->to.empty()) options.iterate_upper_bound = &state->upper;
  state->at.reset(state_->db->NewIterator(options, handle_of(family.handle_)));
  state->at->SeekToFirst();
  return Cursor(std::move(state));
}

Result<void> KeyValueStore::sync() {
  return to_result(state_->db->SyncWAL());
}

std::uint64_t KeyValueStore::approximate_bytes(Family family) const {
  std::uint64_t files = 0;
  std::uint64_t buffers = 0;
  rocksdb::ColumnFamilyHandle* handle = handle_of(family.handle_);
  state_->db->GetIntProperty(handle, rocksdb::DB::Properties::kEstimateLiveDataSize, &files);
  state_->db->GetIntProperty(handle, rocksdb::DB::Properties::kSizeAllMemTables, &buffers);
  return files + buffers;
}

Result<void> KeyValueStore::compact(Family family, ByteView from, ByteView to) {
  const rocksdb::Slice begin = slice(from);
  const rocksdb::Slice end = slice(to);
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  return to_result(state_->db->CompactRange(options, handle_of(family.handle_),
                                            from.empty() ? nullptr : &begin,
                                            to.empty() ? nullptr : &end));
}

Batch::Batch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

void Batch::put(Family family, ByteView key, ByteView value) {
  state_->writes.Put(handle_of(family.handle_), slice(key), slice(value));
}

void Batch::erase(Family family, ByteView key) {
  state_->writes.Delete(handle_of(family.handle_), slice(key));
}

void Batch::erase_range(Family family, ByteView from, ByteView to) {
  state_->writes.DeleteRange(handle_of(family.handle_), slice(from), slice(to));
}

void Batch::erase_prefix(Family family, ByteView prefix) {
  erase_range(family, prefix, after_prefix(prefix));
}

std::size_t Batch::size_bytes() const {
  return state_->writes.GetDataSize();
}

bool Batch::is_empty() const {
  return state_->writes.Count() == 0;
}

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

bool Cursor::is_valid() const {
  return state_->at->Valid();
}

Result<void> Cursor::status() const {
  return to_result(state_->at->status());
}

ByteView Cursor::key() const {
  return view(state_->at->key());
}

ByteView Cursor::value() const {
  return view(state_->at->value());
}

void Cursor::next() {
  state_->at->Next();
}

void Cursor::previous() {
  state_->at->Prev();
}

void Cursor::seek(ByteView key) {
  state_->at->Seek(slice(key));
}

void Cursor::seek_for_previous(ByteView key) {
  state_->at->SeekForPrev(slice(key));
}

void Cursor::seek_to_first() {
  state_->at->SeekToFirst();
}

void Cursor::seek_to_last() {
  state_->at->SeekToLast();
}

Bytes after_prefix(ByteView prefix) {
  Bytes next = to_bytes(prefix);
  while (!next.empty() && next.back() == 0xff) next.pop_back();
  if (!next.empty()) ++next.back();
  return next;
}

}  // namespace fastness::storage
