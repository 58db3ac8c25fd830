#include "device/est_renewal.h"

#include <algorithm>
#include <charconv>

#include "base/ids/uuid.h"
#include "device/certificates.h"
#include "device/flat_json.h"

namespace fastness::device {
namespace {

using std::chrono::seconds;

constexpr int kOk = 200;
constexpr std::size_t kMaxSentence = 200;

// The first line of a refusal, for a log: printable ASCII only.
std::string sentence_in(const HttpsResponse& response) {
  std::string line = response.body.substr(0, std::min(response.body.find('\n'), kMaxSentence));
  std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
  return line.empty() ? "the server said " + std::to_string(response.status) : line;
}

Result<void> check_is_ok(const HttpsResponse& response) {
  if (response.status == kOk) return {};
  const bool is_later = response.status == 429 || response.status >= 500;
  return fail(is_later ? Errc::unavailable : Errc::permission_denied, sentence_in(response));
}

// Digits at a place, as a number; nothing if they are not all digits.
std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int number = 0;
  const char* end = text.data() + at + count;
  const auto [after, error] = std::from_chars(text.data() + at, end, number);
  return error == std::errc() && after == end && number >= 0 ? std::optional(number) : std::nullopt;
}

// RFC 3339 in UTC; parts of a second are of no use here.
Result<Timestamp> time_in(const std::optional<std::string>& text) {
  const auto none = [] { return fail(Errc::corrupted, "the server gave no window"); };
  if (!text || !text->ends_with('Z') || text->size() < 20) return none();
  const auto year = digits_at(*text, 0, 4);
  const auto month = digits_at(*text, 5, 2);
  const auto day = digits_at(*text, 8, 2);
  const auto hour = digits_at(*text, 11, 2);
  const auto minute = digits_at(*text, 14, 2);
  const auto second = digits_at(*text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return none();
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return none();
  return Timestamp(std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                   std::chrono::minutes(*minute) + seconds(*second));
}

// What the old key signs: that this device goes on with that key.
Result<Bytes> continuity_statement(std::string_view device_id, const KeyHolder& next) {
  const auto id = Uuid::parse(device_id);
  if (!id) return fail(Errc::invalid_argument, "the device's id is none");
  constexpr std::string_view kLine = "fastness device key continuity v1\n";
  Bytes statement = to_bytes(as_bytes(kLine));
  const Bytes bytes = to_bytes(id->bytes());
  statement.insert(statement.end(), bytes.begin(), bytes.end());
  const auto digest = digest_of(next.public_key());
  statement.insert(statement.end(), digest.begin(), digest.end());
  return statement;
}

}  // namespace

Result<Bytes> find_or_make_request(CredentialSlots& slots, const KeyHolder& key,
                                   std::string_view device_id) {
  auto kept = slots.request();
  if (kept && is_request_of(*kept, key, device_id)) return std::move(*kept);
  FASTNESS_ASSIGN_OR_RETURN(Bytes made, build_request(key, device_id));
  FASTNESS_RETURN_IF_ERROR(slots.keep_request(made));
  return made;
}

HttpsRequest EstRenewal::ask_for_window() {
  return {"GET", "/.well-known/est/renewal-info", {}, ""};
}

Result<Timestamp> EstRenewal::hear_window(const HttpsResponse& untrusted) const {
  FASTNESS_RETURN_IF_ERROR(check_is_ok(untrusted));
  FASTNESS_ASSIGN_OR_RETURN(const FlatJson answer, FlatJson::parse(untrusted.body));
  FASTNESS_ASSIGN_OR_RETURN(const Timestamp start, time_in(answer.text("suggestedWindow.start")));
  FASTNESS_ASSIGN_OR_RETURN(const Timestamp end, time_in(answer.text("suggestedWindow.end")));
  if (end < start) return fail(Errc::corrupted, "the server gave a window that ends first");
  const auto length = std::chrono::floor<seconds>(end - start).count();
  return start + seconds(part_of(slots_.present(), length));
}

Result<HttpsRequest> EstRenewal::ask() {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes der, find_or_make_request(slots_, key_, device_id_));
  return HttpsRequest{"POST",
                      "/.well-known/est/simplereenroll",
                      {{"Content-Type", "application/pkcs10"}},
                      to_base64(der)};
}

Result<HttpsRequest> EstRenewal::ask_for(const KeyHolder& next) {
  if (next.public_key() == key_.public_key()) {
    return fail(Errc::invalid_argument, "that is the key which the device has");
  }
  FASTNESS_ASSIGN_OR_RETURN(const Bytes statement, continuity_statement(device_id_, next));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes signature, key_.sign(statement));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes der, find_or_make_request(slots_, next, device_id_));
  return HttpsRequest{"POST",
                      "/.well-known/est/simplereenroll",
                      {{"Content-Type", "application/pkcs10"},
                       {"Fastness-Old-Key-Signature", to_base64(signature)}},
                      to_base64(der)};
}

Result<void> EstRenewal::hear(const HttpsResponse& untrusted, Timestamp now) {
  return take(key_, untrusted, now);
}

Result<void> EstRenewal::hear_for(const KeyHolder& next, const HttpsResponse& untrusted,
                                  Timestamp now) {
  return take(next, untrusted, now);
}

Result<void> EstRenewal::take(const KeyHolder& key, const HttpsResponse& untrusted, Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(check_is_ok(untrusted));
  std::string digits = untrusted.body;
  std::erase_if(digits, [](char c) { return c == '\r' || c == '\n'; });
  FASTNESS_ASSIGN_OR_RETURN(const Bytes message, from_base64(digits));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes der, only_certificate_in(message));
  FASTNESS_ASSIGN_OR_RETURN(const CertificateFacts facts, read_certificate(der));
  FASTNESS_RETURN_IF_ERROR(check_is_own(facts, device_id_, key, now));
  return slots_.put_on_trial(certificate_to_pem(der));
}

}  // namespace fastness::device
