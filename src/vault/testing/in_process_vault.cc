#include "vault/testing/in_process_vault.h"

#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <utility>

#include "os/files/file_system.h"
#include "vault/vault.h"
#include "vault_ipc/server.h"

namespace fastness::vault::testing {
namespace {

void must(const Result<void>& result) {
  if (result) return;
  std::cerr << "the test's vault: " << result.error().message << "\n";
  std::abort();
}

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

// When the connection is to end.
struct Ending {
  std::optional<std::size_t> requests_left;
  InProcessVault::LastRequest last = InProcessVault::LastRequest::lost;
  bool is_of_vault = false;  // which is started again; otherwise of the hub
  bool has_come = false;
  bool needs_restart = false;
};

class InProcessVault::State {
 public:
  State(const Clock& clock_, Random& random_, os::FileSystem* broken_files)
      : clock(clock_), random(random_), files(broken_files != nullptr ? *broken_files : own_files) {
    directory = broken_files != nullptr ? "/vault" : make_directory();
    if (broken_files != nullptr) must(files.create_directory(directory));
  }

  void open(std::optional<crypto::PrivateKey> imported) {
    vault = must(Vault::open({.files = files,
                              .directory = directory,
                              .clock = clock,
                              .random = random,
                              .imported_device_authority = std::move(imported)}));
  }

  const Clock& clock;
  Random& random;
  os::PosixFileSystem own_files;
  os::FileSystem& files;
  std::filesystem::path directory;
  std::unique_ptr<Vault> vault;
  std::shared_ptr<Ending> ending = std::make_shared<Ending>();  // of client's connection
  std::unique_ptr<vault_ipc::Client> client;
  vault_ipc::StartKeys start_keys;
};

namespace {

// Sends into the vault's ear and receives what it said.
class DirectChannel final : public vault_ipc::Channel {
 public:
  DirectChannel(std::unique_ptr<Vault>& vault, std::shared_ptr<Ending> ending)
      : vault_(vault), ending_(std::move(ending)) {}

  Result<void> send(ByteView message) override {
    if (is_closed_) return fail(Errc::unavailable, "the vault ended the connection");
    const bool ends_now = comes_to_its_end();
    if (ends_now && ending_->last == InProcessVault::LastRequest::lost) is_closed_ = true;
    std::string_view violation;
    if (vault_ && !is_closed_) {
      answer_ = vault_ipc::answer_message(*vault_, permissions_, message, violation);
    }
    if (!violation.empty() && !vault_->record_violation(violation)) std::abort();
    if (ends_now) answer_.reset();
    if (!answer_ || !violation.empty()) is_closed_ = true;
    return {};
  }

  Result<Bytes> receive() override {
    if (!answer_) return fail(Errc::unavailable, "the vault ended the connection");
    Bytes answer = std::move(*answer_);
    answer_.reset();
    return answer;
  }

  bool is_readable_within(std::chrono::milliseconds /*longest*/) override { return true; }

 private:
  bool comes_to_its_end() {
    if (!ending_->requests_left || is_closed_) return false;
    if (*ending_->requests_left > 0) {
      --*ending_->requests_left;
      return false;
    }
    ending_->has_come = true;
    ending_->needs_restart = ending_->is_of_vault;
    ending_->requests_left.reset();
    return true;
  }

  std::unique_ptr<Vault>& vault_;
  std::shared_ptr<Ending> ending_;  // shared with whoever sets it, and the connections after this
  vault_ipc::Permissions permissions_;
  std::optional<Bytes> answer_;
  bool is_closed_ = false;
};

// A first connection; after a vault's death one to the vault that is started in its place.
class DirectConnections final : public vault_ipc::Connections {
 public:
  DirectConnections(std::unique_ptr<Vault>& vault, std::shared_ptr<Ending> ending,
                    std::function<void()> restart)
      : vault_(vault), ending_(std::move(ending)), restart_(std::move(restart)) {}

  Result<std::unique_ptr<vault_ipc::Channel>> next(std::chrono::milliseconds /*longest*/) override {
    const bool needs_restart = std::exchange(ending_->needs_restart, false);
    if (needs_restart) restart_();
    if (!std::exchange(is_first_, false) && !needs_restart) {
      return fail(Errc::unavailable, "the vault is gone");
    }
    return std::unique_ptr<vault_ipc::Channel>(new DirectChannel(vault_, ending_));
  }

 private:
  std::unique_ptr<Vault>& vault_;
  std::shared_ptr<Ending> ending_;  // shared with whoever sets it
  std::function<void()> restart_;
  bool is_first_ = true;
};

}  // namespace

InProcessVault::InProcessVault(const Clock& clock, Random& random,
                               std::optional<crypto::PrivateKey> imported_device_authority)
    : state_(std::make_unique<State>(clock, random, nullptr)) {
  state_->open(std::move(imported_device_authority));
  reconnect();
}

InProcessVault::InProcessVault(const Clock& clock, Random& random, os::FileSystem& files)
    : state_(std::make_unique<State>(clock, random, &files)) {
  state_->open(std::nullopt);
  reconnect();
}

InProcessVault::~InProcessVault() {
  if (&state_->files != &state_->own_files) return;
  std::error_code ignored;
  std::filesystem::remove_all(state_->directory, ignored);
}

std::unique_ptr<vault_ipc::Client> InProcessVault::connect() {
  return std::make_unique<vault_ipc::Client>(
      vault_ipc::only_connection(
          std::make_unique<DirectChannel>(state_->vault, std::make_shared<Ending>())),
      state_->clock);
}

void InProcessVault::reconnect() {
  state_->ending = std::make_shared<Ending>();
  state_->client = std::make_unique<vault_ipc::Client>(
      std::make_unique<DirectConnections>(state_->vault, state_->ending, [this] { restart(); }),
      state_->clock);
  state_->start_keys = must(state_->client->take_start_keys());
}

void InProcessVault::cut_after(std::size_t requests, LastRequest last) {
  *state_->ending = {requests, last};
}

void InProcessVault::die_after(std::size_t requests, LastRequest last) {
  *state_->ending = {requests, last, /*is_of_vault=*/true};
}

bool InProcessVault::has_ended() const {
  return state_->ending->has_come;
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
