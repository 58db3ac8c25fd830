#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "os/files/file_system.h"
#include "roots/root_set.h"

namespace fastness::hub {

// Where the hub keeps its own below the data directory, and what it leaves there for the person at
// the host to read.
class DataDirectory {
 public:
  // Makes what is missing, mode 0700. `files` must outlive this.
  [[nodiscard]] static Result<DataDirectory> open(os::FileSystem& files,
                                                  const std::filesystem::path& root);

  [[nodiscard]] std::filesystem::path database() const { return root_ / "hub" / "control.db"; }
  [[nodiscard]] std::filesystem::path values() const { return root_ / "hub" / "values"; }
  [[nodiscard]] std::filesystem::path journal() const { return root_ / "hub" / "journal"; }
  // What a backup of this running instance is packed from; empty but for its time.
  [[nodiscard]] std::filesystem::path backup() const { return root_ / "run" / "backup"; }
  // Where a backup is restored on trial; its files below it.
  [[nodiscard]] std::filesystem::path test_restore() const { return root_ / "run/test-restore"; }
  [[nodiscard]] std::filesystem::path test_restore_files() const {
    return test_restore() / "files";
  }
  // What a witness elsewhere was sent last: below the first, files that begin with the second.
  [[nodiscard]] std::filesystem::path of_hub() const { return root_ / "hub"; }
  static constexpr std::string_view kWitnessPrefix = "witness-";
  [[nodiscard]] std::filesystem::path witness(const std::string& name) const {
    return of_hub() / (std::string(kWitnessPrefix) + name);
  }
  [[nodiscard]] std::filesystem::path admin_socket() const {
    return root_ / "admin" / "fastness.sock";
  }

  // Where a person finds the link.
  [[nodiscard]] std::filesystem::path setup_link() const { return root_ / "setup-link"; }

  // trust/server-anchors.pem: both roots that clients of this server trust, under their number.
  // Public.
  [[nodiscard]] Result<void> write_anchors(const roots::RootSet& roots);

  // run/listeners.json: where each listener is bound, by name, so that programs find ports that
  // the kernel chose. Written last: it says that the hub serves.
  [[nodiscard]] Result<void> write_listeners(
      const std::map<std::string, std::vector<std::string>>& listeners);

  // hub/setup-link, to which fastnessd's setup-link points: mode 0600, since it holds a token.
  // Removed once it was used or is over.
  [[nodiscard]] Result<void> write_setup_link(const std::string& url);
  // Not an error if there is none.
  [[nodiscard]] Result<void> remove_setup_link();

 private:
  DataDirectory(os::FileSystem& files, std::filesystem::path root)
      : files_(&files), root_(std::move(root)) {}

  os::FileSystem* files_;
  std::filesystem::path root_;
};

}  // namespace fastness::hub
