#include "vault/testing/in_process_vault.h"

#include <cstdlib>
#include <iostream>
#include <string>

#include "os/files/file_system.h"
#include "vault/vault.h"
#include "vault_ipc/server.h"

namespace fastness::vault::testing {
namespace {

template <typename T>
T must(Result<T> result) {
  if (!result) {
    std::cerr << "the test's vault: " << result.error().message << "\n";
    std::abort();
  }
  return std::move(result).value();
}

std::filesystem::path make_directory() {
  std::string path = (std::filesystem::temp_directory_path() / "vault-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) std::abort();
  return path;
}

}  // namespace

class InProcessVault::State {
 public:
  State(const Clock& clock_, Random& random_) : clock(clock_), random(random_) {}

  void open(std::optional<crypto::PrivateKey> imported) {
    vault = must(Vault::open({.files = files,
                              .directory = directory,
                              .clock = clock,
                              .random = random,
                              .imported_device_authority = std::move(imported)}));
  }

  const Clock& clock;
  Random& random;
  os::PosixFileSystem files;
  std::filesystem::path directory = make_directory();
  std::unique_ptr<Vault> vault;
  std::unique_ptr<vault_ipc::Client> client;
  vault_ipc::StartKeys start_keys;
};

namespace {

// Sends into the vault's ear and receives what it said.
class DirectChannel final : public vault_ipc::Channel {
 public:
  explicit DirectChannel(std::unique_ptr<Vault>& vault) : vault_(vault) {}

  Result<void> send(ByteView message) override {
    std::string_view violation;
    if (vault_ && !is_closed_) {
      answer_ = vault_ipc::answer_message(*vault_, permissions_, message, violation);
    }
    if (!answer_) is_closed_ = true;
    return {};
  }

  Result<Bytes> receive() override {
    if (!answer_) return fail(Errc::unavailable, "the vault ended the connection");
    Bytes answer = std::move(*answer_);
    answer_.reset();
    return answer;
  }

 private:
  std::unique_ptr<Vault>& vault_;
  vault_ipc::Permissions permissions_;
  std::optional<Bytes> answer_;
  bool is_closed_ = false;
};

}  // namespace

InProcessVault::InProcessVault(const Clock& clock, Random& random,
                               std::optional<crypto::PrivateKey> imported_device_authority)
    : state_(std::make_unique<State>(clock, random)) {
  state_->open(std::move(imported_device_authority));
  state_->client = connect();
  state_->start_keys = must(state_->client->take_start_keys());
}

InProcessVault::~InProcessVault() {
  std::error_code ignored;
  std::filesystem::remove_all(state_->directory, ignored);
}

std::unique_ptr<vault_ipc::Client> InProcessVault::connect() {
  return std::make_unique<vault_ipc::Client>(std::make_unique<DirectChannel>(state_->vault));
}

vault_ipc::Client& InProcessVault::client() {
  return *state_->client;
}
const vault_ipc::StartKeys& InProcessVault::start_keys() const {
  return state_->start_keys;
}
const std::filesystem::path& InProcessVault::directory() const {
  return state_->directory;
}

void InProcessVault::restart() {
  state_->vault.reset();
  state_->open(std::nullopt);
}

void InProcessVault::disconnect() {
  state_->vault.reset();
}

}  // namespace fastness::vault::testing
