#include "os/testing/faulty_file_system.h"

#include <algorithm>
#include <utility>

namespace fastness::os::testing {
namespace {

constexpr std::uint64_t kSector = 512;

Unexpected<Error> power_is_off() {
  return fail(Errc::unavailable, "the power is off");
}

}  // namespace

class FaultyFile final : public File {
 public:
  FaultyFile(FaultyFileSystem& disk, FaultyFileSystem::NodePtr node)
      : disk_(disk), node_(std::move(node)), generation_(disk.generation_) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return power_is_off();
    const Bytes& seen = node_->seen;
    if (offset >= seen.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(out.size(), seen.size() - offset);
    std::copy_n(seen.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
    return count;
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    return change({FaultyFileSystem::Change::Kind::write, offset, to_bytes(bytes)});
  }

  Result<void> preallocate(std::uint64_t size) override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return power_is_off();
    const std::uint64_t now = node_->seen.size();
    return disk_.change_node(*node_,
                             {FaultyFileSystem::Change::Kind::resize, std::max(size, now), {}});
  }

  Result<void> truncate(std::uint64_t size) override {
    return change({FaultyFileSystem::Change::Kind::resize, size, {}});
  }

  Result<void> sync_data() override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return power_is_off();
    return disk_.sync_node(*node_);
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return power_is_off();
    return static_cast<std::uint64_t>(node_->seen.size());
  }

 private:
  [[nodiscard]] bool is_dead() const { return disk_.off_ || generation_ != disk_.generation_; }

  Result<void> change(FaultyFileSystem::Change change) {
    const std::lock_guard lock(disk_.mutex_);
    if (is_dead()) return power_is_off();
    return disk_.change_node(*node_, std::move(change));
  }

  FaultyFileSystem& disk_;  // must outlive this file
  FaultyFileSystem::NodePtr node_;
  std::uint64_t generation_;
};

FaultyFileSystem::FaultyFileSystem(std::uint64_t seed) : random_(seed) {}
FaultyFileSystem::~FaultyFileSystem() = default;

std::uint64_t FaultyFileSystem::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void FaultyFileSystem::fail_call(std::uint64_t number, Errc code) {
  const std::lock_guard lock(mutex_);
  failures_[number] = code;
}

void FaultyFileSystem::cut_power_at(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  cut_at_ = number;
}

void FaultyFileSystem::cut_power() {
  const std::lock_guard lock(mutex_);
  off_ = true;
}

bool FaultyFileSystem::is_off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

void FaultyFileSystem::restore_power() {
  const std::lock_guard lock(mutex_);
  off_ = false;
  cut_at_.reset();
  ++generation_;
  // Directories are journaled: of their changes, those up to some moment happened.
  while (!pending_names_.empty() && coin()) {
    for (auto& [path, node] : pending_names_.front().sets) {
      if (node) {
        durable_names_[path] = node;
      } else {
        durable_names_.erase(path);
      }
    }
    pending_names_.erase(pending_names_.begin());
  }
  pending_names_.clear();
  names_ = durable_names_;
  std::set<Node*> settled;
  for (const auto& [path, node] : names_) {
    if (settled.insert(node.get()).second) settle(*node);
  }
}

// File data is not journaled: any subset of the pending changes may be there, each whole or torn.
void FaultyFileSystem::settle(Node& node) {
  for (const Change& change : node.pending) {
    if (coin()) apply(node.durable, coin() ? change : torn(change));
  }
  node.pending.clear();
  node.seen = node.durable;
}

