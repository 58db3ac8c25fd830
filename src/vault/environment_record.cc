#include "vault/environment_record.h"

#include <string>

namespace fastness::vault {
namespace {

constexpr char kEnvironmentFile[] = "environment";

}  // namespace

Result<Environment> read_environment(const SealedFiles& records) {
  const auto stored = records.read(kEnvironmentFile);
  if (!stored && stored.error().code == Errc::not_found) return Environment::production;
  if (!stored) return Unexpected<Error>{stored.error()};
  ByteReader in(stored->reveal());
  const auto environment = environment_of(in.u8());
  FASTNESS_RETURN_IF_ERROR(in.finish("the environment"));
  if (!environment) return fail(Errc::corrupted, "the environment is none that this release knows");
  return *environment;
}

Result<void> write_environment(const SealedFiles& records, Environment environment) {
  Bytes encoded;
  ByteWriter(encoded).u8(static_cast<std::uint8_t>(environment));
  return records.write(kEnvironmentFile, encoded);
}

Result<Environment> settle_environment(const SealedFiles& records, std::optional<Environment> said,
                                       Instance instance) {
  if (instance == Instance::is_being_made) {
    const Environment environment = said.value_or(Environment::production);
    FASTNESS_RETURN_IF_ERROR(write_environment(records, environment));
    return environment;
  }
  FASTNESS_ASSIGN_OR_RETURN(const Environment environment, read_environment(records));
  if (said.value_or(environment) == environment) return environment;
  return fail(Errc::permission_denied, "this is an instance for " +
                                           std::string(to_text(environment)) + ", not for " +
                                           std::string(to_text(*said)) +
                                           ", and stays one: set instance.environment to what it "
                                           "is, or make another instance");
}

}  // namespace fastness::vault
