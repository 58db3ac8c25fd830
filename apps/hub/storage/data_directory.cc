#include "storage/data_directory.h"

#include "json/writer.h"

namespace fastness::hub {

Result<DataDirectory> DataDirectory::open(os::FileSystem& files,
                                          const std::filesystem::path& root) {
  for (const char* name :
       {"hub", "hub/journal", "trust", "run", "run/backup", "run/test-restore", "admin"}) {
    FASTNESS_RETURN_IF_ERROR(files.create_directory(root / name));
  }
  return DataDirectory(files, root);
}

Result<void> DataDirectory::write_anchors(const roots::RootSet& roots) {
  return os::replace_file(*files_, root_ / "trust" / "server-anchors.pem",
                          as_bytes(roots.to_text()));
}

Result<void> DataDirectory::write_listeners(
    const std::map<std::string, std::vector<std::string>>& listeners) {
  json::Writer out;
  out.begin_object();
  for (const auto& [name, addresses] : listeners) {
    out.begin_array(name);
    for (const std::string& address : addresses) out.value(address);
    out.end_array();
  }
  out.end_object();
  return os::replace_file(*files_, root_ / "run" / "listeners.json",
                          as_bytes(std::move(out).text() + "\n"));
}

Result<void> DataDirectory::write_setup_link(const std::string& url) {
  return os::replace_file(*files_, root_ / "hub" / "setup-link", as_bytes(url + "\n"));
}

Result<void> DataDirectory::remove_setup_link() {
  auto removed = files_->remove(root_ / "hub" / "setup-link");
  if (!removed && removed.error().code != Errc::not_found) return removed;
  return {};
}

}  // namespace fastness::hub
