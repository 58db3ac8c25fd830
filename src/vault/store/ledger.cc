#include "vault/store/ledger.h"

#include <algorithm>

#include "os/files/file_system.h"

namespace fastness::vault {
namespace {

using ledger::LedgerEntry;

constexpr std::string_view kMagic = "fastness ledger1";
constexpr std::size_t kMacSize = 16;
constexpr std::size_t kRecordSize = LedgerEntry::kEncodedSize + kMacSize;

constexpr std::uint64_t offset_of(std::uint64_t index) {
  return kMagic.size() + index * kRecordSize;
}

Result<void> begin_file(os::File& file, os::FileSystem& files, const std::filesystem::path& path) {
  FASTNESS_RETURN_IF_ERROR(file.truncate(0));
  FASTNESS_RETURN_IF_ERROR(file.write_at(0, as_bytes(kMagic)));
  FASTNESS_RETURN_IF_ERROR(file.sync_data());
  return files.sync_directory(path.parent_path());
}

Result<void> check_magic(os::File& file) {
  std::array<std::uint8_t, kMagic.size()> magic{};
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t size, file.read_at(0, magic));
  if (size != magic.size() || as_text(magic) != kMagic) {
    return fail(Errc::corrupted, "the ledger's file is not one");
  }
  return {};
}

}  // namespace

Ledger::Ledger(std::unique_ptr<os::File> file, crypto::SecretBytes mac_key)
    : file_(std::move(file)), mac_key_(std::move(mac_key)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

crypto::SecretBytes Ledger::mac_key_of(const RootKey& root) {
  return root.derive("fastness ledger mac v1");
}

Result<Ledger> Ledger::open(os::FileSystem& files, const std::filesystem::path& path,
                            crypto::SecretBytes mac_key) {
  auto file = files.open(path, os::OpenMode::read_write);
  if (!file && file.error().code == Errc::not_found) {
    file = files.open(path, os::OpenMode::create_new);
  }
  if (!file) return propagate(std::move(file));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, (*file)->size());
  // A power cut during the first start leaves no more than a header, whose bytes may not have come
  // as far as its length did; nothing was issued then.
  const bool may_be_cut_off = size <= kMagic.size();
  if (may_be_cut_off && !check_magic(**file)) {
    FASTNESS_RETURN_IF_ERROR(begin_file(**file, files, path));
  }
  FASTNESS_RETURN_IF_ERROR(check_magic(**file));
  Ledger ledger(std::move(file).value(), std::move(mac_key));
  FASTNESS_RETURN_IF_ERROR(ledger.load());
  return ledger;
}

Ledger::Mac Ledger::mac_of(const crypto::SecretBytes& mac_key, const Mac& last, ByteView encoded) {
  Bytes message(last.begin(), last.end());
  message.insert(message.end(), encoded.begin(), encoded.end());
  const crypto::Digest digest = crypto::hmac_sha256(mac_key, message);
  Mac mac{};
  std::copy_n(digest.begin(), mac.size(), mac.begin());
  return mac;
}

void Ledger::include(const LedgerEntry& entry, const Mac& mac) {
  tree_.append(entry.merkle_leaf());
  last_mac_ = mac;
  last_time_ = entry.time;
  include_key_change(entry);
  newest_.insert_or_assign(entry.device, Newest{entry.key, entry.generation});
}

// Called while the device's newest entry is still the one before.
void Ledger::include_key_change(const LedgerEntry& entry) {
  using ledger::Continuity;
  const auto before = newest_.find(entry.device);
  if (before == newest_.end()) return;
  if (entry.continuity == Continuity::signed_by_old_key) {
    key_changes_.insert_or_assign(entry.device, KeyChange{before->second.key, entry.time});
  } else if (entry.continuity == Continuity::taken_back) {
    taken_back_.emplace(entry.device, before->second.key);
    key_changes_.erase(entry.device);
  }
}

