#include "identity/ledger_witness.h"

#include <array>
#include <string>

#include "identity/identity.h"
#include "ledger/checkpoint.h"
#include "os/files/file_system.h"

namespace fastness::identity {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} << 10U;

// The file ends in the middle of a line if the power went while it was written.
Result<bool> ends_in_a_line(os::File& file, std::uint64_t size) {
  if (size == 0) return true;
  std::array<std::uint8_t, 1> last{};
  FASTNESS_RETURN_IF_ERROR(file.read_at(size - 1, last));
  return last[0] == '\n';
}

}  // namespace

Result<void> LedgerWitness::append_to_history(std::string_view checkpoint) {
  const std::filesystem::path path = file_.string() + ".history";
  auto file = files_.open(path, os::OpenMode::read_write);
  if (!file && file.error().code == Errc::not_found) {
    file = files_.open(path, os::OpenMode::create_new);
  }
  if (!file) return propagate(std::move(file));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, (*file)->size());
  FASTNESS_ASSIGN_OR_RETURN(const bool is_whole, ends_in_a_line(**file, size));
  const std::string text = (is_whole ? "" : "\n") + std::string(checkpoint);
  FASTNESS_RETURN_IF_ERROR((*file)->write_at(size, as_bytes(text)));
  FASTNESS_RETURN_IF_ERROR((*file)->sync_data());
  return files_.sync_directory(path.parent_path());
}

Result<bool> LedgerWitness::update(const Identity& identity) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, identity.checkpoint());
  FASTNESS_ASSIGN_OR_RETURN(const auto now, ledger::verify_checkpoint(text, identity.ledger_key()));
  const auto kept = os::read_file(files_, file_, kMaxFile);
  if (!kept && kept.error().code != Errc::not_found) return Unexpected<Error>{kept.error()};
  if (kept) {
    const auto older = ledger::verify_checkpoint(as_text(*kept), identity.ledger_key());
    if (!older) {
      return fail(Errc::corrupted, file_.string() +
                                       " is no checkpoint of this ledger; move it away if it "
                                       "belongs to another instance: " +
                                       older.error().message);
    }
    FASTNESS_RETURN_IF_ERROR(identity.check(*older));
    if (older->size == now.size) return false;
  }
  FASTNESS_RETURN_IF_ERROR(append_to_history(text));
  FASTNESS_RETURN_IF_ERROR(os::replace_file(files_, file_, as_bytes(text)));
  return true;
}

}  // namespace fastness::identity
