#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "api/providers/identity_providers.h"
#include "base/clock.h"
#include "config/config.h"
#include "net/event_loop.h"
#include "oidc/flow/exchange.h"
#include "os/files/file_system.h"
#include "outside/correspondence.h"

namespace fastness::hub {

// The configured identity providers, asked from threads of their own: no loop waits for them, and
// mail that is stuck holds up no sign-in. Lives on the control thread; ends, and whatever is under
// way with it, after all who ask by it and before the correspondence.
class SignInProviders final : public api::IdentityProviders {
 public:
  // What is passed in must outlive it.
  struct Parts {
    const config::Config& config;
    os::FileSystem& files;
    Correspondence& correspondence;
    net::EventLoop& control;
    const Clock& clock;
  };

  // Null if none is configured; `invalid_argument` names the setting that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<SignInProviders>> create(const Parts& parts);
  SignInProviders(const SignInProviders&) = delete;
  SignInProviders& operator=(const SignInProviders&) = delete;
  ~SignInProviders() override;

  [[nodiscard]] const std::vector<Offered>& offered() const override { return offered_; }
  void begin(const oidc::Attempt& attempt,
             std::function<void(const Result<std::string>&)> done) override;
  void redeem(const oidc::Attempt& attempt, const oidc::Answer& answer,
              std::function<void(const Result<oidc::Identity>&)> done) override;
  void read_logout(const std::string& provider, std::string untrusted_token,
                   std::function<void(const Result<oidc::Logout>&)> done) override;

 private:
  SignInProviders(const Parts& parts, std::vector<oidc::Client> clients);

  // Runs `ask` elsewhere and brings what came of it back.
  template <typename T>
  void ask_elsewhere(std::function<Result<T>()> ask, std::function<void(const Result<T>&)> done);

  net::EventLoop& control_;
  outgoing::Sender& sender_;
  std::vector<Offered> offered_;
  oidc::Exchange exchange_;
  boost::asio::thread_pool pool_{2};  // last: ends before what it uses
};

}  // namespace fastness::hub
