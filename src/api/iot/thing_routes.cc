// /iot/v2/things: twins, their clones and templates.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/iot/property_body.h"
#include "api/iot/request.h"
#include "api/iot/views.h"
#include "api/operations.h"
#include "api/query.h"
#include "api/routes.h"
#include "things/model/property_type.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using iot::Shape;

constexpr const char* kThingMedia = "thing";

http::Response shown_thing(Status status, const Parts& parts, const things::Thing& thing,
                           things::Deleted deleted = things::Deleted::hidden) {
  json::Writer out;
  iot::write(out, parts, thing, iot::Properties::shown, deleted);
  return iot::body(status, kThingMedia, Shape::single, std::move(out));
}

// What a request says of a thing.
struct ThingFields {
  things::ThingChanges changes;
  std::optional<Uuid> device;
  std::optional<bool> soft_deleted;
  std::vector<things::PropertyChanges> properties;
  std::vector<things::PropertyDraft> drafts;  // the same as for new ones, where they suffice
};

Result<void, Problem> read_properties(const json::ObjectReader& in, ThingFields& fields) {
  if (!in.has("properties") || in.is_null("properties")) return {};
  FASTNESS_ASSIGN_OR_REFUSE(const json::Array* list, in.array("properties"));
  if (list->size() > things::Things::kMaxProperties) {
    return refuse(Status::bad_request, "must have at most 200 elements", "properties");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    FASTNESS_ASSIGN_OR_REFUSE(
        const auto each,
        json::ObjectReader::of((*list)[i], "properties[" + std::to_string(i) + "]"));
    auto draft = iot::read_new_property(each);
    if (!draft) return propagate(std::move(draft));
    auto changes = iot::read_property(each);
    if (!changes) return propagate(std::move(changes));
    fields.drafts.push_back(std::move(draft).value());
    fields.properties.push_back(std::move(changes).value());
  }
  return {};
}

Result<ThingFields, Problem> read_thing(const iot::Body& body) {
  using json::ObjectReader;
  const ObjectReader& in = body.fields();
  ThingFields fields;
  things::ThingChanges& changes = fields.changes;
  FASTNESS_ASSIGN_OR_REFUSE(changes.name, body.text("name", 64));
  FASTNESS_ASSIGN_OR_REFUSE(changes.timezone, body.text("timezone", 64));
  FASTNESS_ASSIGN_OR_REFUSE(changes.webhook_uri, body.text("webhook_uri", 1024));
  FASTNESS_ASSIGN_OR_REFUSE(changes.webhook_active, body.boolean("webhook_active"));
  FASTNESS_ASSIGN_OR_REFUSE(changes.assistant, body.text("assistant", 16));
  FASTNESS_ASSIGN_OR_REFUSE(changes.tags, iot::tag_list(in, "tags"));
  FASTNESS_ASSIGN_OR_REFUSE(fields.device, body.uuid("device_id"));
  FASTNESS_ASSIGN_OR_REFUSE(fields.soft_deleted, body.boolean("soft_deleted"));
  if (auto properties = read_properties(in, fields); !properties) {
    return propagate(std::move(properties));
  }
  return fields;
}

things::ThingDraft to_draft(things::ThingChanges&& changes) {
  things::ThingDraft draft;
  if (changes.name) draft.name = *std::move(changes.name);
  if (changes.timezone) draft.timezone = *std::move(changes.timezone);
  if (changes.webhook_uri) draft.webhook_uri = *std::move(changes.webhook_uri);
  if (changes.assistant) draft.assistant = *std::move(changes.assistant);
  if (changes.tags) draft.tags = *std::move(changes.tags);
  draft.webhook_active = changes.webhook_active.value_or(false);
  return draft;
}

