#include "oidc/provider/discovery.h"

#include <algorithm>
#include <optional>

#include "json/object_reader.h"
#include "oidc/provider/provider.h"

namespace fastness::oidc {
namespace {

Unexpected<Error> wrong_document(const char* what) {
  return fail(Errc::invalid_argument, std::string("the provider's document ") + what);
}

// Nothing if the document does not say.
std::optional<bool> lists(const json::ObjectReader& in, std::string_view name,
                          std::string_view wanted) {
  const auto list = in.array(name);
  if (!list) return std::nullopt;
  return std::ranges::any_of(**list, [wanted](const json::Value& each) {
    const auto* text = each.get<std::string>();
    return text != nullptr && *text == wanted;
  });
}

Result<std::string> read_endpoint(const json::ObjectReader& in, std::string_view name) {
  auto text = in.text(name);
  if (!text) return wrong_document("lacks an address");
  if (!is_endpoint(*text)) return wrong_document("has an address that is none");
  return std::move(text).value();
}

}  // namespace

std::string Discovery::address_of(const std::string& issuer) {
  const std::string_view slash = issuer.ends_with('/') ? "" : "/";
  return issuer + std::string(slash) + ".well-known/openid-configuration";
}

Result<Discovery> Discovery::parse(std::string_view untrusted_json, const std::string& issuer) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, json::parse(untrusted_json));
  const auto in = json::ObjectReader::of(document);
  if (!in) return wrong_document("is no object");
  const auto named = in->text("issuer");
  if (!named || *named != issuer) return wrong_document("is of another issuer");
  Discovery made;
  FASTNESS_ASSIGN_OR_RETURN(made.authorization_endpoint,
                            read_endpoint(*in, "authorization_endpoint"));
  FASTNESS_ASSIGN_OR_RETURN(made.token_endpoint, read_endpoint(*in, "token_endpoint"));
  FASTNESS_ASSIGN_OR_RETURN(made.key_set, read_endpoint(*in, "jwks_uri"));
  const auto promises =
      in->optional("authorization_response_iss_parameter_supported", &json::ObjectReader::boolean);
  made.promises_issuer = promises && promises->value_or(false);
  if (!lists(*in, "response_types_supported", "code").value_or(false)) {
    return wrong_document("offers no code flow");
  }
  if (!lists(*in, "code_challenge_methods_supported", "S256").value_or(true)) {
    return wrong_document("offers PKCE without S256");
  }
  constexpr std::string_view kMethods = "token_endpoint_auth_methods_supported";
  if (!lists(*in, kMethods, "client_secret_basic").value_or(true)) {
    if (!lists(*in, kMethods, "client_secret_post").value_or(false)) {
      return wrong_document("takes no client secret");
    }
    made.client_authentication = ClientAuthentication::in_form;
  }
  return made;
}

}  // namespace fastness::oidc
