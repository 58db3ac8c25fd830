#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "telemetry/log.h"

namespace fastness::telemetry::testing {

// Keeps every line, so that a test can ask what was said, and what was not. Thread-safe.
class CapturedLog {
 public:
  CapturedLog() : sink_(std::make_shared<Sink>()) {}

  [[nodiscard]] Log log() const { return {sink_, LogLevel::debug, "test"}; }

  // As text lines, in the order they were written.
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(sink_->mutex);
    return sink_->lines;
  }

  // Whether some line has `text` in it.
  [[nodiscard]] bool contains(std::string_view text) const {
    for (const std::string& line : lines()) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  struct Sink final : LogSink {
    void write(const LogRecord& record) override {
      const std::lock_guard lock(mutex);
      lines.push_back(render_text(record));
    }
    std::mutex mutex;
    std::vector<std::string> lines;
  };

  std::shared_ptr<Sink> sink_;  // shared with the handles that were given out
};

}  // namespace fastness::telemetry::testing
