// The only file that knows spdlog.
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "telemetry/log.h"

namespace fastness::telemetry {

namespace {

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)";

class StderrSink final : public LogSink {
 public:
  explicit StderrSink(LogFormat format)
      : format_(format), logger_("stderr", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(spdlog::level::trace);
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        format == LogFormat::text ? kTextPattern : kJsonPattern, spdlog::pattern_time_type::utc));
    // A full disk or a closed terminal must not stop the server, nor make it log about logging.
    logger_.set_error_handler([](const std::string&) {});
  }

  void write(const LogRecord& record) override {
    // The line is an argument, not a format: braces in it mean nothing.
    logger_.log(spdlog::level::info,
                spdlog::string_view_t(format_ == LogFormat::text ? render_text(record)
                                                                 : render_json(record)));
  }

 private:
  LogFormat format_;
  spdlog::logger logger_;
};

}  // namespace

Log Log::to_stderr(LogFormat format, LogLevel least, std::string_view name) {
  return {std::make_shared<StderrSink>(format), least, name};
}

}  // namespace fastness::telemetry
