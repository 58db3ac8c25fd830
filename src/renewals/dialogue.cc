#include "renewals/dialogue.h"

#include <algorithm>

#include "crypto/public_key/p256.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::renewals {

std::string Dialogue::make_offer(const Offer& offer) {
  begin_anew();
  offer_ = offer;
  return to_message(offer);
}

void Dialogue::begin_anew() {
  request_.clear();
  request_.shrink_to_fit();
  came_ = 0;
  expected_ = 0;
}

Heard<void> Dialogue::check_nonce(const Nonce& nonce) const {
  if (offer_ && crypto::constant_time_equal(nonce, offer_->nonce)) return {};
  return Unexpected<Complaint>{Complaint::not_offered};
}

Heard<void> Dialogue::check_turn(const RequestPiece& piece) const {
  const bool is_next = piece.index == came_ && piece.count == expected_;
  if (piece.index == 0 || is_next) return {};
  return Unexpected<Complaint>{Complaint::out_of_order};
}

Heard<std::optional<Bytes>> Dialogue::hear_request(ByteView untrusted) {
  auto piece = parse_request_piece(untrusted);
  auto heard = piece ? take(std::move(piece).value())
                     : Heard<std::optional<Bytes>>(propagate(std::move(piece)));
  if (!heard || *heard) begin_anew();
  return heard;
}

Heard<std::optional<Bytes>> Dialogue::take(RequestPiece piece) {
  FASTNESS_RETURN_IF_ERROR(check_nonce(piece.nonce));
  FASTNESS_RETURN_IF_ERROR(check_turn(piece));
  if (piece.index == 0) begin_anew();
  expected_ = piece.count;
  ++came_;
  request_.insert(request_.end(), piece.data.begin(), piece.data.end());
  if (request_.size() > crypto::CertificateRequest::kMaxSize) {
    return Unexpected<Complaint>{Complaint::bad_request};
  }
  if (came_ < expected_) return std::optional<Bytes>();
  FASTNESS_RETURN_IF_ERROR(check_proof(request_, piece.signature));
  return std::optional(request_);
}

Heard<void> Dialogue::check_proof(ByteView request, ByteView signature) const {
  const auto parsed = crypto::CertificateRequest::parse_der(request);
  if (!parsed) return Unexpected<Complaint>{Complaint::bad_request};
  const auto integers = crypto::EcdsaSignature::from_der(signature);
  const std::string proved = proof_text(*offer_, device_, request);
  if (integers && parsed->public_key().verify(as_bytes(proved), *integers)) return {};
  return Unexpected<Complaint>{Complaint::bad_proof};
}

std::vector<std::string> Dialogue::answer(ByteView certificate) const {
  const std::size_t count = (certificate.size() + kPieceBytes - 1) / kPieceBytes;
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = i * kPieceBytes;
    const ByteView data = certificate.subspan(at, std::min(kPieceBytes, certificate.size() - at));
    messages.push_back(certificate_piece(*offer_, device_, i, count, data));
  }
  return messages;
}

std::string Dialogue::refuse(Complaint complaint, std::chrono::seconds wait) const {
  return refusal_message(offer_ ? ByteView(offer_->nonce) : ByteView(), complaint, wait);
}

Heard<void> Dialogue::hear_stored(ByteView untrusted) const {
  FASTNESS_ASSIGN_OR_RETURN(const Nonce nonce, parse_stored(untrusted));
  return check_nonce(nonce);
}

Heard<identity::RenewalFault> Dialogue::hear_refused(ByteView untrusted) {
  FASTNESS_ASSIGN_OR_RETURN(const RefusedByDevice refused, parse_refused(untrusted));
  FASTNESS_RETURN_IF_ERROR(check_nonce(refused.nonce));
  offer_.reset();
  begin_anew();
  return refused.fault;
}

}  // namespace fastness::renewals
