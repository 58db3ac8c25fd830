#include "webauthn/attested.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "webauthn/authenticator_data.h"

namespace fastness::webauthn {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kAaguid = 16;  // which model it is: nobody is asked to vouch for it

// Bytes that are always the same, and then so many of the key's own.
struct Piece {
  std::string_view fixed;
  std::size_t own;
};
struct Spelling {
  Algorithm algorithm;
  std::array<Piece, 2> pieces;
};

// Maps of: 1 (kty), 3 (alg), -1 (crv or n), -2 (x or e), -3 (y). RFC 9053, 7; RFC 8230, 4.
constexpr std::array kSpellings = {
    Spelling{
        Algorithm::es256,
        {Piece{"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"sv, 32}, Piece{"\x22\x58\x20"sv, 32}}},
    Spelling{Algorithm::eddsa,
             {Piece{"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20"sv, 32}, Piece{""sv, 0}}},
    Spelling{
        Algorithm::rs256,
        {Piece{"\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00"sv, 256}, Piece{"\x21\x43"sv, 3}}},
};

// How long the key at the beginning of `bytes` is, if it is spelled so.
std::optional<std::size_t> size_as(const Spelling& spelling, ByteView bytes) {
  ByteReader in(bytes);
  for (const Piece& piece : spelling.pieces) {
    if (as_text(in.raw(piece.fixed.size())) != piece.fixed) return std::nullopt;
    static_cast<void>(in.raw(piece.own));
  }
  if (!in.ok()) return std::nullopt;
  return bytes.size() - in.rest().size();
}

}  // namespace

Result<Attested> find_attested(ByteView untrusted_authenticator_data) {
  FASTNESS_ASSIGN_OR_RETURN(const AuthenticatorData head,
                            AuthenticatorData::parse(untrusted_authenticator_data));
  ByteReader in(untrusted_authenticator_data.subspan(AuthenticatorData::kHead));
  static_cast<void>(in.raw(kAaguid));
  const ByteView raw_id = in.raw(in.u16());
  if (!head.has_credential() || !in.ok()) {
    return fail(Errc::invalid_argument, "no credential, or one that is cut short");
  }
  FASTNESS_ASSIGN_OR_RETURN(CredentialId id, CredentialId::of(raw_id));
  for (const Spelling& spelling : kSpellings) {
    const auto size = size_as(spelling, in.rest());
    if (!size) continue;
    if ((*size != in.rest().size()) != head.has_extensions()) break;
    const std::size_t end = untrusted_authenticator_data.size() - in.rest().size() + *size;
    return Attested{std::move(id), spelling.algorithm, end};
  }
  return fail(Errc::invalid_argument, "no key of an algorithm of ours");
}

}  // namespace fastness::webauthn
