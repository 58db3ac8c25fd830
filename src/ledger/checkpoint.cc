#include "ledger/checkpoint.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace fastness::ledger {
namespace {

Unexpected<Error> refused(const char* why) {
  return fail(Errc::corrupted, why);
}

std::string text_of(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(checkpoint.root) + "\n";
}

// The text up to the next newline, which is taken too; empty at the end.
std::string_view take_line(std::string_view& text) {
  const std::size_t newline = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, newline);
  text.remove_prefix(std::min(newline + 1, text.size()));
  return line;
}

Result<Checkpoint> parse(std::string_view text) {
  Checkpoint checkpoint;
  checkpoint.origin = take_line(text);
  const std::string_view size = take_line(text);
  const auto [end, status] =
      std::from_chars(size.data(), size.data() + size.size(), checkpoint.size);
  if (status != std::errc() || end != size.data() + size.size()) {
    return refused("the checkpoint has no size");
  }
  const auto root = from_base64(take_line(text));
  if (!root || root->size() != checkpoint.root.size()) {
    return refused("the checkpoint has no root");
  }
  std::ranges::copy(*root, checkpoint.root.begin());
  return checkpoint;
}

}  // namespace

std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::Ed25519Key& key) {
  return sign_note(text_of(checkpoint), checkpoint.origin, key);
}

Result<Checkpoint> verify_checkpoint(std::string_view untrusted_text, const VerifierKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string_view text, open_note(untrusted_text, key));
  FASTNESS_ASSIGN_OR_RETURN(Checkpoint checkpoint, parse(text));
  if (checkpoint.origin != key.name) return refused("the checkpoint is of another log");
  // One checkpoint has one spelling; extension lines are not ours.
  if (text != text_of(checkpoint)) return refused("the checkpoint says more than it may");
  return checkpoint;
}

}  // namespace fastness::ledger
