#include "stopped_instance.h"

namespace fastness {

using supervisor::InstanceDirectory;

Result<InstanceDirectory> hold_stopped_instance(const config::Config& config,
                                                const std::optional<config::ChildUsers>& users) {
  return InstanceDirectory::open_existing(
      config.data.dir, users, {Errc::already_exists, "the instance is running: stop it for this"});
}

telemetry::Log log_of_host(const config::Config& config) {
  return telemetry::Log::to_stderr(config.log.format, telemetry::LogLevel::warning, "host");
}

}  // namespace fastness
