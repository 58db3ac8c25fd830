// /api/v1/things: twins, their properties, and values for their devices.
#include <memory>
#include <string>
#include <utility>

#include "api/operations.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "api/v1/views.h"
#include "things/model/property_type.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using v1::object;

template <typename T>
http::Response shown(Status status, const Parts& parts, const T& subject) {
  json::Writer out;
  v1::write(out, parts, subject);
  return http::Response::json(status, std::move(out).text());
}

things::Permission to_permission(v1::Permission permission) {
  return permission == v1::Permission::read_write ? things::Permission::read_write
                                                  : things::Permission::read_only;
}

things::UpdateStrategy to_strategy(v1::UpdateStrategy strategy) {
  return strategy == v1::UpdateStrategy::timed ? things::UpdateStrategy::timed
                                               : things::UpdateStrategy::on_change;
}

Result<things::PropertyDraft, Problem> to_draft(v1::CreatePropertyRequest&& fields,
                                                const std::string& path) {
  things::PropertyDraft draft;
  draft.type = things::find_property_type(fields.type);
  if (draft.type == nullptr) {
    return refuse(Status::bad_request, "names no property type", path + "type");
  }
  draft.name = std::move(fields.name);
  draft.variable_name = std::move(fields.variable_name).value_or("");
  if (fields.permission) draft.permission = to_permission(*fields.permission);
  if (fields.update_strategy) draft.update_strategy = to_strategy(*fields.update_strategy);
  draft.update_parameter = fields.update_parameter.value_or(0);
  draft.min_value = fields.min;
  draft.max_value = fields.max;
  draft.persist = fields.persist;
  return draft;
}

Answer list_things(const Parts& parts, const Call& call) {
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("things");
    for (const auto* thing : parts.things.list(call.caller.organisation)) {
      if (!call.caller.may(Scope::things_read, thing->id)) continue;
      v1::write(out, parts, *thing);
    }
    out.end_array();
  });
}

// The rest of making a thing: whatever fails, the thing that was begun goes again.
Result<void, Problem> fill(Parts& parts, OrganisationId organisation, ThingId thing,
                           const std::optional<Uuid>& device,
                           std::vector<things::PropertyDraft>&& drafts) {
  for (things::PropertyDraft& draft : drafts) {
    FASTNESS_REFUSE_IF_ERROR(parts.things.create_property(organisation, thing, std::move(draft)));
  }
  if (device) {
    FASTNESS_REFUSE_IF_ERROR(
        parts.things.attach(organisation, thing, DeviceId(*device), things::Attach::if_free));
  }
  return {};
}

Answer create_thing(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::CreateThingRequest>(call);
  if (!request) return propagate(std::move(request));
  v1::CreateThingRequest fields = std::move(request).value();
  std::vector<things::PropertyDraft> drafts;
  if (fields.properties) {
    for (std::size_t i = 0; i < fields.properties->size(); ++i) {
      auto property =
          to_draft(std::move((*fields.properties)[i]), "properties[" + std::to_string(i) + "].");
      if (!property) return propagate(std::move(property));
      drafts.push_back(std::move(property).value());
    }
  }
  things::ThingDraft draft;
  draft.name = std::move(fields.name);
  draft.timezone = std::move(fields.timezone);
  if (fields.tags) draft.tags = v1::to_tags(*std::move(fields.tags));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(const things::Thing thing,
                            parts.things.create(organisation, call.caller.user, std::move(draft)));
  auto filled = fill(parts, organisation, thing.id, fields.device_id, std::move(drafts));
  if (!filled) {
    FASTNESS_REFUSE_IF_ERROR(parts.things.remove(organisation, thing.id, things::Removal::forced));
    return propagate(std::move(filled));
  }
  call.object = "thing:" + thing.id.value().to_text();
  return shown(Status::created, parts, *parts.things.find(organisation, thing.id));
}

Answer show_thing(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* thing, find_thing(parts, call, "thing_id"));
  return shown(Status::ok, parts, *thing);
}

Answer update_thing(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("thing_id"));
  auto request = v1::read_body<v1::UpdateThingRequest>(call);
  if (!request) return propagate(std::move(request));
  v1::UpdateThingRequest fields = std::move(request).value();
  things::ThingChanges changes;
  changes.name = std::move(fields.name);
  changes.timezone = std::move(fields.timezone);
  if (fields.tags) changes.tags = v1::to_tags(*std::move(fields.tags));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_REFUSE_IF_ERROR(parts.things.update(organisation, id, std::move(changes)));
  if (fields.device_id) {
    const std::optional<Uuid>& device = *fields.device_id;
    FASTNESS_REFUSE_IF_ERROR(
        device ? parts.things.attach(organisation, id, DeviceId(*device), things::Attach::force)
               : parts.things.detach(organisation, id));
  }
  return show_thing(parts, call);
}