void FaultyFileSystem::apply(Bytes& contents, const Change& change) {
  if (change.kind == Change::Kind::resize) {
    contents.resize(static_cast<std::size_t>(change.offset));
    return;
  }
  const auto end = static_cast<std::size_t>(change.offset + change.bytes.size());
  if (contents.size() < end) contents.resize(end);
  std::ranges::copy(change.bytes, contents.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

// Keeps some sectors of a write, from its start or up to its end.
FaultyFileSystem::Change FaultyFileSystem::torn(const Change& change) {
  if (change.kind == Change::Kind::resize || change.bytes.empty()) return change;
  const std::uint64_t boundary =
      (change.offset / kSector + 1 + random_() % (change.bytes.size() / kSector + 1)) * kSector;
  const std::uint64_t cut = std::min<std::uint64_t>(boundary - change.offset, change.bytes.size());
  const auto middle = change.bytes.begin() + static_cast<std::ptrdiff_t>(cut);
  if (coin()) return {change.kind, change.offset, Bytes(change.bytes.begin(), middle)};
  return {change.kind, change.offset + cut, Bytes(middle, change.bytes.end())};
}

void FaultyFileSystem::set_capacity(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

void FaultyFileSystem::flip_bit(const std::filesystem::path& path, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  Node& node = *names_.at(path);
  node.seen.at(offset) ^= 1U;
  if (offset < node.durable.size()) node.durable.at(offset) ^= 1U;
}

bool FaultyFileSystem::holds(ByteView needle) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(names_, [needle](const auto& entry) {
    const auto& seen = entry.second->seen;
    return std::search(seen.begin(), seen.end(), needle.begin(), needle.end()) != seen.end();
  });
}

Result<FaultyFileSystem::Fate> FaultyFileSystem::begin_call() {
  if (off_) return power_is_off();
  ++calls_;
  if (cut_at_ && calls_ >= *cut_at_) {
    off_ = true;
    return Fate::torn;
  }
  return failures_.contains(calls_) ? Fate::fails : Fate::works;
}

Result<void> FaultyFileSystem::reserve(const Node& node, std::uint64_t size) const {
  if (!capacity_ || size <= node.seen.size()) return {};
  std::uint64_t used = size - node.seen.size();
  for (const auto& [path, other] : names_) used += other->seen.size();
  if (used > *capacity_) return fail(Errc::exhausted, "no space left on the disk");
  return {};
}

Result<void> FaultyFileSystem::change_node(Node& node, Change change) {
  FASTNESS_ASSIGN_OR_RETURN(const Fate fate, begin_call());
  if (fate != Fate::works) {
    if (change.kind == Change::Kind::write && coin()) {
      const Change part = torn(change);
      apply(node.seen, part);
      node.pending.push_back(part);
    }
    if (fate == Fate::torn) return power_is_off();
    return fail(failures_.at(calls_), "the disk was told to fail");
  }
  const std::uint64_t size =
      change.kind == Change::Kind::resize ? change.offset : change.offset + change.bytes.size();
  FASTNESS_RETURN_IF_ERROR(reserve(node, size));
  apply(node.seen, change);
  node.pending.push_back(std::move(change));
  return {};
}

Result<void> FaultyFileSystem::sync_node(Node& node) {
  FASTNESS_ASSIGN_OR_RETURN(const Fate fate, begin_call());
  if (fate == Fate::torn) return power_is_off();
  if (fate == Fate::fails) {
    // As Linux does: the pages are marked clean, so that a second sync would claim success, and
    // what the disk holds is anybody's guess.
    const Bytes seen = node.seen;
    settle(node);
    node.seen = seen;
    return fail(failures_.at(calls_), "the disk was told to fail");
  }
  node.pending.clear();
  node.durable = node.seen;
  return {};
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::filesystem::path& path,
                                                     OpenMode mode) {
  const std::lock_guard lock(mutex_);
  if (off_) return power_is_off();
  const auto found = names_.find(path);
  if (mode != OpenMode::create_new) {
    if (found == names_.end()) return fail(Errc::not_found, "no file " + path.string());
    return std::unique_ptr<File>(std::make_unique<FaultyFile>(*this, found->second));
  }
  if (found != names_.end()) return fail(Errc::already_exists, "a file " + path.string());
  FASTNESS_ASSIGN_OR_RETURN(const Fate fate, begin_call());
  if (fate == Fate::torn) return power_is_off();
  if (fate == Fate::fails) return fail(failures_.at(calls_), "the disk was told to fail");
  auto node = std::make_shared<Node>();
  change_names(path.parent_path(), {{path, node}});
  return std::unique_ptr<File>(std::make_unique<FaultyFile>(*this, std::move(node)));
}

void FaultyFileSystem::change_names(const std::filesystem::path& directory,
                                    std::vector<std::pair<std::filesystem::path, NodePtr>> sets) {
  for (const auto& [path, node] : sets) {
    if (node) {
      names_[path] = node;
    } else {
      names_.erase(path);
    }
  }
  pending_names_.push_back({directory, std::move(sets)});
}

Result<void> FaultyFileSystem::rename(const std::filesystem::path& from,
                                      const std::filesystem::path& to) {
  const std::lock_guard lock(mutex_);
  FASTNESS_ASSIGN_OR_RETURN(const Fate fate, begin_call());
  const auto found = names_.find(from);
  if (found == names_.end()) return fail(Errc::not_found, "no file " + from.string());
  if (fate == Fate::fails) return fail(failures_.at(calls_), "the disk was told to fail");
  if (fate == Fate::works || coin()) {
    const NodePtr node = found->second;
    change_names(to.parent_path(), {{from, nullptr}, {to, node}});
  }
  if (fate == Fate::torn) return power_is_off();
  return {};
}

Result<void> FaultyFileSystem::remove(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  if (off_) return power_is_off();
  if (!names_.contains(path)) return fail(Errc::not_found, "no file " + path.string());
  FASTNESS_ASSIGN_OR_RETURN(const Fate fate, begin_call());
  if (fate == Fate::fails) return fail(failures_.at(calls_), "the disk was told to fail");
  if (fate == Fate::works || coin()) change_names(path.parent_path(), {{path, nullptr}});
  if (fate == Fate::torn) return power_is_off();
  return {};
}

Result<void> FaultyFileSystem::create_directory(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  FASTNESS_ASSIGN_OR_RETURN(const Fate fate, begin_call());
  if (fate == Fate::torn) return power_is_off();
  if (fate == Fate::fails) return fail(failures_.at(calls_), "the disk was told to fail");
  directories_.insert(path);
  return {};
}

Result<void> FaultyFileSystem::sync_directory(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  FASTNESS_ASSIGN_OR_RETURN(const Fate fate, begin_call());
  if (fate == Fate::torn) return power_is_off();
  if (fate == Fate::fails) return fail(failures_.at(calls_), "the disk was told to fail");
  for (NameChange& change : pending_names_) {
    if (change.directory != path) continue;
    for (auto& [name, node] : change.sets) {
      if (node) {
        durable_names_[name] = node;
      } else {
        durable_names_.erase(name);
      }
    }
  }
  std::erase_if(pending_names_, [&path](const NameChange& c) { return c.directory == path; });
  return {};
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::filesystem::path& directory) {
  const std::lock_guard lock(mutex_);
  if (off_) return power_is_off();
  std::vector<std::string> names;
  for (const auto& [path, node] : names_) {
    if (path.parent_path() == directory) names.push_back(path.filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace fastness::os::testing
