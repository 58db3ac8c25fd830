#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::backup {

// What the rest of a backup is sealed with: the vault gives it out with the file's head.
struct Ticket {
  crypto::SecretBytes key;  // 32 bytes
  crypto::Digest head{};    // of the head, so that no head fits another's rest

  // Reads one from a pipe to its end. `unavailable` if the other end wrote none.
  [[nodiscard]] static Result<Ticket> read_from(int descriptor);
};

struct Packed {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  // of their contents
};

// Seals the files and directories below `directory` and writes them to the open file, from where it
// is, and makes it durable. Nothing may change them meanwhile. Links are left out: there are none
// that data needs.
[[nodiscard]] Result<Packed> pack(const std::filesystem::path& directory, int file,
                                  const Ticket& ticket);

// Puts what was packed into `directory`, which exists and is empty, and makes it durable. Reads the
// open file from where it is to its end. `corrupted` for anything that pack did not write with this
// ticket, or if the directory is not empty; it is then in no state to be used.
[[nodiscard]] Result<Packed> unpack(int file, const std::filesystem::path& directory,
                                    const Ticket& ticket);

// The same of a whole backup from its first byte: reads it from the disk, and believes the head
// only if it is the one that the ticket is for. For a test restore. `invalid_argument` if the file
// is no backup.
[[nodiscard]] Result<Packed> unpack_whole(int file, const std::filesystem::path& directory,
                                          const Ticket& ticket);

// Of what was packed only the file of this name below its directory, to `into`, which must not
// exist yet; all else is read and proved, and written nowhere. `not_found` if there is no such
// file.
[[nodiscard]] Result<void> unpack_file(int file, const std::string& name,
                                       const std::filesystem::path& into, const Ticket& ticket);

struct Verified {
  Packed packed;
  crypto::Digest contents{};  // of every path and every file's contents, in their order
};

// Reads a whole backup, from its first byte, as `unpack` would, and writes nothing: every part
// opens, the head is the one that the ticket is for, no path leads out, and there is as much as it
// says. Reads from the disk, as far as the system can be told to. `corrupted` otherwise,
// `invalid_argument` if the file is no backup.
[[nodiscard]] Result<Verified> verify(int file, const Ticket& ticket);

}  // namespace fastness::backup