Answer remove_thing(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("thing_id"));
  FASTNESS_REFUSE_IF_ERROR(
      parts.things.remove(call.caller.organisation, id, things::Removal::forced));
  return http::Response::empty(Status::no_content);
}

Answer create_property(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("thing_id"));
  auto request = v1::read_body<v1::CreatePropertyRequest>(call);
  if (!request) return propagate(std::move(request));
  auto draft = to_draft(std::move(request).value(), "");
  if (!draft) return propagate(std::move(draft));
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto property,
      parts.things.create_property(call.caller.organisation, id, std::move(draft).value()));
  call.object = "property:" + property.id.value().to_text();
  return shown(Status::created, parts, property);
}

Answer update_property(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto thing, call.id<ThingId>("thing_id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PropertyId>("property_id"));
  auto request = v1::read_body<v1::UpdatePropertyRequest>(call);
  if (!request) return propagate(std::move(request));
  v1::UpdatePropertyRequest fields = std::move(request).value();
  things::PropertyChanges changes;
  changes.name = std::move(fields.name);
  changes.variable_name = std::move(fields.variable_name);
  if (fields.permission) changes.permission = to_permission(*fields.permission);
  if (fields.update_strategy) changes.update_strategy = to_strategy(*fields.update_strategy);
  changes.update_parameter = fields.update_parameter;
  changes.min_value = fields.min;
  changes.max_value = fields.max;
  changes.persist = fields.persist;
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto property,
      parts.things.update_property(call.caller.organisation, thing, id, std::move(changes)));
  return shown(Status::ok, parts, property);
}

Answer remove_property(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto thing, call.id<ThingId>("thing_id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PropertyId>("property_id"));
  FASTNESS_REFUSE_IF_ERROR(
      parts.things.remove_property(call.caller.organisation, thing, id, things::Removal::forced));
  return http::Response::empty(Status::no_content);
}

Result<void, Problem> begin_write(Parts& parts, const Call& call, const Reply& reply) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto thing, call.id<ThingId>("thing_id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PropertyId>("property_id"));
  auto request = v1::read_body<v1::WriteValueRequest>(call);
  if (!request) return propagate(std::move(request));
  const Timestamp now = parts.clock.now();
  submit_values(
      parts, call.caller.organisation, thing, {{id, *request->value, std::nullopt}},
      pipeline::Direction::write, [reply, now](Result<void, Problem> stored) {
        if (!stored) return reply(propagate(std::move(stored)));
        reply(object(Status::accepted, [&](json::Writer& out) { out.field("requested_at", now); }));
      });
  return {};
}

Answer property_types() {
  return object(Status::ok, [](json::Writer& out) {
    out.begin_array("types");
    for (const auto& type : things::property_types()) v1::write(out, type);
    out.end_array();
  });
}

}  // namespace

void add_thing_routes(RouteList& routes, Parts& parts) {
  const Access read = member(Scope::things_read);
  const Access write = member(Scope::things_write);
  const Access seeing = of_thing(read, "thing_id");
  const Access operating = of_thing(member(Scope::values_write), "thing_id");
  const Access editing = of_thing(write, "thing_id");  // what it consists of
  routes.add(Method::get, "/api/v1/things", of_things(read), "", on(parts, list_things));
  routes.add(Method::post, "/api/v1/things", write, "thing.create", on(parts, create_thing));
  routes.add(Method::get, "/api/v1/things/{thing_id}", seeing, "", on(parts, show_thing));
  routes.add(Method::patch, "/api/v1/things/{thing_id}", write, "thing.update",
             on(parts, update_thing));
  routes.add(Method::delete_, "/api/v1/things/{thing_id}", proven(write), "thing.delete",
             on(parts, remove_thing));
  routes.add(Method::post, "/api/v1/things/{thing_id}/properties", editing, "property.create",
             on(parts, create_property));
  routes.add(Method::patch, "/api/v1/things/{thing_id}/properties/{property_id}", editing,
             "property.update", on(parts, update_property));
  routes.add(Method::delete_, "/api/v1/things/{thing_id}/properties/{property_id}", editing,
             "property.delete", on(parts, remove_property));
  routes.add_async(Method::put, "/api/v1/things/{thing_id}/properties/{property_id}/value",
                   operating, "", [&parts](const auto& call, const auto& reply) {
                     auto begun = begin_write(parts, *call, reply);
                     if (!begun) reply(propagate(std::move(begun)));
                   });
  routes.add(Method::get, "/api/v1/property-types", anyone(), "",
             [](Call&) { return property_types(); });
}

}  // namespace fastness::api
