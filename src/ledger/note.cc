#include "ledger/note.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "crypto/digest.h"

namespace fastness::ledger {
namespace {

constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // an em dash and a space
constexpr std::uint8_t kEd25519 = 0x01;

using KeyId = std::array<std::uint8_t, 4>;

Unexpected<Error> not_a_note(const char* why) {
  return fail(Errc::corrupted, std::string("this is no signed note: ") + why);
}

Bytes typed_key(const crypto::Ed25519PublicKey& key) {
  Bytes typed{kEd25519};
  typed.insert(typed.end(), key.begin(), key.end());
  return typed;
}

// C2SP signed-note: the first four bytes of SHA-256(name, newline, kind of key, public key).
KeyId key_id(std::string_view name, const crypto::Ed25519PublicKey& key) {
  Bytes named = to_bytes(as_bytes(name));
  named.push_back('\n');
  const Bytes typed = typed_key(key);
  named.insert(named.end(), typed.begin(), typed.end());
  const crypto::Digest digest = crypto::sha256(named);
  KeyId id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" +") == std::string_view::npos;
}

bool has_control_character(std::string_view note) {
  return std::ranges::any_of(
      note, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
}

struct SignatureLine {
  std::string_view name;
  KeyId id{};
  Bytes signature;
};

Result<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return not_a_note("a line below it is no signature");
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return not_a_note("a signature lacks its bytes");
  SignatureLine parsed;
  parsed.name = line.substr(0, space);
  auto bytes = from_base64(line.substr(space + 1));
  if (!is_key_name(parsed.name) || !bytes || bytes->size() <= parsed.id.size()) {
    return not_a_note("a signature is malformed");
  }
  const auto end_of_id = bytes->begin() + static_cast<std::ptrdiff_t>(parsed.id.size());
  std::copy(bytes->begin(), end_of_id, parsed.id.begin());
  parsed.signature.assign(end_of_id, bytes->end());
  return parsed;
}

bool is_good(const SignatureLine& line, std::string_view text,
             const crypto::Ed25519PublicKey& key) {
  crypto::Ed25519Signature signature{};
  if (line.signature.size() != signature.size()) return false;
  std::ranges::copy(line.signature, signature.begin());
  return crypto::ed25519_verify(key, as_bytes(text), signature);
}

}  // namespace

std::string VerifierKey::to_text() const {
  return name + "+" + to_hex(key_id(name, key)) + "+" + to_base64(typed_key(key));
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  const auto refused = [] {
    return fail(Errc::invalid_argument,
                "a verifier key is a name, eight hexadecimal digits and the key in base64, with + "
                "between them, as `fastness ledger key` prints it");
  };
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return refused();
  const auto typed = from_base64(text.substr(second + 1));
  VerifierKey parsed;
  parsed.name = text.substr(0, first);
  if (!is_key_name(parsed.name) || has_control_character(text) || !typed ||
      typed->size() != 1 + parsed.key.size() || typed->front() != kEd25519) {
    return refused();
  }
  std::copy(typed->begin() + 1, typed->end(), parsed.key.begin());
  // The id has one right value, so a key that was mistyped is found out here.
  if (parsed.to_text() != text) return refused();
  return parsed;
}

std::string sign_note(std::string_view text, std::string_view name, const crypto::Ed25519Key& key) {
  const KeyId id = key_id(name, key.public_key());
  const crypto::Ed25519Signature signature = key.sign(as_bytes(text));
  Bytes bytes(id.begin(), id.end());
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return std::string(text) + "\n" + std::string(kSignaturePrefix) + std::string(name) + " " +
         to_base64(bytes) + "\n";
}

Result<std::string_view> open_note(std::string_view untrusted_note, const VerifierKey& key) {
  if (has_control_character(untrusted_note)) return not_a_note("it has control characters");
  // The text may have empty lines; the last one parts it from the signatures.
  const std::size_t blank = untrusted_note.rfind("\n\n");
  if (blank == std::string_view::npos) return not_a_note("it has no signature");
  const std::string_view text = untrusted_note.substr(0, blank + 1);
  std::string_view lines = untrusted_note.substr(blank + 2);
  if (!lines.ends_with('\n')) return not_a_note("its last line is cut short");
  const KeyId wanted = key_id(key.name, key.key);
  bool is_signed = false;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    FASTNESS_ASSIGN_OR_RETURN(const SignatureLine line, parse_signature_line(lines.substr(0, end)));
    lines.remove_prefix(end + 1);
    if (line.name != key.name || line.id != wanted) continue;
    if (!is_good(line, text, key.key)) {
      return fail(Errc::corrupted, "the signature of " + key.name + " is wrong");
    }
    is_signed = true;
  }
  if (!is_signed) return fail(Errc::corrupted, "it is not signed with the key of " + key.name);
  return text;
}

}  // namespace fastness::ledger
