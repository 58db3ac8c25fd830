#include "renewals/messages.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "json/object_reader.h"
#include "json/writer.h"

namespace fastness::renewals {
namespace {

using identity::RenewalFault;

constexpr std::size_t kMaxMessage = fixed_limit("renewals.message_bytes");
constexpr std::size_t kDepth = 2;
constexpr std::size_t kMaxSignature = 72;  // of P-256, as DER

constexpr std::pair<Complaint, std::string_view> kComplaints[] = {
    {Complaint::malformed, "malformed"},
    {Complaint::not_offered, "not_offered"},
    {Complaint::out_of_order, "out_of_order"},
    {Complaint::bad_request, "bad_request"},
    {Complaint::bad_proof, "bad_proof"},
    {Complaint::not_allowed, "not_allowed"},
    {Complaint::twice, "twice"},
    {Complaint::stale, "stale"},
    {Complaint::busy, "busy"},
};
constexpr RenewalFault kFaults[] = {RenewalFault::storage, RenewalFault::key,
                                    RenewalFault::certificate, RenewalFault::trial};

Unexpected<Complaint> malformed() {
  return {Complaint::malformed};
}

Heard<json::Value> parse_object(ByteView untrusted) {
  auto document = json::parse(as_text(untrusted), {kMaxMessage, kDepth});
  if (!document || document->get<json::Object>() == nullptr) return malformed();
  return std::move(document).value();
}

// Bytes of this many, as base64url.
Heard<Bytes> bytes_of(const json::ObjectReader& object, std::string_view name, std::size_t least,
                      std::size_t most) {
  const auto text = object.text(name, {0, kMaxMessage});
  if (!text) return malformed();
  auto bytes = from_base64url(*text);
  if (!bytes || bytes->size() < least || bytes->size() > most) return malformed();
  return std::move(bytes).value();
}

Heard<Nonce> nonce_of(const json::ObjectReader& object) {
  Nonce nonce{};
  FASTNESS_ASSIGN_OR_RETURN(const Bytes bytes,
                            bytes_of(object, "nonce", nonce.size(), nonce.size()));
  std::ranges::copy(bytes, nonce.begin());
  return nonce;
}

Heard<std::size_t> number_of(const json::ObjectReader& object, std::string_view name,
                             std::size_t least, std::size_t most) {
  const auto number = object.integer(name);
  if (!number || *number < static_cast<std::int64_t>(least) ||
      *number > static_cast<std::int64_t>(most)) {
    return malformed();
  }
  return static_cast<std::size_t>(*number);
}

std::int64_t seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

std::string_view to_text(Complaint complaint) {
  for (const auto& [each, text] : kComplaints) {
    if (each == complaint) return text;
  }
  return "malformed";
}

Heard<RequestPiece> parse_request_piece(ByteView untrusted) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, parse_object(untrusted));
  const auto object = json::ObjectReader::of(document);
  if (!object) return malformed();
  RequestPiece piece;
  FASTNESS_ASSIGN_OR_RETURN(piece.nonce, nonce_of(*object));
  FASTNESS_ASSIGN_OR_RETURN(piece.count, number_of(*object, "of", 1, kMaxPieces));
  FASTNESS_ASSIGN_OR_RETURN(piece.index, number_of(*object, "i", 0, piece.count - 1));
  FASTNESS_ASSIGN_OR_RETURN(piece.data, bytes_of(*object, "csr", 1, kPieceBytes));
  const bool is_last = piece.index + 1 == piece.count;
  if (is_last != object->has("sig")) {
    return Unexpected<Complaint>{is_last ? Complaint::bad_proof : Complaint::malformed};
  }
  if (is_last) {
    FASTNESS_ASSIGN_OR_RETURN(piece.signature, bytes_of(*object, "sig", 1, kMaxSignature));
  }
  return piece;
}

Heard<Nonce> parse_stored(ByteView untrusted) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, parse_object(untrusted));
  const auto object = json::ObjectReader::of(document);
  if (!object) return malformed();
  const auto stored = object->boolean("stored");
  if (!stored || !*stored) return malformed();
  return nonce_of(*object);
}

Heard<RefusedByDevice> parse_refused(ByteView untrusted) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, parse_object(untrusted));
  const auto object = json::ObjectReader::of(document);
  if (!object) return malformed();
  RefusedByDevice refused;
  FASTNESS_ASSIGN_OR_RETURN(refused.nonce, nonce_of(*object));
  const auto code = object->text("code", {1, kMaxMessage});
  if (!code) return malformed();
  // A word that we do not know is no reason to count nothing.
  const auto known = std::ranges::find_if(
      kFaults, [&](RenewalFault fault) { return identity::to_text(fault) == *code; });
  if (known != std::end(kFaults)) refused.fault = *known;
  return refused;
}

std::string to_message(const Offer& offer) {
  json::Writer out;
  out.begin_object();
  out.field("nonce", to_base64url(offer.nonce));
  out.field("gen", offer.generation.value());
  out.field("why", offer.why == Why::rotation ? "rotation" : "expiry");
  out.begin_array("win");
  out.value(seconds_of(offer.window.start));
  out.value(seconds_of(offer.window.end));
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

std::string certificate_piece(const Offer& offer, DeviceId device, std::size_t index,
                              std::size_t count, ByteView data) {
  json::Writer out;
  out.begin_object();
  out.field("nonce", to_base64url(offer.nonce));
  out.field("id", device.value());
  out.field("gen", offer.generation.value());
  out.field("i", index);
  out.field("of", count);
  out.field("cert", to_base64url(data));
  out.end_object();
  return std::move(out).text();
}

std::string refusal_message(ByteView nonce, Complaint complaint, std::chrono::seconds wait) {
  json::Writer out;
  out.begin_object();
  if (!nonce.empty()) out.field("nonce", to_base64url(nonce));
  out.field("refused", to_text(complaint));
  out.field("wait", wait.count());
  out.end_object();
  return std::move(out).text();
}

std::string proof_text(const Offer& offer, DeviceId device, ByteView request) {
  std::string text = "fastness renewal 1\n";
  text += to_base64url(offer.nonce) + "\n";
  text += device.value().to_text() + "\n";
  text += std::to_string(offer.generation.value()) + "\n";
  text += to_hex(crypto::sha256(request)) + "\n";
  return text;
}

}  // namespace fastness::renewals
