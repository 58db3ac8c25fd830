#include "breaches/breached_passwords.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::breaches {
namespace {

using crypto::BreachKey;

constexpr std::size_t kHashDigits = 2 * std::tuple_size_v<BreachKey>;
constexpr std::size_t kCountDigits = 20;  // as many as 64 bits may have
constexpr std::size_t kLineBytes = kHashDigits + 1 + kCountDigits + 2;  // with CRLF
// Where halving ends and reading line by line begins: some twenty lines.
constexpr std::size_t kPiece = 1024;

struct Line {
  BreachKey key;
  std::size_t size;  // with its end
};

Unexpected<Error> no_line() {
  return fail(Errc::corrupted,
              "a line is not a SHA-1 in 40 hexadecimal digits, a colon and a count");
}

Unexpected<Error> unsorted() {
  return fail(Errc::corrupted, "it is not sorted by hash");
}

// The line that `text` begins with. It ends where it says, or with `text`: whoever calls has a
// whole line's length of it, or all that is left of the file.
Result<Line> read_line(std::string_view text) {
  text = text.substr(0, kLineBytes);
  const std::size_t end = text.find('\n');
  const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
  std::string_view words = text.substr(0, end);
  if (words.ends_with('\r')) words.remove_suffix(1);
  if (words.size() <= kHashDigits + 1 || words[kHashDigits] != ':') return no_line();
  const std::string_view count = words.substr(kHashDigits + 1);
  if (count.size() > kCountDigits ||
      count.find_first_not_of("0123456789") != std::string_view::npos) {
    return no_line();
  }
  const auto hash = from_hex(words.substr(0, kHashDigits));
  if (!hash) return no_line();
  Line line{{}, size};
  std::ranges::copy(*hash, line.key.begin());
  return line;
}

// What the file has from `offset` on, as far as `out` goes.
Result<std::string_view> read_at(const os::Descriptor& file, std::uint64_t offset,
                                 std::span<char> out) {
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::pread(file.number(), out.data() + size, out.size() - size,
                                static_cast<off_t>(offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return fail(Errc::unavailable, os::fail_with_errno("read").error.message);
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return std::string_view(out.data(), size);
}

// The part of a list in which a hash must be, if it is there. Begins and ends where a line does;
// all before it are less and all behind it are more.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end;
  BreachKey least{};
  BreachKey most = greatest();

  static BreachKey greatest() {
    BreachKey key{};
    key.fill(0xff);
    return key;
  }
  [[nodiscard]] bool has_place_for(const BreachKey& key) const {
    return least <= key && key <= most;
  }
};

// Cuts the range at the first line that begins behind its middle. Whether that line is the wanted.
// A range of more than a piece has such a line before its end, so it becomes smaller each time.
Result<bool> halve(const os::Descriptor& file, Range& range, const BreachKey& wanted) {
  const std::uint64_t middle = range.begin + (range.end - range.begin) / 2;
  std::array<char, 2 * kLineBytes> buffer{};
  FASTNESS_ASSIGN_OR_RETURN(const std::string_view text, read_at(file, middle, buffer));
  const std::size_t before = text.substr(0, kLineBytes).find('\n');
  if (before == std::string_view::npos) return no_line();
  FASTNESS_ASSIGN_OR_RETURN(const Line line, read_line(text.substr(before + 1)));
  if (!range.has_place_for(line.key)) return unsorted();
  const std::uint64_t begin = middle + before + 1;
  if (line.key < wanted) {
    range.begin = begin + line.size;
    range.least = line.key;
  } else {
    range.end = begin;
    range.most = line.key;
  }
  return line.key == wanted;
}

// Reads a range of a piece or less to its end, also behind what was found: a neighbour that is no
// line, or not in its order, is told while somebody looks.
Result<bool> read_through(const os::Descriptor& file, Range range, const BreachKey& wanted) {
  std::array<char, kPiece> buffer{};
  const std::span<char> wide(buffer.data(), range.end - range.begin);
  FASTNESS_ASSIGN_OR_RETURN(std::string_view text, read_at(file, range.begin, wide));
  bool is_found = false;
  while (!text.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(const Line line, read_line(text));
    if (!range.has_place_for(line.key)) return unsorted();
    is_found = is_found || line.key == wanted;
    range.least = line.key;
    text.remove_prefix(line.size);
  }
  return is_found;
}

// With the file's name, and what to do.
Unexpected<Error> refuse_list(const std::string& path, const Error& why) {
  if (why.code != Errc::corrupted) return fail(why.code, path + ": " + why.message);
  return fail(why.code, path + " is no list of passwords from breaches: " + why.message +
                            "; get the SHA-1 hashes, ordered by hash, as docs/accounts.md says");
}

}  // namespace

Result<BreachedPasswords::State> BreachedPasswords::state_of(const os::Descriptor& file) {
  struct stat state {};
  if (::fstat(file.number(), &state) != 0) return os::fail_with_errno("read its state");
  // A folder, a pipe or a device has no end to search from.
  if (!S_ISREG(state.st_mode)) return fail(Errc::corrupted, "it is no file");
  constexpr std::int64_t kSecond = 1'000'000'000;
  return State{static_cast<std::uint64_t>(state.st_size),
               state.st_mtim.tv_sec * kSecond + state.st_mtim.tv_nsec};
}

Result<BreachedPasswords> BreachedPasswords::open(const std::string& path) {
  // Without O_NONBLOCK a pipe would be waited for.
  // NOLINTNEXTLINE(*-vararg): the system's own
  os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return os::fail_with_errno("open " + path);
  const auto state = state_of(file);
  if (!state) return refuse_list(path, state.error());
  BreachedPasswords list(std::move(file), *state);
  if (auto fit = list.check_ends(); !fit) return refuse_list(path, fit.error());
  return list;
}

Result<void> BreachedPasswords::check_ends() const {
  if (opened_.size == 0) return fail(Errc::corrupted, "it is empty");
  std::array<char, 2 * kLineBytes> buffer{};
  FASTNESS_ASSIGN_OR_RETURN(const std::string_view start, read_at(file_, 0, buffer));
  FASTNESS_ASSIGN_OR_RETURN(const Line first, read_line(start));

  const std::uint64_t near = opened_.size - std::min<std::uint64_t>(opened_.size, buffer.size());
  FASTNESS_ASSIGN_OR_RETURN(std::string_view end, read_at(file_, near, buffer));
  const std::size_t its_end = end.size() - (end.ends_with('\n') ? 1U : 0U);
  const std::size_t before = end.substr(0, its_end).rfind('\n');
  if (before != std::string_view::npos) end.remove_prefix(before + 1);
  FASTNESS_ASSIGN_OR_RETURN(const Line last, read_line(end));
  if (last.size != end.size()) return no_line();
  if (last.key < first.key) return unsorted();
  return {};
}

Result<bool> BreachedPasswords::contains(std::string_view password) const {
  BreachKey wanted = crypto::breach_key(password);
  auto found = find(wanted);
  crypto::secure_zero(wanted);
  FASTNESS_ASSIGN_OR_RETURN(const State now, state_of(file_));
  // Asked afterwards, so that what was written meanwhile is noticed as well.
  if (now == opened_) return found;
  return fail(
      Errc::unavailable,
      "it was written into while it was open: it is read again at the next start, and should "
      "be replaced by renaming");
}

Result<bool> BreachedPasswords::find(const BreachKey& wanted) const {
  Range range{0, opened_.size};
  while (range.end - range.begin > kPiece) {
    FASTNESS_ASSIGN_OR_RETURN(const bool is_found, halve(file_, range, wanted));
    if (is_found) return true;
  }
  return read_through(file_, range, wanted);
}

}  // namespace fastness::breaches
