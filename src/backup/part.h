#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::backup {

// One sealed part of the stream. The numbers are stored.
enum class PartKind : std::uint8_t {
  directory = 1,  // its path
  file = 2,       // its path; its contents follow
  contents = 3,   // some of them
  end = 4,        // how many files and bytes there were
};

struct Part {
  PartKind kind = PartKind::end;
  Bytes body;

  [[nodiscard]] Bytes encode() const;
  // `corrupted` for a part of no kind.
  [[nodiscard]] static Result<Part> decode(ByteView plain);
};

// Whether a path stays in the directory that it is put below: relative, without empty parts, "." or
// "..", and without bytes that no file of ours has in its name.
[[nodiscard]] bool is_safe_path(std::string_view path);

// How much of a file goes into one part.
inline constexpr std::size_t kPartSize = std::size_t{64} << 10U;

}  // namespace fastness::backup
