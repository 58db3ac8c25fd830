#include "device/files.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace fastness::device {
namespace {

// A descriptor that is closed on every way out.
class Opened {
 public:
  Opened(const std::filesystem::path& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~Opened() {
    if (number_ >= 0) ::close(number_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

Result<void> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with_errno("write");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(descriptor) != 0) return fail_with_errno("write to the disk");
  return {};
}

// A rename or a new name is on the disk when its folder is.
Result<void> sync_folder_of(const std::filesystem::path& file) {
  const std::filesystem::path parent = file.parent_path();
  const Opened folder(parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open() || ::fsync(folder.number()) != 0) {
    return fail_with_errno("write the folder of " + file.string());
  }
  return {};
}

}  // namespace

Unexpected<Error> fail_with_errno(const std::string& what) {
  const int code = errno;
  Errc errc = Errc::unavailable;
  if (code == ENOENT) errc = Errc::not_found;
  if (code == EEXIST) errc = Errc::already_exists;
  if (code == EACCES || code == EPERM) errc = Errc::permission_denied;
  if (code == ENOSPC || code == EDQUOT) errc = Errc::exhausted;
  return fail(errc, what + ": " + std::system_category().message(code));
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t most) {
  const Opened opened(file, O_RDONLY);
  if (!opened.is_open()) return fail_with_errno("read " + file.string());
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(opened.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with_errno("read " + file.string());
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > most) return fail(Errc::corrupted, file.string() + " is too long");
  text.resize(size);
  return text;
}

Result<void> replace_file(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::path beside = file;
  beside += ".new";
  {
    const Opened opened(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (!opened.is_open()) return fail_with_errno("write " + beside.string());
    FASTNESS_RETURN_IF_ERROR(write_all(opened.number(), text));
  }
  if (::rename(beside.c_str(), file.c_str()) != 0) {
    return fail_with_errno("write " + file.string());
  }
  return sync_folder_of(file);
}

Result<void> make_private_file(const std::filesystem::path& file, std::string_view text) {
  const Opened opened(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  if (!opened.is_open()) return fail_with_errno("make " + file.string());
  auto written = write_all(opened.number(), text);
  if (!written) {
    ::unlink(file.c_str());
    return written;
  }
  return sync_folder_of(file);
}

}  // namespace fastness::device
