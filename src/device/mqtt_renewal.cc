#include "device/mqtt_renewal.h"

#include <algorithm>

#include "base/fixed_limits.h"
#include "device/certificates.h"
#include "device/est_renewal.h"
#include "device/flat_json.h"

namespace fastness::device {
namespace {

using std::chrono::seconds;

constexpr std::size_t kPiece = 192;
constexpr std::size_t kMaxCertificate = fixed_limit("certificates.bytes");
constexpr auto kMaxPieces = static_cast<std::int64_t>((kMaxCertificate + kPiece - 1) / kPiece);
constexpr std::size_t kNonceDigits = 22;  // sixteen bytes as base64url
constexpr seconds kPatience{30};          // for an answer
constexpr int kMostAsked = 3;             // then the server has to offer again

}  // namespace

std::string MqttRenewal::topic(std::string_view word) const {
  return "$iot/" + device_id_ + "/pki/" + std::string(word);
}

std::vector<std::string> MqttRenewal::subscriptions() const {
  return {topic("renew"), topic("cert")};
}

void MqttRenewal::say(std::string_view word, std::string payload) {
  output_.push_back({topic(word), std::move(payload)});
}

Result<void> MqttRenewal::connected() {
  offer_.reset();
  return slots_->commit();
}

Result<void> MqttRenewal::could_not_connect() {
  offer_.reset();
  trial_failed_ = trial_failed_ || slots_->is_on_trial();
  return slots_->roll_back();
}

bool MqttRenewal::receive(std::string_view name, std::string_view untrusted_payload,
                          Timestamp now) {
  if (name == topic("renew")) {
    hear_offer(untrusted_payload, now);
  } else if (name == topic("cert")) {
    hear_answer(untrusted_payload, now);
  } else {
    return false;
  }
  return true;
}

// A new offer takes the place of the one before. What is no offer is none.
void MqttRenewal::hear_offer(std::string_view payload, Timestamp now) {
  const auto message = FlatJson::parse(payload);
  if (!message) return;
  const auto nonce = message->text("nonce");
  const auto generation = message->number("gen");
  const auto window = message->numbers("win");
  if (!nonce || nonce->size() != kNonceDigits || !from_base64url(*nonce)) return;
  if (!generation || !window || window->size() != 2) return;
  offer_ = Offer{*nonce, *generation, moment_in((*window)[0], (*window)[1], now), 0, {}, 0, 0};
  if (!trial_failed_) return tick(now);
  trial_failed_ = false;
  refuse("trial", "no server let the device in with its new certificate");
}

// At random between the two for many devices, and always the same for one certificate, so that a
// device which starts again does not begin to wait anew. A clock that is wrong makes nobody wait
// for longer than the window.
Timestamp MqttRenewal::moment_in(std::int64_t start, std::int64_t end, Timestamp now) const {
  constexpr std::int64_t kMostSeconds = 400LL * 24 * 3'600;
  if (end <= start || start < 0) return now;
  const std::int64_t length = std::min(end - start, kMostSeconds);
  const std::int64_t clock = std::chrono::floor<seconds>(now).time_since_epoch().count();
  const std::int64_t passed = std::max<std::int64_t>(clock - start, 0);
  const std::int64_t wait = part_of(slots_->present(), length) - passed;
  return now + seconds(std::max<std::int64_t>(wait, 0));
}

void MqttRenewal::tick(Timestamp now) {
  if (!offer_ || now < offer_->at) return;
  if (offer_->asked == kMostAsked) {
    last_failure_ = "the server did not answer";
    offer_.reset();
    return;
  }
  ask(now);
}

std::optional<Timestamp> MqttRenewal::next_tick() const {
  return offer_ ? std::optional(offer_->at) : std::nullopt;
}

// That this request answers this offer; docs/identity.md has the text.
Result<std::string> MqttRenewal::proof_of(const Bytes& request) const {
  const std::string text = "fastness renewal 1\n" + offer_->nonce + "\n" + device_id_ + "\n" +
                           std::to_string(offer_->generation) + "\n" + to_hex(digest_of(request)) +
                           "\n";
  FASTNESS_ASSIGN_OR_RETURN(const Bytes signature, key_->sign(as_bytes(text)));
  return to_base64url(signature);
}

void MqttRenewal::ask(Timestamp now) {
  const auto der = find_or_make_request(*slots_, *key_, device_id_);
  if (!der) {
    return refuse(der.error().code == Errc::unavailable ? "key" : "storage", der.error().message);
  }
  const auto proof = proof_of(*der);
  if (!proof) return refuse("key", proof.error().message);
  ++offer_->asked;
  offer_->at = now + kPatience;
  offer_->came = offer_->expected = 0;
  const std::size_t count = (der->size() + kPiece - 1) / kPiece;
  for (std::size_t i = 0; i < count; ++i) {
    const ByteView rest = ByteView(*der).subspan(i * kPiece);
    std::string text = R"({"nonce":")" + offer_->nonce + R"(","i":)" + std::to_string(i) +
                       R"(,"of":)" + std::to_string(count) + R"(,"csr":")" +
                       to_base64url(rest.first(std::min(kPiece, rest.size()))) + '"';
    if (i + 1 == count) text += R"(,"sig":")" + *proof + '"';
    say("csr", text + "}");
  }
}

// Only what names this device, this offer and the generation that was offered is an answer.
void MqttRenewal::hear_answer(std::string_view payload, Timestamp now) {
  const auto message = FlatJson::parse(payload);
  if (!message || !offer_ || offer_->asked == 0) return;
  if (message->text("nonce") != offer_->nonce) return;
  if (const auto refusal = message->text("refused")) {
    last_failure_ = "the server refused: " + *refusal;
    offer_.reset();  // there will be another
    return;
  }
  if (message->text("id") != device_id_ || message->number("gen") != offer_->generation) return;
  const auto index = message->number("i");
  const auto count = message->number("of");
  const auto digits = message->text("cert");
  if (!index || !count || !digits) return;
  const auto data = from_base64url(*digits);
  if (!data || !take_piece(*index, *count, *data)) return;
  if (offer_->came == offer_->expected) take_certificate(now);
}

// False if it does not go on where the last one ended; then the whole is asked for again.
bool MqttRenewal::take_piece(std::int64_t index, std::int64_t count, const Bytes& data) {
  if (count < 1 || count > kMaxPieces || data.empty() || data.size() > kPiece) return false;
  if (index == 0) {
    offer_->certificate.clear();
    offer_->came = 0;
    offer_->expected = count;
  }
  if (index != offer_->came || count != offer_->expected) return false;
  ++offer_->came;
  offer_->certificate.insert(offer_->certificate.end(), data.begin(), data.end());
  return true;
}

void MqttRenewal::take_certificate(Timestamp now) {
  const auto facts = read_certificate(offer_->certificate);
  if (!facts) return refuse("certificate", facts.error().message);
  if (const auto own = check_is_own(*facts, device_id_, *key_, now); !own) {
    const bool is_key = facts->public_key != key_->public_key();
    return refuse(is_key ? "key" : "certificate", own.error().message);
  }
  if (const auto kept = slots_->put_on_trial(certificate_to_pem(offer_->certificate)); !kept) {
    return refuse("storage", kept.error().message);
  }
  say("ack", R"({"nonce":")" + offer_->nonce + R"(","stored":true})");
  last_failure_.clear();
  offer_.reset();
}

void MqttRenewal::refuse(const char* code, std::string why) {
  say("nack", R"({"nonce":")" + offer_->nonce + R"(","code":")" + code + "\"}");
  last_failure_ = std::move(why);
  offer_.reset();
}

}  // namespace fastness::device
