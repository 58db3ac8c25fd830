#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "os/files/file_system.h"

namespace fastness::os::testing {

// A disk whose syncs wait, while it is told to hold them, until they are let through. Thread-safe.
// Must outlive its files.
class HeldSyncs final : public FileSystem {
 public:
  // `disk` must outlive this object.
  explicit HeldSyncs(FileSystem& disk) : disk_(disk) {}

  void hold() { set(true); }
  void release() { set(false); }
  // Waits until somebody waits for a sync.
  void wait_for_sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ != 0; });
  }

  Result<std::unique_ptr<File>> open(const std::filesystem::path& path, OpenMode mode) override {
    FASTNESS_ASSIGN_OR_RETURN(auto file, disk_.open(path, mode));
    return std::unique_ptr<File>(std::make_unique<HeldFile>(*this, std::move(file)));
  }
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return disk_.rename(from, to);
  }
  Result<void> remove(const std::filesystem::path& path) override { return disk_.remove(path); }
  Result<void> create_directory(const std::filesystem::path& path) override {
    return disk_.create_directory(path);
  }
  Result<void> sync_directory(const std::filesystem::path& path) override {
    return disk_.sync_directory(path);
  }
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) override {
    return disk_.list(directory);
  }

 private:
  class HeldFile final : public File {
   public:
    HeldFile(HeldSyncs& disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
      return file_->read_at(offset, out);
    }
    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
      return file_->write_at(offset, bytes);
    }
    Result<void> preallocate(std::uint64_t size) override { return file_->preallocate(size); }
    Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
    Result<void> sync_data() override {
      disk_.pass();
      return file_->sync_data();
    }
    Result<std::uint64_t> size() override { return file_->size(); }

   private:
    HeldSyncs& disk_;
    std::unique_ptr<File> file_;
  };

  void set(bool held) {
    {
      const std::lock_guard lock(mutex_);
      is_held_ = held;
    }
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    --waiting_;
  }

  FileSystem& disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;
  int waiting_ = 0;
};

}  // namespace fastness::os::testing
