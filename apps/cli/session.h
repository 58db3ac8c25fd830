#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "client/api.h"
#include "client/output.h"

namespace fastness::cli {

// What a script can rely on; docs/cli.md.
enum class ExitStatus : int {
  success = 0,
  failure = 1,
  usage = 2,
  not_found = 3,
  not_permitted = 4,
  conflict = 5,
  unavailable = 6,
  partly_done = 7,
};

[[nodiscard]] ExitStatus exit_status_for(Errc code);

// What every command shares: how to print, and how to reach the server.
struct Session {
  client::OutputFormat format = client::OutputFormat::table;
  std::filesystem::path credentials_file;
  SystemClock clock;

  // As the API key that `fastness login` kept.
  [[nodiscard]] Result<client::Api> api() const;

  // Prints to standard output in the format asked for.
  void print(const json::Value& value, const std::vector<client::Column>& columns) const;
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

// A text member of an object that the server sent; empty if there is none.
[[nodiscard]] std::string text_in(const json::Value& object, std::string_view name);

// What was typed as a value: JSON if it reads as JSON, else a text. `as_text` keeps "12" a text.
enum class Typing { guess, as_text };
[[nodiscard]] json::Value parse_value(const std::string& typed, Typing typing);

}  // namespace fastness::cli
