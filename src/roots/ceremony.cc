#include "roots/ceremony.h"

#include <chrono>

#include "base/fixed_limits.h"
#include "crypto/public_key/pem.h"
#include "roots/profile.h"

namespace fastness::roots {
namespace {

constexpr std::size_t kMaxFile = fixed_limit("roots.ceremony_bytes");
constexpr std::string_view kRequestLabel = "FASTNESS ROOT REQUEST";
constexpr std::string_view kAnswerLabel = "FASTNESS SIGNED ROOT";
constexpr std::string_view kRequestContext = "fastness root request v1\n";
constexpr std::string_view kAnswerContext = "fastness signed root v1\n";

Unexpected<Error> no_request(const char* why) {
  return fail(Errc::corrupted, std::string("this is no request for a root to sign: ") + why +
                                   ". `fastness host ca root-request` writes one.");
}

Unexpected<Error> no_answer(const std::string& why) {
  return fail(Errc::corrupted, "this is not what the root was asked for: " + why);
}

void put_signature(ByteWriter& out, const crypto::EcdsaSignature& signature) {
  out.raw(signature.r);
  out.raw(signature.s);
}

crypto::EcdsaSignature get_signature(ByteReader& in) {
  crypto::EcdsaSignature signature;
  in.copy_to(signature.r);
  in.copy_to(signature.s);
  return signature;
}

Result<Bytes> from_file(std::string_view label, std::string_view text) {
  if (text.size() > kMaxFile) return fail(Errc::corrupted, "the file is too long");
  return crypto::from_pem(label, text);
}

// "B71E 4C09 ...", to be compared by eye with what the console and `host status` show.
std::string fingerprint(const crypto::Certificate& root) {
  constexpr std::size_t kGroup = 4;
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  std::size_t digits = 0;
  for (const std::uint8_t byte : root.digest()) {
    for (const std::uint8_t half :
         {static_cast<std::uint8_t>(byte >> 4U), static_cast<std::uint8_t>(byte & 0x0fU)}) {
      if (digits != 0 && digits % kGroup == 0) out += ' ';
      out += kDigits[half];
      ++digits;
    }
  }
  return out;
}

std::string day_of(Timestamp time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  const auto two = [](unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return std::to_string(static_cast<int>(day.year())) + "-" +
         two(static_cast<unsigned>(day.month())) + "-" + two(static_cast<unsigned>(day.day()));
}

// Everything of a request but the signature, out of its one spelling.
Result<RootRequest> read_request(ByteReader& in) {
  if (as_text(in.raw(kRequestContext.size())) != kRequestContext) {
    return fail(Errc::corrupted, "it is something else");
  }
  const std::uint8_t purpose = in.u8();
  const std::uint32_t number = in.u32();
  const ByteView active = in.sized();
  const ByteView standby = in.sized();
  auto current = RootSet::make(number, active, standby);
  const auto issuer_key = crypto::PublicKey::from_point(in.raw(crypto::PublicKey::kPointSize));
  const Timestamp made_at{std::chrono::microseconds(in.i64())};
  const ByteView next_standby = in.sized();
  const std::uint8_t is_signed = in.u8();
  if (!in.ok() || !current || !issuer_key || purpose < 1 || purpose > 2 || is_signed > 1) {
    return fail(Errc::corrupted, "it is damaged");
  }
  RootRequest::Parts parts{static_cast<Purpose>(purpose), std::move(current).value(), *issuer_key,
                           made_at};
  if (!next_standby.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(parts.next_standby, parse_root(next_standby));
  }
  if (is_signed == 1) parts.by_active = get_signature(in);
  return RootRequest::make(std::move(parts));
}

}  // namespace

std::string_view to_text(Purpose purpose) {
  return purpose == Purpose::renew_issuer ? "renew_issuer" : "switch_to_standby";
}

Result<RootRequest> RootRequest::make(Parts parts) {
  RootSet next = parts.current;
  if (parts.purpose == Purpose::renew_issuer) {
    if (parts.next_standby || parts.by_active) {
      return fail(Errc::invalid_argument, "a renewal changes no root");
    }
    return RootRequest(std::move(parts), std::move(next));
  }
  if (!parts.next_standby) return fail(Errc::invalid_argument, "a switch needs a new standby root");
  FASTNESS_ASSIGN_OR_RETURN(next,
                            RootSet::make(parts.current.number + 1, parts.current.standby.der(),
                                          parts.next_standby->der()));
  if (parts.next_standby->key_digest() == parts.current.active.key_digest()) {
    return fail(Errc::invalid_argument, "a root that was given up does not come back");
  }
  RootRequest request(std::move(parts), std::move(next));
  FASTNESS_ASSIGN_OR_RETURN(const auto active, request.parts_.current.active.public_key());
  if (request.parts_.by_active && !active.verify(request.statement(), *request.parts_.by_active)) {
    return fail(Errc::invalid_argument, "the active root's signature is wrong");
  }
  return request;
}

Bytes RootRequest::to_be_signed() const {
  Bytes bytes;
  ByteWriter out(bytes);
  out.raw(as_bytes(kRequestContext));
  out.u8(static_cast<std::uint8_t>(parts_.purpose));
  out.u32(parts_.current.number);
  out.sized(parts_.current.active.der());
  out.sized(parts_.current.standby.der());
  out.raw(parts_.issuer_key.point());
  out.i64(parts_.made_at.time_since_epoch().count());
  out.sized(parts_.next_standby ? parts_.next_standby->der() : ByteView());
  out.u8(parts_.by_active ? 1 : 0);
  if (parts_.by_active) put_signature(out, *parts_.by_active);
  return bytes;
}

std::string RootRequest::to_pem(const crypto::EcdsaSignature& by_issuer_key) const {
  Bytes bytes = to_be_signed();
  ByteWriter out(bytes);
  put_signature(out, by_issuer_key);
  return crypto::to_pem(kRequestLabel, bytes);
}

Result<RootRequest> RootRequest::parse_pem(std::string_view untrusted_text) {
  const auto bytes = from_file(kRequestLabel, untrusted_text);
  if (!bytes) return no_request("it has no such block");
  ByteReader in(*bytes);
  auto request = read_request(in);
  if (!request) return no_request(request.error().message.c_str());
  const crypto::EcdsaSignature by_issuer_key = get_signature(in);
  if (!in.finish("a request")) return no_request("it is cut short, or too long");
  if (!request->parts_.issuer_key.verify(request->to_be_signed(), by_issuer_key)) {
    return no_request("it was changed since it was made");
  }
  return request;
}

const crypto::Certificate& RootRequest::signer() const {
  return parts_.purpose == Purpose::renew_issuer ? parts_.current.active : parts_.current.standby;
}

Bytes RootRequest::statement() const {
  if (parts_.purpose == Purpose::renew_issuer) return {};
  return root_set_statement(next_, parts_.current.number, parts_.made_at - kBackDated);
}

std::string RootRequest::to_text() const {
  const bool is_switch = parts_.purpose == Purpose::switch_to_standby;
  std::string out = "Asked on " + day_of(parts_.made_at) + " by the instance with these roots:\n" +
                    "  active   " + fingerprint(parts_.current.active) + "\n" + "  standby  " +
                    fingerprint(parts_.current.standby) + "\n\n" + "The " +
                    (is_switch ? "standby" : "active") + " root will sign:\n" +
                    "  an authority that signs the server's certificates for five years, whose "
                    "key has the id\n  " +
                    to_hex(parts_.issuer_key.key_id()) + "\n";
  if (!is_switch) return out;
  out += "  root set " + std::to_string(next_.number) +
         ", by which it takes the active one's "
         "place:\n    active   " +
         fingerprint(next_.active) + "\n    standby  " + fingerprint(next_.standby) + "   (new)\n";
  out += parts_.by_active
             ? "The present active root has signed that set already.\n"
             : "The present active root has not signed that set; give its file too (--root), or "
               "devices with\nour library keep the two roots that they have.\n";
  return out;
}

Bytes RootAnswer::to_be_signed() const {
  Bytes bytes;
  ByteWriter out(bytes);
  out.raw(as_bytes(kAnswerContext));
  out.raw(request);
  out.sized(issuer);
  out.sized(root_set);
  return bytes;
}

std::string RootAnswer::to_pem() const {
  Bytes bytes = to_be_signed();
  ByteWriter out(bytes);
  put_signature(out, by_signer);
  return crypto::to_pem(kAnswerLabel, bytes);
}

Result<RootAnswer> RootAnswer::parse_pem(std::string_view untrusted_text) {
  const auto bytes = from_file(kAnswerLabel, untrusted_text);
  if (!bytes) {
    return no_answer("it has no such block. `fastness host ca sign-root` writes the file");
  }
  ByteReader in(*bytes);
  if (as_text(in.raw(kAnswerContext.size())) != kAnswerContext) {
    return no_answer("it is something else");
  }
  RootAnswer answer;
  in.copy_to(answer.request);
  answer.issuer = to_bytes(in.sized());
  answer.root_set = to_bytes(in.sized());
  answer.by_signer = get_signature(in);
  if (!in.finish("an answer")) return no_answer("it is cut short, or too long");
  return answer;
}

Result<void> check_answer(const RootRequest& request, const RootAnswer& answer, Timestamp now) {
  if (answer.request != request.digest()) {
    return no_answer(
        "it answers another request. Only the newest one counts; sign that: `fastness host ca "
        "root-request`");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto signer, request.signer().public_key());
  if (!signer.verify(answer.to_be_signed(), answer.by_signer)) {
    return no_answer("the root that was asked did not sign it");
  }
  FASTNESS_RETURN_IF_ERROR(
      parse_issuer(answer.issuer, request.signer(), request.parts().issuer_key, now));
  if (answer.root_set.empty()) return {};
  if (request.parts().purpose == Purpose::renew_issuer) return no_answer("it changes roots");
  FASTNESS_ASSIGN_OR_RETURN(const RootSet set,
                            accept(request.parts().current, answer.root_set, now));
  if (set != request.next()) return no_answer("it names other roots");
  return {};
}

}  // namespace fastness::roots
