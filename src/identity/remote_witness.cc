#include "identity/remote_witness.h"

#include <algorithm>
#include <utility>

#include "identity/identity.h"
#include "identity/ledger_witness.h"
#include "ledger/checkpoint.h"
#include "os/files/file_system.h"

namespace fastness::identity {
namespace {

// The file: one of these lines, then the checkpoint.
constexpr std::string_view kWaiting = "waiting\n";
constexpr std::string_view kArrived = "arrived\n";
constexpr std::size_t kMaxWitnessFile = std::size_t{64} << 10U;

}  // namespace

Result<void> RemoteWitness::load() {
  if (is_loaded_) return {};
  const auto bytes = os::read_file(files_, options_.file, kMaxWitnessFile);
  if (!bytes && bytes.error().code != Errc::not_found) return Unexpected<Error>{bytes.error()};
  if (bytes) {
    const std::string_view text = as_text(*bytes);
    const bool is_waiting = text.starts_with(kWaiting);
    if (!is_waiting && !text.starts_with(kArrived)) {
      return fail(Errc::corrupted, options_.file.string() + " is damaged");
    }
    const std::string_view checkpoint = text.substr((is_waiting ? kWaiting : kArrived).size());
    kept_ = Kept{is_waiting ? State::waiting : State::arrived, std::string(checkpoint)};
  }
  is_loaded_ = true;
  return {};
}

Result<void> RemoteWitness::keep(Kept kept) {
  const std::string_view state = kept.state == State::waiting ? kWaiting : kArrived;
  FASTNESS_RETURN_IF_ERROR(
      os::replace_file(files_, options_.file, as_bytes(std::string(state) + kept.checkpoint)));
  kept_ = std::move(kept);
  return {};
}

// The log as it is now, if it has grown since the last one that arrived and anything of it is
// signed.
Result<void> RemoteWitness::make_next(const ledger::WitnessedLog& log) {
  auto text = log.checkpoint();
  if (!text && text.error().code == Errc::not_found) return {};
  if (!text) return propagate(std::move(text));
  FASTNESS_ASSIGN_OR_RETURN(const auto now, ledger::verify_checkpoint(*text, log.key));
  if (kept_) {
    FASTNESS_ASSIGN_OR_RETURN(const auto last,
                              ledger::verify_checkpoint(kept_->checkpoint, log.key));
    if (last.size >= now.size) return {};
  }
  return keep({State::waiting, std::move(text).value()});
}

Result<void> RemoteWitness::update(const ledger::WitnessedLog& log) {
  if (is_sending_ || (not_before_ && clock_.steady() < *not_before_)) return {};
  FASTNESS_RETURN_IF_ERROR(load());
  if (kept_) {
    FASTNESS_ASSIGN_OR_RETURN(const auto last,
                              ledger::verify_checkpoint(kept_->checkpoint, log.key));
    FASTNESS_RETURN_IF_ERROR(log.check(last));
  }
  if (!kept_ || kept_->state == State::arrived) FASTNESS_RETURN_IF_ERROR(make_next(log));
  if (!kept_ || kept_->state == State::arrived) return {};
  FASTNESS_ASSIGN_OR_RETURN(const auto checkpoint,
                            ledger::verify_checkpoint(kept_->checkpoint, log.key));
  send(checkpoint.size);
  return {};
}

Result<void> RemoteWitness::update(const Identity& identity) {
  return update(witnessed(identity));
}

void RemoteWitness::send(std::uint64_t size) {
  is_sending_ = true;
  options_.deliver(kept_->checkpoint, [this, size](const Result<void>& done) { note(size, done); });
}

void RemoteWitness::note(std::uint64_t size, const Result<void>& done) {
  is_sending_ = false;
  auto kept = done ? keep({State::arrived, kept_->checkpoint}) : done;
  if (kept) {
    pause_ = kFirstPause;
    not_before_ = clock_.steady() + options_.every;
    options_.report(size);
    return;
  }
  not_before_ = clock_.steady() + pause_;
  pause_ = std::min(pause_ * 2, kLongestPause);
  options_.report(Unexpected<Error>{kept.error()});
}

}  // namespace fastness::identity
