#include "api/iot/request.h"

#include <memory>
#include <utility>

namespace fastness::api::iot {
namespace {

using http::Status;

template <typename T>
Result<T, Problem> to_answer(json::FieldResult<T>&& result) {
  if (!result) return refuse(result);
  return std::move(result).value();
}

}  // namespace

Result<json::Value, Problem> read_body(const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(json::Value document, json::parse(call.request.body));
  return document;
}

Result<std::unique_ptr<Body>, Problem> Body::read(const Call& call) {
  auto document = read_body(call);
  if (!document) return propagate(std::move(document));
  std::unique_ptr<Body> body(new Body(std::move(document).value()));
  FASTNESS_ASSIGN_OR_REFUSE(const auto fields, json::ObjectReader::of(body->document_));
  body->fields_.emplace(fields);
  return body;
}

Result<std::optional<std::string>, Problem> Body::text(std::string_view name,
                                                       std::size_t max) const {
  return to_answer(fields_->optional(name, &json::ObjectReader::text, {.max = max}));
}

Result<std::optional<bool>, Problem> Body::boolean(std::string_view name) const {
  return to_answer(fields_->optional(name, &json::ObjectReader::boolean));
}

Result<std::optional<double>, Problem> Body::number(std::string_view name) const {
  return to_answer(fields_->optional(name, &json::ObjectReader::number));
}

Result<std::optional<Uuid>, Problem> Body::uuid(std::string_view name) const {
  return to_answer(fields_->optional(name, &json::ObjectReader::uuid));
}

Result<const things::Property*, Problem> find_property(const Parts& parts, const Call& call,
                                                       things::Deleted deleted) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto thing, call.id<ThingId>("id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PropertyId>("pid"));
  const auto* property = parts.things.find_property(call.caller.organisation, thing, id, deleted);
  if (property == nullptr) return refuse(Status::not_found, {});
  return property;
}

bool flag(const Call& call, std::string_view name) {
  return call.request.query.find(name) == std::string_view("true");
}

things::Deleted deleted(const Call& call) {
  return flag(call, "show_deleted") ? things::Deleted::shown : things::Deleted::hidden;
}

things::Removal removal(const Call& call) {
  return flag(call, "force") ? things::Removal::forced : things::Removal::soft;
}

Result<std::optional<things::Tags>, Problem> tag_list(const json::ObjectReader& body,
                                                      std::string_view name) {
  if (!body.has(name) || body.is_null(name)) return std::optional<things::Tags>();
  FASTNESS_ASSIGN_OR_REFUSE(const json::Array* list, body.array(name));
  things::Tags tags;
  for (const json::Value& each : *list) {
    FASTNESS_ASSIGN_OR_REFUSE(const auto tag, json::ObjectReader::of(each, body.path(name)));
    FASTNESS_ASSIGN_OR_REFUSE(std::string key, tag.text("key"));
    FASTNESS_ASSIGN_OR_REFUSE(std::string value, tag.text("value"));
    tags.insert_or_assign(std::move(key), std::move(value));
  }
  return std::optional<things::Tags>(std::move(tags));
}

}  // namespace fastness::api::iot
