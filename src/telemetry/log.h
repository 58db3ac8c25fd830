// The one way to say something to the person who runs this program.
//
//   const Log log = root.named("gateway");
//   log.info("device_connected", {{"device", id.value().to_text()}, {"tls", "1.3"}});
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace fastness::telemetry {

// error = wake someone, warning = look tomorrow, info = life cycle, debug = while hunting a bug.
enum class LogLevel { debug, info, warning, error };

enum class LogFormat { text, json };

[[nodiscard]] std::string_view to_text(LogLevel level);

// One key=value of a line. Never a secret: types that hold one convert to nothing here.
// Views: alive for the logging call only.
struct Field {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  Field(std::string_view key_, std::string_view text) : key(key_), value(text) {}
  Field(std::string_view key_, const std::string& text)
      : key(key_), value(std::string_view(text)) {}
  Field(std::string_view key_, const char* text) : key(key_), value(std::string_view(text)) {}
  Field(std::string_view key_, bool flag) : key(key_), value(flag) {}
  Field(std::string_view key_, std::floating_point auto number)
      : key(key_), value(static_cast<double>(number)) {}
  Field(std::string_view key_, std::signed_integral auto number)
      : key(key_), value(static_cast<std::int64_t>(number)) {}
  Field(std::string_view key_, std::unsigned_integral auto number)
      : key(key_), value(static_cast<std::uint64_t>(number)) {}

  std::string_view key;
  Value value;
};

// One event on its way out. Views: alive for the call only.
struct LogRecord {
  LogLevel level;
  std::string_view logger;
  std::string_view event;
  std::span<const Field> fields;
};

// Where records go. `write` is called from any thread and must not throw.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const LogRecord& record) = 0;
};

// A handle to a sink under a component's name. Cheap to copy; thread-safe. The sink is shared
// because every component keeps its own handle and none of them outlives main's wiring in order.
class Log {
 public:
  // Lines on standard error, each written whole. Control characters, bytes that are not UTF-8 and
  // line separators are escaped, so that no peer can forge a line or drive a terminal.
  [[nodiscard]] static Log to_stderr(LogFormat format, LogLevel least, std::string_view name);

  // Says nothing; for tests of things that log.
  [[nodiscard]] static Log discard();

  Log(std::shared_ptr<LogSink> sink, LogLevel least, std::string_view name);

  // The same sink and level under another name.
  [[nodiscard]] Log named(std::string_view name) const;

  // `event` is a constant in snake_case: it is what people search for.
  void debug(std::string_view event, std::initializer_list<Field> fields = {}) const;
  void info(std::string_view event, std::initializer_list<Field> fields = {}) const;
  void warning(std::string_view event, std::initializer_list<Field> fields = {}) const;
  void error(std::string_view event, std::initializer_list<Field> fields = {}) const;

  [[nodiscard]] bool is_enabled(LogLevel level) const { return sink_ && level >= least_; }

 private:
  void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) const;

  std::shared_ptr<LogSink> sink_;
  LogLevel least_;
  std::string name_;
};

// What a line looks like, without its time: `level=info logger=gateway event=started port=8883`,
// or the members of a JSON object without the brace that opens it.
[[nodiscard]] std::string render_text(const LogRecord& record);
[[nodiscard]] std::string render_json(const LogRecord& record);

}  // namespace fastness::telemetry
