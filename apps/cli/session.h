#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/connection/api.h"
#include "client/output.h"
#include "json/text_in.h"
#include "os/exit_status.h"

namespace fastness::cli {

using os::ExitStatus;

// What every command shares: how to print, and how to reach the server.
struct Session {
  client::OutputFormat format = client::OutputFormat::table;
  std::filesystem::path credentials_file;
  SystemClock clock;

  // What `fastness login` kept; `unauthenticated` if it kept nothing.
  [[nodiscard]] Result<client::Credentials> credentials() const;

  // As the API key that it kept.
  [[nodiscard]] Result<client::Api> api() const;

  // Prints to standard output in the format asked for.
  void print(const json::Value& value, std::span<const client::Column> columns) const;
  void print(const json::Value& value, std::initializer_list<client::Column> columns) const {
    print(value, std::span(columns.begin(), columns.size()));
  }
};

// What a chosen command does once the command line is read.
using Action = std::function<Result<ExitStatus>()>;

// The element of the list `target`'s member `list` whose id or name is `wanted`. `not_found`, or
// `already_exists` if several have that name.
[[nodiscard]] Result<json::Value> find_by_name(client::Api& api, const std::string& target,
                                               const std::string& list, const std::string& wanted);

// The same within a list at hand; also by `variable_name`.
[[nodiscard]] Result<json::Value> find_in(const json::Array& list, const std::string& what,
                                          const std::string& wanted);

// What was typed as a value: JSON if it reads as JSON, else a text. `as_text` keeps "12" a text.
enum class Typing { guess, as_text };
[[nodiscard]] json::Value parse_value(const std::string& typed, Typing typing);

}  // namespace fastness::cli
