#include "roots/root_set.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/fixed_limits.h"
#include "crypto/public_key/pem.h"
#include "roots/profile.h"

namespace fastness::roots {
namespace {

constexpr std::size_t kMaxDocument = fixed_limit("roots.document_bytes");
constexpr std::string_view kStatementContext = "fastness root set v1\n";
constexpr std::string_view kTextPrefix = "Fastness root set ";

Unexpected<Error> no_document(const char* why) {
  return fail(Errc::corrupted, std::string("this is no root set that can be believed: ") + why);
}

struct Statement {
  RootSet next;
  std::uint32_t previous_number;
  Timestamp not_before;
};

// Its one spelling: what is signed is what is said.
Result<Statement> parse_statement(ByteView untrusted) {
  ByteReader in(untrusted);
  if (as_text(in.raw(kStatementContext.size())) != kStatementContext) {
    return no_document("it is something else");
  }
  const std::uint32_t number = in.u32();
  const std::uint32_t previous = in.u32();
  const Timestamp not_before{std::chrono::microseconds(in.i64())};
  const ByteView active = in.sized();
  const ByteView standby = in.sized();
  if (!in.finish("a root set")) return no_document("it is cut short, or too long");
  auto next = RootSet::make(number, active, standby);
  if (!next) return no_document("what it names are not two roots");
  return Statement{std::move(next).value(), previous, not_before};
}

crypto::EcdsaSignature read_signature(ByteReader& in) {
  crypto::EcdsaSignature signature;
  in.copy_to(signature.r);
  in.copy_to(signature.s);
  return signature;
}

// The number in the first line, if the text begins with one of ours.
std::uint32_t number_in(std::string_view text) {
  if (!text.starts_with(kTextPrefix)) return 1;
  text.remove_prefix(kTextPrefix.size());
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  return error == std::errc{} && end == line.data() + line.size() ? number : 0;
}

bool is_in(const crypto::Certificate& root, const RootSet& set) {
  return std::ranges::equal(root.der(), set.active.der()) ||
         std::ranges::equal(root.der(), set.standby.der());
}

}  // namespace

bool operator==(const RootSet& a, const RootSet& b) {
  return a.number == b.number && std::ranges::equal(a.active.der(), b.active.der()) &&
         std::ranges::equal(a.standby.der(), b.standby.der());
}

Result<RootSet> RootSet::make(std::uint32_t number, ByteView active_der, ByteView standby_der) {
  if (number == 0) return fail(Errc::invalid_argument, "root sets have numbers from 1");
  FASTNESS_ASSIGN_OR_RETURN(auto active, parse_root(active_der));
  FASTNESS_ASSIGN_OR_RETURN(auto standby, parse_root(standby_der));
  if (active.key_digest() == standby.key_digest()) {
    return fail(Errc::invalid_argument, "the two roots of a set have different keys");
  }
  return RootSet{number, std::move(active), std::move(standby)};
}

std::string RootSet::to_text() const {
  return std::string(kTextPrefix) + std::to_string(number) + "\n" + active.to_pem() +
         standby.to_pem();
}

Result<RootSet> RootSet::parse_text(std::string_view untrusted_text) {
  FASTNESS_ASSIGN_OR_RETURN(const auto certificates,
                            crypto::all_from_pem(crypto::kCertificateLabel, untrusted_text));
  if (certificates.size() != 2) {
    return fail(Errc::invalid_argument, "a root set has two certificates, active and standby");
  }
  return make(number_in(untrusted_text), certificates[0], certificates[1]);
}

Bytes root_set_statement(const RootSet& next, std::uint32_t previous_number, Timestamp not_before) {
  Bytes statement;
  ByteWriter out(statement);
  out.raw(as_bytes(kStatementContext));
  out.u32(next.number);
  out.u32(previous_number);
  out.i64(not_before.time_since_epoch().count());
  out.sized(next.active.der());
  out.sized(next.standby.der());
  return statement;
}

Bytes root_set_document(ByteView statement, const crypto::EcdsaSignature& by_active,
                        const crypto::EcdsaSignature& by_standby) {
  Bytes document;
  ByteWriter out(document);
  out.sized(statement);
  for (const auto* signature : {&by_active, &by_standby}) {
    out.raw(signature->r);
    out.raw(signature->s);
  }
  return document;
}

Result<RootSet> accept(const RootSet& current, ByteView untrusted_document, Timestamp now) {
  if (untrusted_document.size() > kMaxDocument) return no_document("it is too long");
  ByteReader in(untrusted_document);
  const ByteView statement = in.sized();
  const crypto::EcdsaSignature by_active = read_signature(in);
  const crypto::EcdsaSignature by_standby = read_signature(in);
  if (!in.finish("a root set")) return no_document("it is cut short, or too long");
  FASTNESS_ASSIGN_OR_RETURN(Statement said, parse_statement(statement));
  if (said.previous_number != current.number || said.next.number != current.number + 1) {
    return fail(Errc::permission_denied,
                "root set " + std::to_string(said.next.number) + " does not follow set " +
                    std::to_string(current.number) + ", which is the one trusted now");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto active_key, current.active.public_key());
  FASTNESS_ASSIGN_OR_RETURN(const auto standby_key, current.standby.public_key());
  if (!active_key.verify(statement, by_active)) {
    return no_document("the active root did not sign it");
  }
  if (!standby_key.verify(statement, by_standby)) {
    return no_document("the standby root did not sign it");
  }
  // Or a slip at the ceremony would shut every device out.
  if (!is_in(said.next.active, current) && !is_in(said.next.standby, current)) {
    return no_document("it keeps none of the roots that are trusted now");
  }
  if (now < said.not_before) return fail(Errc::unavailable, "the root set is not valid yet");
  return std::move(said.next);
}

Result<RootSet> catch_up(RootSet current, std::span<const Bytes> untrusted_documents,
                         Timestamp now) {
  for (const Bytes& document : untrusted_documents) {
    ByteReader in(document);
    FASTNESS_ASSIGN_OR_RETURN(const Statement said, parse_statement(in.sized()));
    if (said.next.number <= current.number) continue;
    FASTNESS_ASSIGN_OR_RETURN(current, accept(current, document, now));
  }
  return current;
}

}  // namespace fastness::roots
