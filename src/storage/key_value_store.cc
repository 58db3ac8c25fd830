#include "storage/key_value_store.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
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

Result<void> to_result(const rocksdb::Status& status) {
  if (status.ok()) return {};
  const Errc code = status.IsCorruption() ? Errc::corrupted
                    : status.IsNoSpace()  ? Errc::exhausted
                                          : Errc::unavailable;
  return fail(code, "key-value store: " + status.ToString());
}

// Of a directory that nothing writes to: a file that cannot be read is missing or damaged.
Result<void> corrupted_unless_ok(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return fail(Errc::corrupted, "key-value store: " + status.ToString());
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
  // Its own recovery goes on with the log file whose write failed, and Debian's build, which has
  // assertions, ends the process over that. We close and open instead.
  options.max_bgerror_resume_count = 0;
  options.avoid_flush_during_recovery = true;
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

Unexpected<Error> not_open() {
  return fail(Errc::unavailable, "key-value store: it could not be opened after a failed write");
}

}  // namespace

// RocksDB from one opening to its end.
class KeyValueStore::Engine {
 public:
  enum class Access { read_and_write, read_only };
  [[nodiscard]] static Result<std::shared_ptr<Engine>> open(const Options& options,
                                                            Access access = Access::read_and_write);

  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    if (!db_) return;
    for (rocksdb::ColumnFamilyHandle* handle : all_) db_->DestroyColumnFamilyHandle(handle);
    db_->Close();
  }

  [[nodiscard]] Result<void> read_all(const std::stop_token& stop);

  [[nodiscard]] rocksdb::DB& db() { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(std::size_t index) { return wanted_[index]; }

  // Whether a write failed, so that RocksDB takes no more of them.
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  void note(const rocksdb::Status& status) {
    if (status.IsIOError()) is_broken_ = true;  // a full disk is one, too
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> all_;
  std::vector<rocksdb::ColumnFamilyHandle*> wanted_;  // in the order of the options
  std::atomic<bool> is_broken_{false};
};

struct Cursor::State {
  std::shared_ptr<KeyValueStore::Engine> engine;  // keeps RocksDB open; null if it is not
  Bytes from;
  Bytes to;
  rocksdb::Slice lower;
  rocksdb::Slice upper;
  std::unique_ptr<rocksdb::Iterator> at;
};

Result<std::shared_ptr<KeyValueStore::Engine>> KeyValueStore::Engine::open(const Options& options,
                                                                           Access access) {
  const rocksdb::Options rocks = store_options(options.memory_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : all_families(rocks, options)) {
    descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions(rocks));
  }
  auto engine = std::make_shared<Engine>();
  rocksdb::DB* db = nullptr;
  const std::string directory = options.directory.string();
  FASTNESS_RETURN_IF_ERROR(
      to_result(access == Access::read_only
                    ? rocksdb::DB::OpenForReadOnly(rocksdb::DBOptions(rocks), directory,
                                                   descriptors, &engine->all_, &db)
                    : rocksdb::DB::Open(rocksdb::DBOptions(rocks), directory, descriptors,
                                        &engine->all_, &db)));
  engine->db_.reset(db);
  for (const std::string& name : options.families) {
    engine->wanted_.push_back(
        *std::ranges::find(engine->all_, name, &rocksdb::ColumnFamilyHandle::GetName));
  }
  return engine;
}

KeyValueStore::KeyValueStore(Options options, std::shared_ptr<Engine> engine)
    : options_(std::move(options)), engine_(std::move(engine)) {}

KeyValueStore::~KeyValueStore() = default;

Result<std::unique_ptr<KeyValueStore>> KeyValueStore::open(const Options& options) {
  std::error_code ignored;
  std::filesystem::create_directories(options.directory, ignored);  // open() reports what matters
  FASTNESS_ASSIGN_OR_RETURN(auto engine, Engine::open(options));
  return std::unique_ptr<KeyValueStore>(new KeyValueStore(options, std::move(engine)));
}

