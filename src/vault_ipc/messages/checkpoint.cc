#include "vault_ipc/messages/checkpoint.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace fastness::vault_ipc {
namespace {

constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // an em dash and a space
constexpr std::uint8_t kEd25519 = 0x01;
constexpr std::size_t kKeyHashSize = 4;

Unexpected<Error> refused(const char* why) {
  return fail(Errc::corrupted, why);
}

// C2SP signed-note: the first four bytes of SHA-256(name, newline, algorithm, public key).
Bytes key_hash(std::string_view name, const crypto::Ed25519PublicKey& key) {
  Bytes named = to_bytes(as_bytes(name));
  named.push_back('\n');
  named.push_back(kEd25519);
  named.insert(named.end(), key.begin(), key.end());
  const crypto::Digest digest = crypto::sha256(named);
  return Bytes(digest.begin(), digest.begin() + kKeyHashSize);
}

std::string body_of(const Checkpoint& checkpoint) {
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

Result<Checkpoint> parse_body(std::string_view body) {
  Checkpoint checkpoint;
  checkpoint.origin = take_line(body);
  const std::string_view size = take_line(body);
  const auto [end, status] =
      std::from_chars(size.data(), size.data() + size.size(), checkpoint.size);
  if (status != std::errc() || end != size.data() + size.size()) {
    return refused("a checkpoint has no size");
  }
  const auto root = from_base64(take_line(body));
  if (!root || root->size() != checkpoint.root.size()) {
    return refused("a checkpoint has no root");
  }
  std::ranges::copy(*root, checkpoint.root.begin());
  return checkpoint;
}

bool is_signature_of(std::string_view line, std::string_view name,
                     const crypto::Ed25519PublicKey& key, std::string_view body) {
  const std::string prefix = std::string(kSignaturePrefix) + std::string(name) + " ";
  if (!line.starts_with(prefix)) return false;
  const auto bytes = from_base64(line.substr(prefix.size()));
  crypto::Ed25519Signature signature;
  if (!bytes || bytes->size() != kKeyHashSize + signature.size()) return false;
  if (!std::equal(bytes->begin(), bytes->begin() + kKeyHashSize, key_hash(name, key).begin())) {
    return false;
  }
  std::copy(bytes->begin() + kKeyHashSize, bytes->end(), signature.begin());
  return crypto::ed25519_verify(key, as_bytes(body), signature);
}

}  // namespace

std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::Ed25519Key& key) {
  const std::string body = body_of(checkpoint);
  Bytes signature = key_hash(checkpoint.origin, key.public_key());
  const crypto::Ed25519Signature bytes = key.sign(as_bytes(body));
  signature.insert(signature.end(), bytes.begin(), bytes.end());
  return body + "\n" + std::string(kSignaturePrefix) + checkpoint.origin + " " +
         to_base64(signature) + "\n";
}

Result<Checkpoint> verify_checkpoint(std::string_view untrusted_text, std::string_view origin,
                                     const crypto::Ed25519PublicKey& key) {
  const std::size_t blank = untrusted_text.find("\n\n");
  if (blank == std::string_view::npos) return refused("a checkpoint has no signature");
  const std::string_view body = untrusted_text.substr(0, blank + 1);
  std::string_view signatures = untrusted_text.substr(blank + 2);
  bool is_signed = false;
  while (!signatures.empty() && !is_signed) {
    is_signed = is_signature_of(take_line(signatures), origin, key, body);
  }
  if (!is_signed) return refused("a checkpoint is not signed by its log");
  FASTNESS_ASSIGN_OR_RETURN(Checkpoint checkpoint, parse_body(body));
  if (checkpoint.origin != origin) return refused("a checkpoint of another log");
  // One checkpoint has one spelling; extension lines are not ours.
  if (body != body_of(checkpoint)) return refused("a checkpoint says more than it may");
  return checkpoint;
}

}  // namespace fastness::vault_ipc
