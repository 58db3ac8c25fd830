#include "throwaway_instance.h"

#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>

#include "client/credentials.h"
#include "crypto/public_key/pem.h"

namespace fastness::cli {
namespace {

using std::chrono::seconds;

constexpr seconds kPatience{30};

Result<std::filesystem::path> temporary_directory() {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  std::string name = ((error ? "/tmp" : base) / "fastness-drill-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return fail(Errc::unavailable, "cannot make a directory for the drill: " + name);
  }
  return std::filesystem::path(name);
}

}  // namespace

Result<std::unique_ptr<ThrowawayInstance>> ThrowawayInstance::start(const Clock& clock,
                                                                    const Meanwhile& meanwhile) {
  FASTNESS_ASSIGN_OR_RETURN(std::string programs, os::program_folder());
  FASTNESS_ASSIGN_OR_RETURN(std::filesystem::path directory, temporary_directory());
  std::unique_ptr<ThrowawayInstance> instance(
      new ThrowawayInstance(clock, std::move(directory), std::move(programs)));
  FASTNESS_RETURN_IF_ERROR(instance->make_vault(meanwhile));
  FASTNESS_RETURN_IF_ERROR(instance->serve(meanwhile));
  FASTNESS_RETURN_IF_ERROR(instance->make_owner(meanwhile));
  return instance;
}

ThrowawayInstance::~ThrowawayInstance() {
  server_.reset();
  std::error_code ignored;  // what is left is in the system's temporary directory
  std::filesystem::remove_all(directory_, ignored);
}

// The one way to an authority whose key anybody knows: an empty instance that is made with it.
Result<void> ThrowawayInstance::make_vault(const Meanwhile& meanwhile) {
  const std::filesystem::path key_file = directory_ / "authority.key";
  const crypto::SecretBytes key = authority_key_.to_pkcs8();
  FASTNESS_RETURN_IF_ERROR(
      client::write_private_file(key_file, crypto::to_pem(crypto::kPrivateKeyLabel, key.reveal())));
  const auto made = run("fastness-vault",
                        {"--directory", (directory_ / "vault").string(), "--initialise",
                         "--import-device-authority", key_file.string()},
                        meanwhile);
  std::filesystem::remove(key_file);
  FASTNESS_RETURN_IF_ERROR(made);
  return {};
}

Result<void> ThrowawayInstance::serve(const Meanwhile& meanwhile) {
  std::vector<std::string> arguments{"--data-dir", directory_.string()};
  for (const char* listener : {"https", "mqtts", "mqtts_secret", "mqtts_certificate"}) {
    arguments.insert(arguments.end(),
                     {"--set", "listen." + std::string(listener) + "=[\"127.0.0.1:0\"]"});
  }
  const std::filesystem::path log = directory_ / "drill.log";
  FASTNESS_ASSIGN_OR_RETURN(os::Process process, spawn("fastnessd", std::move(arguments), log));
  server_ = std::make_unique<os::Process>(std::move(process));
  const SteadyTime end = clock_.steady() + kPatience;
  while (!std::filesystem::exists(directory_ / "run" / "listeners.json")) {
    if (server_->ending() || clock_.steady() > end) {
      const auto why = client::read_text_file(log);
      return fail(Errc::unavailable,
                  "the drill's own instance did not start:\n" + (why ? *why : ""));
    }
    meanwhile();
  }
  return {};
}

Result<void> ThrowawayInstance::make_owner(const Meanwhile& meanwhile) {
  FASTNESS_ASSIGN_OR_RETURN(
      const std::string key,
      run("fastnessd",
          {"host", "init", "--data-dir", directory_.string(), "--organisation", "Drill", "--email",
           "drill@localhost", "--api-key", "--json"},
          meanwhile));
  const std::filesystem::path folder = directory_ / "demo";
  std::filesystem::create_directory(folder);
  FASTNESS_RETURN_IF_ERROR(client::write_private_file(folder / "credentials.json", key));
  FASTNESS_ASSIGN_OR_RETURN(local_, open_local(directory_));
  return {};
}

Result<void> ThrowawayInstance::order(std::vector<std::string> arguments,
                                      const Meanwhile& meanwhile) {
  arguments.insert(arguments.end(), {"--data-dir", directory_.string()});
  FASTNESS_RETURN_IF_ERROR(run("fastnessd", std::move(arguments), meanwhile));
  return {};
}

Result<os::Process> ThrowawayInstance::spawn(const std::string& program,
                                             std::vector<std::string> arguments,
                                             const std::filesystem::path& output) const {
  constexpr mode_t kOwnersAlone = 0600;
  const os::Descriptor file(
      ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnersAlone));
  if (!file.is_open()) return fail(Errc::unavailable, "cannot write " + output.string());
  return os::Process::spawn({programs_ + "/" + program,
                             std::move(arguments),
                             {},
                             {{file.number(), STDOUT_FILENO}, {file.number(), STDERR_FILENO}}});
}

Result<std::string> ThrowawayInstance::run(const std::string& program,
                                           std::vector<std::string> arguments,
                                           const Meanwhile& meanwhile) {
  const std::filesystem::path output = directory_ / "output";
  FASTNESS_ASSIGN_OR_RETURN(os::Process process, spawn(program, std::move(arguments), output));
  const SteadyTime end = clock_.steady() + kPatience;
  while (!process.ending() && clock_.steady() < end) meanwhile();
  FASTNESS_ASSIGN_OR_RETURN(std::string text, client::read_text_file(output));
  const auto ending = process.ending();
  if (!ending) return fail(Errc::unavailable, program + " does not end");
  if (!ending->is_success()) return fail(Errc::unavailable, program + ": " + text);
  return text;
}

}  // namespace fastness::cli
