// What the /iot routes share: bodies that clients send with any content type, and filters.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/access/policy.h"
#include "api/parts.h"
#include "json/object_reader.h"
#include "things/devices.h"
#include "things/things.h"

namespace fastness::api::iot {

// The body as JSON, whatever it claims to be.
[[nodiscard]] Result<json::Value, Problem> read_body(const Call& call);

// A body that must be an object, with a reader on it. Not copyable: the reader looks at `document`.
class Body {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Body>, Problem> read(const Call& call);

  [[nodiscard]] const json::ObjectReader& fields() const { return *fields_; }

  // Text of at most `max` bytes; nothing if absent or null.
  [[nodiscard]] Result<std::optional<std::string>, Problem> text(std::string_view name,
                                                                 std::size_t max) const;
  [[nodiscard]] Result<std::optional<bool>, Problem> boolean(std::string_view name) const;
  [[nodiscard]] Result<std::optional<double>, Problem> number(std::string_view name) const;
  [[nodiscard]] Result<std::optional<Uuid>, Problem> uuid(std::string_view name) const;

 private:
  explicit Body(json::Value document) : document_(std::move(document)) {}

  json::Value document_;
  std::optional<json::ObjectReader> fields_;
};

// The property that a path names by `{id}` and `{pid}`.
[[nodiscard]] Result<const things::Property*, Problem> find_property(
    const Parts& parts, const Call& call, things::Deleted deleted = things::Deleted::hidden);

// `name=true` in the query.
[[nodiscard]] bool flag(const Call& call, std::string_view name);
[[nodiscard]] things::Deleted deleted(const Call& call);  // show_deleted
[[nodiscard]] things::Removal removal(const Call& call);  // force

// `[{"key","value"},...]` of a body's field; nothing if it is absent.
[[nodiscard]] Result<std::optional<things::Tags>, Problem> tag_list(const json::ObjectReader& body,
                                                                    std::string_view name);

}  // namespace fastness::api::iot
