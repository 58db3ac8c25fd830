#pragma once

#include "backup/archive.h"
#include "backup/part.h"
#include "base/result.h"
#include "crypto/secret_stream.h"

namespace fastness::backup {

// Reads one part after the other from an open file, and believes none that does not open. All
// errors but those of reading are `corrupted`. The file must outlive it.
class PartReader {
 public:
  [[nodiscard]] static Result<PartReader> begin(int file, const Ticket& ticket);

  // The next one; none follows that of kind `end`.
  [[nodiscard]] Result<Part> next();

  // Fails if anything follows.
  [[nodiscard]] Result<void> expect_end_of_file();

 private:
  PartReader(int file, crypto::StreamOpener opener, const crypto::Digest& head)
      : file_(file), opener_(std::move(opener)), head_(head) {}

  int file_;
  crypto::StreamOpener opener_;
  crypto::Digest head_;
  bool is_first_ = true;
};

// Reads the head at the file's beginning, from the disk as far as the system can be told to, and
// leaves the file behind it. `corrupted` unless it is the one that the ticket is for.
[[nodiscard]] Result<void> go_behind_head(int file, const Ticket& ticket);

}  // namespace fastness::backup