// Adds those properties that the thing has not, changes those that it has by name, and leaves all
// others: a request that names some properties is not taken for all of them.
Result<void, Problem> upsert(Parts& parts, OrganisationId organisation, ThingId thing,
                             ThingFields& fields) {
  for (std::size_t i = 0; i < fields.drafts.size(); ++i) {
    const auto list = parts.things.properties(organisation, thing);
    const auto same = std::find_if(list.begin(), list.end(), [&](const things::Property* each) {
      return each->said.name == fields.drafts[i].name;
    });
    if (same == list.end()) {
      FASTNESS_REFUSE_IF_ERROR(
          parts.things.create_property(organisation, thing, std::move(fields.drafts[i])));
    } else {
      FASTNESS_REFUSE_IF_ERROR(parts.things.update_property(organisation, thing, (*same)->id,
                                                            std::move(fields.properties[i])));
    }
  }
  return {};
}

Result<void, Problem> attach(Parts& parts, const Call& call, ThingId thing,
                             const std::optional<Uuid>& device) {
  if (!device) return {};
  const auto how = iot::flag(call, "force") ? things::Attach::force : things::Attach::if_free;
  const auto attached =
      parts.things.attach(call.caller.organisation, thing, DeviceId(*device), how);
  if (attached) return {};
  if (attached.error().code == Errc::not_found) {
    return refuse(Status::bad_request, "names no device", "device_id");
  }
  if (attached.error().code == Errc::already_exists) {
    return refuse(Status::conflict, "The device belongs to another thing; force=true moves it.");
  }
  return refuse(attached);
}

Answer list_things(const Parts& parts, const Call& call) {
  auto tags = query_tags(call, "tags");
  if (!tags) return propagate(std::move(tags));
  const auto ids = call.request.query.all("ids");
  const auto device = call.request.query.find("device_id");
  const auto properties =
      iot::flag(call, "show_properties") ? iot::Properties::shown : iot::Properties::hidden;
  json::Writer out;
  out.begin_array();
  for (const auto* thing : parts.things.list(call.caller.organisation, iot::deleted(call), *tags)) {
    if (!call.caller.may(Scope::things_read, thing->id)) continue;
    const std::string id = thing->id.value().to_text();
    if (!ids.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) continue;
    if (device && (!thing->device || thing->device->value().to_text() != *device)) continue;
    iot::write(out, parts, *thing, properties);
  }
  out.end_array();
  return iot::body(Status::ok, kThingMedia, Shape::collection, std::move(out));
}

Answer create_thing(Parts& parts, Call& call) {
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto fields = read_thing(**body);
  if (!fields) return propagate(std::move(fields));
  const OrganisationId organisation = call.caller.organisation;
  ThingFields wanted = std::move(fields).value();
  FASTNESS_ASSIGN_OR_REFUSE(
      const things::Thing thing,
      parts.things.create(organisation, call.caller.user, to_draft(std::move(wanted.changes))));
  auto filled = upsert(parts, organisation, thing.id, wanted);
  if (filled) filled = attach(parts, call, thing.id, wanted.device);
  if (!filled) {
    // All of the request or nothing of it.
    FASTNESS_REFUSE_IF_ERROR(parts.things.remove(organisation, thing.id, things::Removal::forced));
    return propagate(std::move(filled));
  }
  call.object = "thing:" + thing.id.value().to_text();
  return shown_thing(Status::created, parts, *parts.things.find(organisation, thing.id));
}

Answer show_thing(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("id"));
  const auto deleted = iot::deleted(call);
  FASTNESS_ASSIGN_OR_REFUSE(const auto* thing,
                            find_thing(parts, call.caller.organisation, id, deleted));
  return shown_thing(Status::ok, parts, *thing, deleted);
}

Answer update_thing(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("id"));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(const auto* thing,
                            find_thing(parts, organisation, id, things::Deleted::shown));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto read = read_thing(**body);
  if (!read) return propagate(std::move(read));
  ThingFields fields = std::move(read).value();
  if (thing->deleted_at) {
    // The only change that a deleted thing takes is to come back.
    if (fields.soft_deleted != std::optional(false)) return refuse(Status::not_found, {});
    FASTNESS_REFUSE_IF_ERROR(parts.things.restore(organisation, id));
  }
  FASTNESS_REFUSE_IF_ERROR(parts.things.update(organisation, id, std::move(fields.changes)));
  auto changed = upsert(parts, organisation, id, fields);
  if (changed) changed = attach(parts, call, id, fields.device);
  if (!changed) return propagate(std::move(changed));
  return shown_thing(Status::ok, parts, *parts.things.find(organisation, id));
}

