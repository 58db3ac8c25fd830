// /iot/v2/series and .../timeseries: history, in batches.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/iot/request.h"
#include "api/iot/series/aggregation.h"
#include "api/iot/series/series_query.h"
#include "api/iot/views.h"
#include "api/query.h"
#include "api/routes.h"
#include "base/fixed_limits.h"
#include "things/last_values.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using iot::SeriesKind;
using iot::SeriesQuery;
using iot::Shape;
using std::chrono::seconds;

constexpr std::int64_t kMaxPoints = fixed_limit<std::int64_t>("api.series_points");
constexpr std::size_t kMaxLastValues = fixed_limit("api.last_values");
constexpr std::int64_t kMaxInterval = fixed_limit<std::int64_t>("api.history_interval_seconds");
constexpr std::chrono::hours kDefaultRange{24 * 14};

AsyncHandler batch(Parts& parts, SeriesKind kind, const char* media) {
  return [&parts, kind, media](const std::shared_ptr<Call>& call, const Reply& reply) {
    auto queries = iot::read_queries(parts, *call, kind);
    if (!queries) return reply(propagate(std::move(queries)));
    parts.post_to_seal([&parts, kind, media, reply, queries = std::move(queries).value()] {
      json::Writer out;
      out.begin_object();
      out.field("resp_version", queries.empty() ? 1 : queries.front().version);
      out.begin_array("responses");
      for (const SeriesQuery& query : queries) iot::answer(out, parts.history, query, kind);
      out.end_array();
      out.end_object();
      reply(iot::body(Status::ok, media, Shape::single, std::move(out)));
    });
  };
}

void write_last(json::Writer& out, const Parts& parts, const Caller& caller, Uuid thing, Uuid id) {
  const bool is_theirs = caller.may(Scope::things_read, ThingId(thing));
  const auto* property =
      is_theirs ? parts.things.find_property(caller.organisation, ThingId(thing), PropertyId(id))
                : nullptr;
  const auto* last = property == nullptr ? nullptr : parts.last_values.find(property->id);
  out.begin_object();
  out.field("thing_id", thing);
  out.field("property_id", id);
  out.field("count_values", last == nullptr ? 0 : 1);
  out.begin_array("times");
  if (last != nullptr) out.value(last->time);
  out.end_array();
  out.begin_array("values");
  if (last != nullptr) out.value(last->value);
  out.end_array();
  out.end_object();
}

Answer last_values(const Parts& parts, const Call& call) {
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  FASTNESS_ASSIGN_OR_REFUSE(const json::Array* list, (*body)->fields().array("requests"));
  if (list->size() > kMaxLastValues) {
    return refuse(Status::bad_request, "must have at most 1000 elements", "requests");
  }
  json::Writer out;
  out.begin_object();
  out.field("status", "ok");
  out.begin_array("responses");
  for (std::size_t i = 0; i < list->size(); ++i) {
    FASTNESS_ASSIGN_OR_REFUSE(
        const auto in, json::ObjectReader::of((*list)[i], "requests[" + std::to_string(i) + "]"));
    FASTNESS_ASSIGN_OR_REFUSE(const Uuid thing, in.uuid("thing_id"));
    FASTNESS_ASSIGN_OR_REFUSE(const Uuid property, in.uuid("property_id"));
    write_last(out, parts, call.caller, thing, property);
  }
  out.end_array();
  out.end_object();
  return iot::body(Status::ok, "series.raw.batch.lastvalue", Shape::single, std::move(out));
}

// What is wanted here is a link by e-mail, and this server sends none.
Answer historic_data() {
  return refuse(Status::not_implemented,
                "Download it instead: GET /api/v1/properties/{property_id}/history.csv.");
}

struct Timeseries {
  history::Series series;
  history::TimeRange range;
  seconds interval;
  history::Aggregation aggregation;
  bool is_descending;
};

Result<Timeseries, Problem> read_timeseries(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* property, iot::find_property(parts, call));
  FASTNESS_ASSIGN_OR_REFUSE(const auto to, query_time(call, "to", parts.clock.now()));
  FASTNESS_ASSIGN_OR_REFUSE(const auto from, query_time(call, "from", to - kDefaultRange));
  FASTNESS_ASSIGN_OR_REFUSE(const auto interval,
                            query_integer(call, "interval", {1, kMaxInterval, 0}));
  if (from >= to) return refuse(Status::bad_request, "must be before `to`", "from");
  const auto aggregation =
      iot::parse_aggregation(call.request.query.find("aggregation").value_or("AVG"));
  if (!aggregation) return refuse(Status::bad_request, "names no aggregation", "aggregation");
  const history::TimeRange range{from, to};
  return Timeseries{{call.caller.organisation, property->series},
                    range,
                    interval == 0 ? iot::interval_for(range, kMaxPoints) : seconds(interval),
                    *aggregation,
                    iot::flag(call, "desc")};
}

Answer run(const history::History& history, const Timeseries& query) {
  FASTNESS_ASSIGN_OR_REFUSE(
      auto values, history.aggregate(query.series, query.range, query.interval, query.aggregation));
  if (query.is_descending) std::reverse(values.begin(), values.end());
  json::Writer out;
  out.begin_object();
  out.begin_array("data");
  for (const history::Aggregate& each : values) {
    out.begin_object();
    out.field("time", each.start);
    out.field("value", each.value);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return iot::body(Status::ok, "timeseriesmedia", Shape::single, std::move(out));
}

void timeseries(Parts& parts, const Call& call, const Reply& reply) {
  auto query = read_timeseries(parts, call);
  if (!query) return reply(propagate(std::move(query)));
  parts.post_to_seal(
      [&parts, query = std::move(query).value(), reply] { reply(run(parts.history, query)); });
}

}  // namespace

void add_iot_series_routes(RouteList& routes, Parts& parts) {
  const Access read = member(Scope::history_read);
  const Access some = of_things(read);
  const Access of_one = of_thing(read, "id");
  routes.add_async(Method::post, "/iot/v2/series/batch_query", some, "",
                   batch(parts, SeriesKind::aggregated, "series.batch"));
  routes.add_async(Method::post, "/iot/v2/series/batch_query_raw", some, "",
                   batch(parts, SeriesKind::raw, "series.raw.batch"));
  routes.add_async(Method::post, "/iot/v2/series/batch_query_sampling", some, "",
                   batch(parts, SeriesKind::sampled, "series.batch.sampled"));
  routes.add(Method::post, "/iot/v2/series/historic_data", read, "",
             [](Call&) { return historic_data(); });
  routes.add(Method::post, "/iot/v2/series/batch_query_raw/lastvalue",
             of_things(member(Scope::things_read)), "",
             [&parts](Call& call) { return last_values(parts, call); });
  routes.add_async(
      Method::get, "/iot/v2/things/{id}/properties/{pid}/timeseries", of_one, "",
      [&parts](const auto& call, const auto& reply) { timeseries(parts, *call, reply); });
}

}  // namespace fastness::api
