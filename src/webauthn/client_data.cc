#include "webauthn/client_data.h"

#include <algorithm>
#include <utility>

#include "json/object_reader.h"

namespace fastness::webauthn {
namespace {

constexpr std::size_t kDeepest = 8;

Result<ClientData::Type> parse_type(const std::string& text) {
  if (text == "webauthn.create") return ClientData::Type::create;
  if (text == "webauthn.get") return ClientData::Type::get;
  return fail(Errc::invalid_argument, "client data of no ceremony");
}

Result<Challenge> parse_challenge(const std::string& text) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes bytes, from_base64url(text));
  Challenge challenge{};
  if (bytes.size() != challenge.size()) {
    return fail(Errc::invalid_argument, "a challenge of another length");
  }
  std::copy(bytes.begin(), bytes.end(), challenge.begin());
  return challenge;
}

// `topOrigin` is there only for frames of other origins.
Result<void> refuse_frames(const json::ObjectReader& in) {
  const auto crosses = in.optional("crossOrigin", &json::ObjectReader::boolean);
  if (!crosses) return json::as_error(crosses.error());
  if (crosses->value_or(false) || in.has("topOrigin")) {
    return fail(Errc::invalid_argument, "made in a frame of another page");
  }
  return {};
}

}  // namespace

Result<ClientData> ClientData::parse(ByteView untrusted_json) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document,
                            json::parse(as_text(untrusted_json), {kMostBytes, kDeepest}));
  const auto in = json::ObjectReader::of(document);
  if (!in) return json::as_error(in.error());
  const auto type = in->text("type");
  const auto challenge = in->text("challenge");
  const auto origin = in->text("origin", {1, kMostBytes});
  for (const auto* each : {&type, &challenge, &origin}) {
    if (!*each) return json::as_error(each->error());
  }
  FASTNESS_RETURN_IF_ERROR(refuse_frames(*in));
  ClientData data;
  FASTNESS_ASSIGN_OR_RETURN(data.type_, parse_type(*type));
  FASTNESS_ASSIGN_OR_RETURN(data.challenge_, parse_challenge(*challenge));
  data.origin_ = *origin;
  data.digest_ = crypto::sha256(untrusted_json);
  return data;
}

}  // namespace fastness::webauthn