Answer remove_thing(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>("id"));
  FASTNESS_REFUSE_IF_ERROR(parts.things.remove(call.caller.organisation, id, iot::removal(call)));
  return iot::ok();
}

Answer clone(Parts& parts, Call& call) {
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(const auto* original, find_thing(parts, call, "id"));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  things::ThingDraft draft = original->said;
  FASTNESS_ASSIGN_OR_REFUSE(draft.name, (*body)->fields().text("name", {.min = 1, .max = 64}));
  auto with_tags = (*body)->boolean("include_tags");
  if (!with_tags) return propagate(std::move(with_tags));
  if (!with_tags->value_or(false)) draft.tags.clear();
  std::vector<things::PropertyDraft> drafts;
  for (const auto* property : parts.things.properties(organisation, original->id)) {
    drafts.push_back(property->said);
  }
  FASTNESS_ASSIGN_OR_REFUSE(const things::Thing thing,
                            parts.things.create(organisation, call.caller.user, std::move(draft)));
  for (things::PropertyDraft& each : drafts) {
    FASTNESS_REFUSE_IF_ERROR(parts.things.create_property(organisation, thing.id, std::move(each)));
  }
  call.object = "thing:" + thing.id.value().to_text();
  return shown_thing(Status::created, parts, *parts.things.find(organisation, thing.id));
}

void write_variable(json::Writer& out, const things::PropertyDraft& said) {
  out.begin_object();
  out.field("name", said.name);
  out.field("type", said.type->name);
  out.field("variable_name", said.variable_name);
  out.field("permission",
            said.permission == things::Permission::read_write ? "READ_WRITE" : "READ_ONLY");
  out.field("update_strategy",
            said.update_strategy == things::UpdateStrategy::timed ? "TIMED" : "ON_CHANGE");
  out.field("update_parameter", said.update_parameter);
  out.end_object();
}

Answer show_template(const Parts& parts, const Call& call) {
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(const auto* thing, find_thing(parts, call, "id"));
  json::Writer out;
  out.begin_object();
  out.field("name", thing->said.name);
  out.field("timezone", thing->said.timezone);
  out.field_if("webhook_uri", thing->said.webhook_uri);
  out.begin_array("variables");
  for (const auto* property : parts.things.properties(organisation, thing->id)) {
    write_variable(out, property->said);
  }
  out.end_array();
  iot::write_tag_list(out, thing->said.tags);
  if (thing->device) {
    if (const auto* device = parts.devices.find(organisation, *thing->device)) {
      out.begin_object("device_metadata");
      out.field_if("fqbn", device->said.fqbn);
      out.field("name", device->said.name);
      out.end_object();
    }
  }
  out.end_object();
  return iot::body(Status::ok, "thingtemplate", Shape::single, std::move(out));
}

}  // namespace

void add_iot_thing_routes(RouteList& routes, Parts& parts) {
  const Access read = member(Scope::things_read);
  const Access write = member(Scope::things_write);
  const Access seeing = of_thing(read, "id");
  routes.add(Method::get, "/iot/v2/things", of_things(read), "", on(parts, list_things));
  routes.add(Method::put, "/iot/v2/things", write, "thing.create", on(parts, create_thing));
  routes.add(Method::get, "/iot/v2/things/{id}", seeing, "", on(parts, show_thing));
  routes.add(Method::post, "/iot/v2/things/{id}", write, "thing.update", on(parts, update_thing));
  routes.add(Method::delete_, "/iot/v2/things/{id}", proven(write), "thing.delete",
             on(parts, remove_thing));
  routes.add(Method::put, "/iot/v2/things/{id}/clone", write, "thing.create", on(parts, clone));
  routes.add(Method::get, "/iot/v2/things/{id}/template", read, "", on(parts, show_template));
}

}  // namespace fastness::api
