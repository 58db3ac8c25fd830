// Looks for secrets of ours in texts of any length, with little memory and without a network.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret/secret_finder.h"

namespace fastness::client {

// A secret in a text. `secret` lives as long as the call that tells of it.
struct SecretInText {
  const std::string& file;
  std::size_t line;  // from 1
  crypto::SecretKind kind;
  std::string_view secret;

  // What may be shown of it: enough to know which it is, too little to use it.
  [[nodiscard]] std::string beginning() const;
};

using OnSecret = std::function<void(const SecretInText&)>;

// Reads one text piece by piece. Whatever the pieces are, each secret is told once.
// Thread-compatible.
class TextScan {
 public:
  TextScan(std::string file, OnSecret found) : file_(std::move(file)), found_(std::move(found)) {}

  void read(std::string_view piece);
  // After the last piece.
  void finish();

 private:
  // Tells what could not be told from the first `decided` bytes of the window alone.
  void search(std::size_t decided, bool is_end);
  void drop(std::size_t bytes);

  std::string file_;
  OnSecret found_;
  std::string window_;
  std::size_t line_ = 1;  // where the window begins
};

// Every file below `path`, or the file itself: texts and others, since a compiled sketch holds its
// secrets too. Not what is in folders called .git, where everything is compressed, and no links,
// pipes or devices. Goes on past what it cannot read, of which `unreadable` is told; `not_found` if
// there is nothing at `path`.
[[nodiscard]] Result<void> scan_path(const std::filesystem::path& path, const OnSecret& found,
                                     const std::function<void(const std::string&)>& unreadable);

}  // namespace fastness::client
