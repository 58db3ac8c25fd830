// What is asked of a provider, as addresses and forms.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"
#include "oidc/flow/attempt.h"
#include "oidc/provider/discovery.h"
#include "oidc/provider/provider.h"

namespace fastness::oidc {

// One request of this server's to a provider. All but `url` may be secret.
struct Request {
  std::string url;
  std::string form = {};           // POSTed; a GET without it
  std::string authorization = {};  // the field of that name
};

// Name and value, escaped as application/x-www-form-urlencoded and joined.
using Fields = std::vector<std::pair<std::string_view, std::string>>;
[[nodiscard]] std::string encode_form(const Fields& fields);

// Where the person's browser is sent. Nothing secret is in it; nothing but who they are is asked
// for.
[[nodiscard]] std::string authorization_url(const Provider& provider, const Discovery& discovery,
                                            const Attempt& attempt);

// The code for a token. `secret` is the client secret.
[[nodiscard]] Request token_request(const Provider& provider, const Discovery& discovery,
                                    const Attempt& attempt, const Answer& answer,
                                    std::string_view secret);

// The member of a token answer; `invalid_argument` without it.
[[nodiscard]] Result<std::string> read_token_answer(std::string_view untrusted_json,
                                                    std::string_view member);

// A client secret of Apple's: a JWT that says for five minutes who this is, signed by the key of
// the owner's team.
[[nodiscard]] std::string apple_client_secret(const Provider& provider,
                                              const crypto::PrivateKey& key, Timestamp now);

// GitHub publishes no document of itself. What is asked of it, and who it says that somebody is:
// the number of the account, which stays when it is renamed.
[[nodiscard]] Discovery github_endpoints();
[[nodiscard]] Request github_user_request(const std::string& access_token);
[[nodiscard]] Result<std::string> read_github_user(std::string_view untrusted_json);

}  // namespace fastness::oidc
