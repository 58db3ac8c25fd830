// /iot/v2/devices/{id}/properties/{pid}: what a device has sent as one property, newest first.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/iot/views.h"
#include "api/operations.h"
#include "api/query.h"
#include "api/routes.h"
#include "history/history.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using iot::Shape;

struct Query {
  PropertyId property;
  std::string name;
  history::Series series;
  history::TimeRange range;
  std::size_t limit;
};

Result<Query, Problem> read_query(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PropertyId>("pid"));
  const auto* thing = parts.things.of_device(device->organisation, device->id);
  const auto* property =
      thing == nullptr ? nullptr : parts.things.find_property(device->organisation, thing->id, id);
  if (property == nullptr) return refuse(Status::not_found, {});
  FASTNESS_ASSIGN_OR_REFUSE(const auto limit, query_integer(call, "limit", {1, 1000, 100}));
  FASTNESS_ASSIGN_OR_REFUSE(const auto start, query_time(call, "start", Timestamp::max()));
  return Query{id,
               property->said.name,
               {device->organisation, property->series},
               {Timestamp(), start},
               static_cast<std::size_t>(limit)};
}

// The last one given, from which the next page starts; the beginning of time when there is none.
void write_last_key(json::Writer& out, const Query& query,
                    const std::vector<history::Point>& points) {
  out.begin_object("last_evaluated_key");
  out.field("created_at", points.empty() ? Timestamp() : points.back().time);
  out.field("id", query.property.value());
  out.field("name", query.name);
  out.end_object();
}

Answer run(const history::History& history, const Query& query) {
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto points,
      history.points(query.series, query.range, history::Order::descending, query.limit));
  json::Writer out;
  out.begin_object();
  out.field("id", query.property.value());
  out.field("name", query.name);
  out.begin_array("values");
  for (const history::Point& point : points) {
    out.begin_object();
    out.field("created_at", point.time);
    out.begin_object("value");
    out.field("payload", json::to_text(point.value));
    out.end_object();
    out.end_object();
  }
  out.end_array();
  write_last_key(out, query, points);
  out.end_object();
  return iot::body(Status::ok, "devicev2propertyvalues", Shape::single, std::move(out));
}

}  // namespace

void add_iot_value_history_routes(RouteList& routes, Parts& parts) {
  routes.add_async(Method::get, "/iot/v2/devices/{id}/properties/{pid}",
                   member(accounts::Scope::history_read), "",
                   [&parts](const auto& call, const auto& reply) {
                     auto query = read_query(parts, *call);
                     if (!query) return reply(propagate(std::move(query)));
                     parts.post_to_seal([&parts, reply, query = std::move(query).value()] {
                       reply(run(parts.history, query));
                     });
                   });
}

}  // namespace fastness::api