Result<void> KeyValueStore::Engine::read_all(const std::stop_token& stop) {
  rocksdb::ReadOptions once;
  once.verify_checksums = true;
  once.fill_cache = false;
  for (rocksdb::ColumnFamilyHandle* handle : all_) {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(once, handle));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      if (stop.stop_requested()) return fail(Errc::unavailable, "key-value store: asked to stop");
    }
    FASTNESS_RETURN_IF_ERROR(corrupted_unless_ok(at->status()));
  }
  return {};
}

Result<void> KeyValueStore::check(const Options& options, const std::stop_token& stop) {
  std::vector<std::string> names;
  const rocksdb::Options rocks = store_options(options.memory_bytes);
  FASTNESS_RETURN_IF_ERROR(corrupted_unless_ok(
      rocksdb::DB::ListColumnFamilies(rocks, options.directory.string(), &names)));
  for (const std::string& name : options.families) {
    if (std::ranges::find(names, name) != names.end()) continue;
    return fail(Errc::corrupted, "key-value store: there is no family " + name);
  }
  const auto engine = Engine::open(options, Engine::Access::read_only);
  if (!engine) return fail(Errc::corrupted, engine.error().message);
  return (*engine)->read_all(stop);
}

std::shared_ptr<KeyValueStore::Engine> KeyValueStore::engine() const {
  const std::lock_guard lock(mutex_);
  return engine_;
}

// The engine, opened anew if a write has failed and there is a chance that the next one will not.
Result<std::shared_ptr<KeyValueStore::Engine>> KeyValueStore::engine_for_writing() {
  const std::lock_guard lock(mutex_);
  if (engine_ && !engine_->is_broken()) return engine_;
  std::error_code code;
  const auto space = std::filesystem::space(options_.directory, code);
  if (!code && space.available < options_.memory_bytes / 8) {
    return fail(Errc::exhausted, "key-value store: the disk is full");
  }
  if (engine_ && engine_.use_count() > 1) {
    return fail(Errc::unavailable, "key-value store: a write failed, and somebody still reads");
  }
  engine_.reset();  // two cannot have the directory open
  FASTNESS_ASSIGN_OR_RETURN(engine_, Engine::open(options_));
  return engine_;
}

Family KeyValueStore::family(std::string_view name) const {
  return Family(static_cast<std::size_t>(std::ranges::find(options_.families, name) -
                                         options_.families.begin()));
}

Result<std::optional<Bytes>> KeyValueStore::get(Family family, ByteView key) const {
  const auto engine = this->engine();
  if (!engine) return not_open();
  rocksdb::PinnableSlice value;
  const rocksdb::Status status =
      engine->db().Get(rocksdb::ReadOptions(), engine->handle(family.index_), slice(key), &value);
  if (status.IsNotFound()) return std::optional<Bytes>();
  FASTNESS_RETURN_IF_ERROR(to_result(status));
  return std::optional<Bytes>(to_bytes(view(value)));
}

Result<void> KeyValueStore::put(Family family, ByteView key, ByteView value,
                                Durability durability) {
  Batch one = batch();
  one.put(family, key, value);
  return write(one, durability);
}

Result<void> KeyValueStore::erase(Family family, ByteView key, Durability durability) {
  Batch one = batch();
  one.erase(family, key);
  return write(one, durability);
}

Batch KeyValueStore::batch() const {
  return {};
}

