#pragma once

#include <string>

#include "base/result.h"
#include "os/files/descriptor.h"
#include "os/files/private_directory.h"

namespace fastness::supervisor {

// The copy that a running instance makes of its files for a backup, in run/backup of its data
// directory. The instance keeps it for as long as this object, which holds the directory's lock, or
// its process lives. Move-only; thread-compatible.
class StagedCopy {
 public:
  // Asks for it over the admin socket and waits until it is whole. What the instance acknowledged
  // before is in it. `already_exists` if another is made, `unavailable` if none can be, with the
  // instance's reason.
  [[nodiscard]] static Result<StagedCopy> make(const std::string& data_directory);

  StagedCopy(StagedCopy&& other) noexcept;
  StagedCopy& operator=(StagedCopy&&) = delete;
  StagedCopy(const StagedCopy&) = delete;
  StagedCopy& operator=(const StagedCopy&) = delete;
  ~StagedCopy();  // asks the instance to remove it

  // Where the files are that are to be packed.
  [[nodiscard]] static std::string files_in(const std::string& data_directory);

  // Appends the head that the vault made, unread, to an open file.
  [[nodiscard]] Result<void> write_head(const os::Descriptor& file) const;
  // What the rest is to be sealed with, for the program that packs: a pipe that holds 64 bytes.
  [[nodiscard]] const os::Descriptor& ticket() const { return ticket_; }
  // The same once more, for the program that reads what was packed; and for the one that unpacks it
  // in a test restore.
  [[nodiscard]] const os::Descriptor& second_ticket() const { return second_ticket_; }
  [[nodiscard]] const os::Descriptor& third_ticket() const { return third_ticket_; }

  // By which the instance knows the backup, also when the copy was removed.
  [[nodiscard]] const std::string& id() const { return id_; }

  // Has it removed. `not_found` if the instance was started again meanwhile: what was packed is to
  // be thrown away, for files may be missing in it.
  [[nodiscard]] Result<void> end();

 private:
  StagedCopy(std::string data_directory, os::DirectoryLock lock)
      : data_directory_(std::move(data_directory)), lock_(std::move(lock)) {}
  [[nodiscard]] Result<void> await();

  std::string data_directory_;
  os::DirectoryLock lock_;
  std::string id_;
  bool is_there_ = false;  // to be removed
  os::Descriptor ticket_;
  os::Descriptor second_ticket_;
  os::Descriptor third_ticket_;
};

}  // namespace fastness::supervisor
