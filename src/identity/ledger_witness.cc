#include "identity/ledger_witness.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

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

Result<bool> LedgerWitness::update(const ledger::WitnessedLog& log) {
  const auto kept = os::read_file(files_, file_, kMaxFile);
  if (!kept && kept.error().code != Errc::not_found) return Unexpected<Error>{kept.error()};
  std::optional<ledger::Checkpoint> older;
  if (kept) {
    auto read = ledger::verify_checkpoint(as_text(*kept), log.key);
    if (!read) {
      return fail(Errc::corrupted, file_.string() +
                                       " is no checkpoint of this log; move it away if it "
                                       "belongs to another instance: " +
                                       read.error().message);
    }
    older = std::move(read).value();
    FASTNESS_RETURN_IF_ERROR(log.check(*older));
  }
  const auto text = log.checkpoint();
  if (!text && text.error().code == Errc::not_found) return false;
  if (!text) return Unexpected<Error>{text.error()};
  FASTNESS_ASSIGN_OR_RETURN(const auto now, ledger::verify_checkpoint(*text, log.key));
  if (older && older->size >= now.size) return false;
  FASTNESS_RETURN_IF_ERROR(append_to_history(*text));
  FASTNESS_RETURN_IF_ERROR(os::replace_file(files_, file_, as_bytes(*text)));
  return true;
}

Result<bool> LedgerWitness::update(const Identity& identity) {
  return update(witnessed(identity));
}

ledger::WitnessedLog witnessed(const Identity& identity) {
  return {identity.ledger_key(), [&identity] { return identity.checkpoint(); },
          [&identity](const ledger::Checkpoint& older) { return identity.check(older); }};
}

}  // namespace fastness::identity