// Whether the record at `index` is whole and follows from those before.
Result<bool> Ledger::load_record(std::uint64_t index) {
  std::array<std::uint8_t, kRecordSize> record{};
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t size, file_->read_at(offset_of(index), record));
  if (size != record.size()) return false;
  const ByteView encoded = ByteView(record).first(LedgerEntry::kEncodedSize);
  const Mac mac = mac_of(mac_key_, last_mac_, encoded);
  if (!crypto::constant_time_equal(mac, ByteView(record).last(kMacSize))) return false;
  const auto entry = LedgerEntry::decode(encoded);
  if (!entry || entry->index != index) return false;
  include(*entry, mac);
  return true;
}

Result<void> Ledger::load() {
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, file_->size());
  while (offset_of(tree_.size()) < size) {
    FASTNESS_ASSIGN_OR_RETURN(const bool is_good, load_record(tree_.size()));
    if (is_good) continue;
    // Each append is synced before the next, so only the very last record can be torn.
    if (size > offset_of(tree_.size() + 1)) {
      return fail(Errc::corrupted,
                  "the ledger is damaged at entry " + std::to_string(tree_.size()));
    }
    FASTNESS_RETURN_IF_ERROR(file_->truncate(offset_of(tree_.size())));
    return file_->sync_data();
  }
  return {};
}

Result<void> Ledger::write(os::FileSystem& files, const std::filesystem::path& path,
                           const crypto::SecretBytes& mac_key,
                           const std::vector<LedgerEntry>& entries) {
  Bytes file;
  file.reserve(kMagic.size() + entries.size() * kRecordSize);
  ByteWriter out(file);
  out.raw(as_bytes(kMagic));
  Mac last{};
  for (const LedgerEntry& entry : entries) {
    const Bytes record = entry.encode();
    last = mac_of(mac_key, last, record);
    out.raw(record);
    out.raw(last);
  }
  return os::replace_file(files, path, file);
}

Result<void> Ledger::append(const LedgerEntry& entry) {
  if (is_broken_) return fail(Errc::unavailable, "the ledger failed earlier; restart the vault");
  if (entry.index != size()) return fail(Errc::invalid_argument, "a ledger entry out of turn");
  Bytes record = entry.encode();
  const Mac mac = mac_of(mac_key_, last_mac_, record);
  record.insert(record.end(), mac.begin(), mac.end());
  auto written = file_->write_at(offset_of(entry.index), record);
  if (written) written = file_->sync_data();
  if (!written) {
    is_broken_ = true;
    return written;
  }
  include(entry, mac);
  return {};
}

Result<std::vector<LedgerEntry>> Ledger::read(std::uint64_t first, std::size_t limit) const {
  std::vector<LedgerEntry> entries;
  const std::uint64_t end = std::min(size(), first + limit);
  if (first >= end) return entries;
  Bytes records(static_cast<std::size_t>(end - first) * kRecordSize);
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, file_->read_at(offset_of(first), records));
  if (got != records.size()) return fail(Errc::corrupted, "the ledger's file has shrunk");
  for (std::size_t at = 0; at < records.size(); at += kRecordSize) {
    FASTNESS_ASSIGN_OR_RETURN(
        const LedgerEntry entry,
        LedgerEntry::decode(ByteView(records).subspan(at, LedgerEntry::kEncodedSize)));
    entries.push_back(entry);
  }
  return entries;
}

std::optional<Ledger::Newest> Ledger::newest_of(DeviceId device) const {
  const auto found = newest_.find(device);
  if (found == newest_.end()) return std::nullopt;
  return found->second;
}

std::optional<Ledger::KeyChange> Ledger::key_change_of(DeviceId device) const {
  const auto found = key_changes_.find(device);
  if (found == key_changes_.end()) return std::nullopt;
  return found->second;
}

bool Ledger::was_taken_back(DeviceId device, const crypto::Digest& key) const {
  return taken_back_.contains({device, key});
}

}  // namespace fastness::vault
