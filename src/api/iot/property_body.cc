#include "api/iot/property_body.h"

#include <string>
#include <utility>

#include "things/model/property_type.h"

namespace fastness::api::iot {
namespace {

using http::Status;
using json::ObjectReader;

// `text` is one of two words, of which `second` means `second_value`.
template <typename T>
Result<std::optional<T>, Problem> word(const ObjectReader& in, std::string_view name,
                                       std::pair<std::string_view, T> first,
                                       std::pair<std::string_view, T> second) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto text, in.optional(name, &ObjectReader::text, {}));
  if (!text) return std::optional<T>();
  if (*text == first.first) return std::optional<T>(first.second);
  if (*text == second.first) return std::optional<T>(second.second);
  return refuse(Status::bad_request,
                "must be " + std::string(first.first) + " or " + std::string(second.first),
                in.path(name));
}

Result<void, Problem> read_type(const ObjectReader& in, things::PropertyChanges& changes) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto name, in.optional("type", &ObjectReader::text, {}));
  if (!name) return {};
  changes.type = things::find_property_type(*name);
  if (*changes.type == nullptr) {
    return refuse(Status::bad_request, "names no property type", in.path("type"));
  }
  return {};
}

}  // namespace

Result<things::PropertyChanges, Problem> read_property(const ObjectReader& in) {
  using things::Permission;
  using things::UpdateStrategy;
  things::PropertyChanges changes;
  FASTNESS_ASSIGN_OR_REFUSE(changes.name, in.optional("name", &ObjectReader::text, {.max = 64}));
  FASTNESS_ASSIGN_OR_REFUSE(changes.variable_name,
                            in.optional("variable_name", &ObjectReader::text, {.max = 64}));
  if (auto type = read_type(in, changes); !type) return propagate(std::move(type));
  FASTNESS_ASSIGN_OR_REFUSE(changes.permission,
                            word<Permission>(in, "permission", {"READ_ONLY", Permission::read_only},
                                             {"READ_WRITE", Permission::read_write}));
  FASTNESS_ASSIGN_OR_REFUSE(
      changes.update_strategy,
      word<UpdateStrategy>(in, "update_strategy", {"ON_CHANGE", UpdateStrategy::on_change},
                           {"TIMED", UpdateStrategy::timed}));
  FASTNESS_ASSIGN_OR_REFUSE(changes.update_parameter,
                            in.optional("update_parameter", &ObjectReader::number));
  FASTNESS_ASSIGN_OR_REFUSE(const auto minimum, in.optional("min_value", &ObjectReader::number));
  FASTNESS_ASSIGN_OR_REFUSE(const auto maximum, in.optional("max_value", &ObjectReader::number));
  FASTNESS_ASSIGN_OR_REFUSE(changes.persist, in.optional("persist", &ObjectReader::boolean));
  FASTNESS_ASSIGN_OR_REFUSE(const auto wire_id, in.optional("tag", &ObjectReader::integer));
  if (minimum) changes.min_value = minimum;
  if (maximum) changes.max_value = maximum;
  // Zero is how a typed client says that there is none.
  if (wire_id && *wire_id != 0) changes.wire_id = wire_id;
  return changes;
}

Result<things::PropertyDraft, Problem> read_new_property(const ObjectReader& in) {
  for (const char* name : {"name", "permission", "type", "update_strategy"}) {
    if (!in.has(name)) return refuse(Status::bad_request, "is missing", in.path(name));
  }
  FASTNESS_ASSIGN_OR_REFUSE(things::PropertyChanges changes, read_property(in));
  things::PropertyDraft draft;
  draft.name = std::move(changes.name).value_or("");
  draft.variable_name = std::move(changes.variable_name).value_or("");
  if (!changes.type || !changes.permission || !changes.update_strategy) {
    return refuse(Status::bad_request, "must not be null", in.path("type"));
  }
  draft.type = *changes.type;
  draft.permission = *changes.permission;
  draft.update_strategy = *changes.update_strategy;
  draft.update_parameter = changes.update_parameter.value_or(0);
  draft.min_value = changes.min_value.value_or(std::nullopt);
  draft.max_value = changes.max_value.value_or(std::nullopt);
  draft.persist = changes.persist.value_or(true);
  draft.wire_id = changes.wire_id.value_or(std::nullopt);
  return draft;
}

}  // namespace fastness::api::iot
