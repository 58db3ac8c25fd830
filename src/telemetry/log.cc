#include "telemetry/log.h"

#include <utility>

namespace fastness::telemetry {

std::string_view to_text(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

Log::Log(std::shared_ptr<LogSink> sink, LogLevel least, std::string_view name)
    : sink_(std::move(sink)), least_(least), name_(name) {}

Log Log::discard() {
  return {nullptr, LogLevel::error, "discard"};
}

Log Log::named(std::string_view name) const {
  return {sink_, least_, name};
}

void Log::debug(std::string_view event, std::initializer_list<Field> fields) const {
  write(LogLevel::debug, event, fields);
}
void Log::info(std::string_view event, std::initializer_list<Field> fields) const {
  write(LogLevel::info, event, fields);
}
void Log::warning(std::string_view event, std::initializer_list<Field> fields) const {
  write(LogLevel::warning, event, fields);
}
void Log::error(std::string_view event, std::initializer_list<Field> fields) const {
  write(LogLevel::error, event, fields);
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) const {
  if (!is_enabled(level)) return;
  sink_->write({level, name_, event, {fields.begin(), fields.size()}});
}

}  // namespace fastness::telemetry
