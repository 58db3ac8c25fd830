#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oidc/flow/attempt.h"
#include "oidc/flow/exchange.h"

namespace fastness::api {

// The identity providers that the owner of the host has configured. Asking them takes its time, and
// is done elsewhere. Control thread.
class IdentityProviders {
 public:
  virtual ~IdentityProviders() = default;

  struct Offered {
    std::string id;
    std::string name;    // on its button
    std::string issuer;  // by which what is linked is known again
  };
  [[nodiscard]] virtual const std::vector<Offered>& offered() const = 0;

  // As oidc::Exchange; `done` is called once, on the control thread, now or later.
  virtual void begin(const oidc::Attempt& attempt,
                     std::function<void(const Result<std::string>& url)> done) = 0;
  virtual void redeem(const oidc::Attempt& attempt, const oidc::Answer& answer,
                      std::function<void(const Result<oidc::Identity>&)> done) = 0;
  virtual void read_logout(const std::string& provider, std::string untrusted_token,
                           std::function<void(const Result<oidc::Logout>&)> done) = 0;
};

}  // namespace fastness::api
