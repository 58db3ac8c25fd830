#include "outside/sign_in_providers.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "oidc/provider/provider.h"

namespace fastness::hub {
namespace {

constexpr std::size_t kMaxSecretFile = 16U << 10U;

Result<oidc::Client> read_client(os::FileSystem& files, oidc::Provider provider) {
  const std::string path = provider.secret_file;
  const auto named = [&path](const Error& error) {
    return fail(Errc::invalid_argument,
                "sign_in.client_secret_files: " + path + ": " + error.message);
  };
  auto bytes = os::read_file(files, path, kMaxSecretFile);
  if (!bytes) return named(bytes.error());
  auto client = oidc::make_client(std::move(provider), crypto::SecretBytes::take(bytes.value()));
  if (!client) return named(client.error());
  return client;
}

std::vector<api::IdentityProviders::Offered> offers_of(const std::vector<oidc::Client>& clients) {
  std::vector<api::IdentityProviders::Offered> offered;
  offered.reserve(clients.size());
  for (const oidc::Client& each : clients) {
    offered.push_back({each.provider.id, each.provider.name, each.provider.issuer});
  }
  return offered;
}

oidc::Exchange::Fetch fetch_by(outgoing::Sender& sender) {
  return [&sender](const oidc::Request& request) {
    return sender.fetch({request.url, request.form, request.authorization});
  };
}

}  // namespace

SignInProviders::SignInProviders(const Parts& parts, std::vector<oidc::Client> clients)
    : control_(parts.control),
      sender_(*parts.correspondence.sender()),
      offered_(offers_of(clients)),
      exchange_(std::move(clients), fetch_by(sender_), parts.clock) {}

SignInProviders::~SignInProviders() {
  sender_.cancel();
  pool_.join();
}

Result<std::unique_ptr<SignInProviders>> SignInProviders::create(const Parts& parts) {
  const config::Config::SignIn& config = parts.config.sign_in;
  FASTNESS_ASSIGN_OR_RETURN(auto providers,
                            oidc::read_providers({config.providers, config.names, config.client_ids,
                                                  config.client_secret_files}));
  std::unique_ptr<SignInProviders> made;
  if (providers.empty()) return made;
  std::vector<oidc::Client> clients;
  for (oidc::Provider& each : providers) {
    FASTNESS_ASSIGN_OR_RETURN(oidc::Client client, read_client(parts.files, std::move(each)));
    clients.push_back(std::move(client));
  }
  made.reset(new SignInProviders(parts, std::move(clients)));
  return made;
}

template <typename T>
void SignInProviders::ask_elsewhere(std::function<Result<T>()> ask,
                                    std::function<void(const Result<T>&)> done) {
  boost::asio::post(pool_, [this, ask = std::move(ask), done = std::move(done)] {
    Result<T> said = ask();
    control_.post([done, said = std::move(said)] { done(said); });
  });
}

void SignInProviders::begin(const oidc::Attempt& attempt,
                            std::function<void(const Result<std::string>&)> done) {
  ask_elsewhere<std::string>([this, attempt] { return exchange_.begin(attempt); }, std::move(done));
}

void SignInProviders::redeem(const oidc::Attempt& attempt, const oidc::Answer& answer,
                             std::function<void(const Result<oidc::Identity>&)> done) {
  ask_elsewhere<oidc::Identity>(
      [this, attempt, answer] { return exchange_.redeem(attempt, answer); }, std::move(done));
}

void SignInProviders::read_logout(const std::string& provider, std::string untrusted_token,
                                  std::function<void(const Result<oidc::Logout>&)> done) {
  ask_elsewhere<oidc::Logout>(
      [this, provider, token = std::move(untrusted_token)] {
        return exchange_.read_logout(provider, token);
      },
      std::move(done));
}

}  // namespace fastness::hub