Result<void> KeyValueStore::write(const Batch& batch, Durability durability) {
  FASTNESS_ASSIGN_OR_RETURN(const auto engine, engine_for_writing());
  rocksdb::WriteBatch writes;
  for (const Batch::Write& write : batch.writes_) {
    rocksdb::ColumnFamilyHandle* family = engine->handle(write.family.index_);
    switch (write.kind) {
      case Batch::Kind::put:
        writes.Put(family, slice(write.key), slice(write.value));
        break;
      case Batch::Kind::erase:
        writes.Delete(family, slice(write.key));
        break;
      case Batch::Kind::erase_range:
        writes.DeleteRange(family, slice(write.key), slice(write.value));
        break;
    }
  }
  const rocksdb::Status status = engine->db().Write(write_options(durability), &writes);
  engine->note(status);
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
  state->engine = engine();
  if (!state->engine) return Cursor(std::move(state));
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &state->lower;
  if (!state->to.empty()) options.iterate_upper_bound = &state->upper;
  state->at.reset(state->engine->db().NewIterator(options, state->engine->handle(family.index_)));
  state->at->SeekToFirst();
  return Cursor(std::move(state));
}

Result<void> KeyValueStore::sync() {
  FASTNESS_ASSIGN_OR_RETURN(const auto engine, engine_for_writing());
  const rocksdb::Status status = engine->db().SyncWAL();
  engine->note(status);
  return to_result(status);
}

std::uint64_t KeyValueStore::approximate_bytes(Family family) const {
  const auto engine = this->engine();
  if (!engine) return 0;
  std::uint64_t files = 0;
  std::uint64_t buffers = 0;
  rocksdb::ColumnFamilyHandle* handle = engine->handle(family.index_);
  engine->db().GetIntProperty(handle, rocksdb::DB::Properties::kEstimateLiveDataSize, &files);
  engine->db().GetIntProperty(handle, rocksdb::DB::Properties::kSizeAllMemTables, &buffers);
  return files + buffers;
}

Result<void> KeyValueStore::copy_to(const std::filesystem::path& directory) {
  FASTNESS_ASSIGN_OR_RETURN(const auto engine, engine_for_writing());
  rocksdb::Checkpoint* made = nullptr;
  FASTNESS_RETURN_IF_ERROR(to_result(rocksdb::Checkpoint::Create(&engine->db(), &made)));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  return to_result(checkpoint->CreateCheckpoint(directory.string()));
}

Result<void> KeyValueStore::compact(Family family, ByteView from, ByteView to) {
  FASTNESS_ASSIGN_OR_RETURN(const auto engine, engine_for_writing());
  const rocksdb::Slice begin = slice(from);
  const rocksdb::Slice end = slice(to);
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const rocksdb::Status status =
      engine->db().CompactRange(options, engine->handle(family.index_),
                                from.empty() ? nullptr : &begin, to.empty() ? nullptr : &end);
  engine->note(status);
  return to_result(status);
}

void Batch::add(Write write) {
  size_ += write.key.size() + write.value.size();
  writes_.push_back(std::move(write));
}

void Batch::put(Family family, ByteView key, ByteView value) {
  add({Kind::put, family, to_bytes(key), to_bytes(value)});
}

void Batch::erase(Family family, ByteView key) {
  add({Kind::erase, family, to_bytes(key), {}});
}

void Batch::erase_range(Family family, ByteView from, ByteView to) {
  add({Kind::erase_range, family, to_bytes(from), to_bytes(to)});
}

void Batch::erase_prefix(Family family, ByteView prefix) {
  erase_range(family, prefix, after_prefix(prefix));
}

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

bool Cursor::is_valid() const {
  return state_->at && state_->at->Valid();
}

Result<void> Cursor::status() const {
  return state_->at ? to_result(state_->at->status()) : Result<void>(not_open());
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
  if (state_->at) state_->at->Seek(slice(key));
}

void Cursor::seek_for_previous(ByteView key) {
  if (state_->at) state_->at->SeekForPrev(slice(key));
}

void Cursor::seek_to_first() {
  if (state_->at) state_->at->SeekToFirst();
}

void Cursor::seek_to_last() {
  if (state_->at) state_->at->SeekToLast();
}

Bytes after_prefix(ByteView prefix) {
  Bytes next = to_bytes(prefix);
  while (!next.empty() && next.back() == 0xff) next.pop_back();
  if (!next.empty()) ++next.back();
  return next;
}

}  // namespace fastness::storage
