#include "api/iot/series/series_query.h"

#include <algorithm>
#include <utility>

#include "api/iot/request.h"
#include "api/iot/series/aggregation.h"
#include "base/fixed_limits.h"
#include "things/model/property_type.h"

namespace fastness::api::iot {
namespace {

using history::History;
using http::Status;
using json::ObjectReader;
using std::chrono::seconds;

constexpr std::size_t kMaxRequests = fixed_limit("api.series");
constexpr std::int64_t kDefaultLimit = 300;
constexpr std::int64_t kMaxLimit = fixed_limit<std::int64_t>("api.series_points");
constexpr std::int64_t kMaxThingLimit = fixed_limit<std::int64_t>("api.series_thing_points");
constexpr std::int64_t kMaxInterval = fixed_limit<std::int64_t>("api.series_interval_seconds");
constexpr seconds kDefaultSampling{300};
constexpr std::chrono::hours kDefaultRange{24 * 14};

// The time range, limits and intervals; beyond a limit is taken down to it, since clients ask for
// more than there is.
Result<SeriesQuery, Problem> read_query(const ObjectReader& in, SeriesKind kind, Timestamp now) {
  SeriesQuery query;
  FASTNESS_ASSIGN_OR_REFUSE(query.text, in.text("q", {.max = 64}));
  FASTNESS_ASSIGN_OR_REFUSE(const auto to, in.optional("to", &ObjectReader::time));
  FASTNESS_ASSIGN_OR_REFUSE(const auto from, in.optional("from", &ObjectReader::time));
  FASTNESS_ASSIGN_OR_REFUSE(const auto limit, in.optional("series_limit", &ObjectReader::integer));
  FASTNESS_ASSIGN_OR_REFUSE(const auto interval, in.optional("interval", &ObjectReader::integer));
  FASTNESS_ASSIGN_OR_REFUSE(const auto sort, in.optional("sort", &ObjectReader::text, {}));
  FASTNESS_ASSIGN_OR_REFUSE(const auto aggregation,
                            in.optional("aggregation", &ObjectReader::text, {}));
  query.range.to = to.value_or(now);
  query.range.from = from.value_or(query.range.to - kDefaultRange);
  const bool is_thing = query.text.starts_with("thing.");
  query.limit = static_cast<std::size_t>(std::clamp<std::int64_t>(
      limit.value_or(kDefaultLimit), 1, is_thing ? kMaxThingLimit : kMaxLimit));
  if (sort == std::optional<std::string>("ASC")) query.order = history::Order::ascending;
  const std::int64_t least = kind == SeriesKind::sampled ? 60 : 1;
  if (interval && *interval > 0)
    query.interval = seconds(std::clamp(*interval, least, kMaxInterval));
  if (aggregation) {
    query.aggregation = parse_aggregation(*aggregation);
    if (!query.aggregation) {
      return refuse(Status::bad_request, "names no aggregation", in.path("aggregation"));
    }
  }
  return query;
}

void assign(SeriesQuery& query, OrganisationId organisation, const things::Property& property) {
  query.series = history::Series{organisation, property.series};
  query.thing = property.thing;
  query.property = property.id;
  query.name = property.said.name;
  query.type = property.said.type;
}

// Adds the query once for each property that it names.
void resolve(const Parts& parts, const Caller& caller, SeriesQuery query,
             std::vector<SeriesQuery>& out) {
  const OrganisationId organisation = caller.organisation;
  const auto dot = query.text.find('.');
  const auto id = Uuid::parse(dot == std::string::npos ? "" : query.text.substr(dot + 1));
  const std::string_view kind =
      std::string_view(query.text).substr(0, std::min(dot, query.text.size()));
  if (id && kind == "property") {
    const auto* property = parts.things.find_property(organisation, PropertyId(*id));
    if (property != nullptr && caller.may(accounts::Scope::history_read, property->thing)) {
      assign(query, organisation, *property);
      out.push_back(std::move(query));
      return;
    }
  }
  if (id && kind == "thing" && caller.may(accounts::Scope::history_read, ThingId(*id)) &&
      parts.things.find(organisation, ThingId(*id)) != nullptr) {
    for (const auto* property : parts.things.properties(organisation, ThingId(*id))) {
      SeriesQuery each = query;
      assign(each, organisation, *property);
      out.push_back(std::move(each));
    }
    return;
  }
  query.failure = "There is no such property or thing.";
  out.push_back(std::move(query));
}

void write_head(json::Writer& out, const SeriesQuery& query, std::size_t count,
                std::string_view failure) {
  out.field("resp_version", query.version);
  out.field("query", query.text);
  if (query.property) {
    out.field("property_id", query.property->value());
    out.field("property_name", query.name);
    out.field("property_type", query.type->name);
    out.field("thing_id", query.thing->value());
  }
  out.field("from_date", query.range.from);
  out.field("to_date", query.range.to);
  out.field("series_limit", query.limit);
  out.field("count_values", count);
  out.field("status", failure.empty() ? "ok" : "error");
  out.field("message", failure);
}

template <typename Item, typename Time, typename Write>
void write_columns(json::Writer& out, const std::vector<Item>& items, Time time, Write write) {
  out.begin_array("times");
  for (const Item& item : items) out.value(time(item));
  out.end_array();
  out.begin_array("values");
  for (const Item& item : items) write(item);
  out.end_array();
}

void write_points(json::Writer& out, const std::vector<history::Point>& points) {
  write_columns(
      out, points, [](const auto& point) { return point.time; },
      [&](const auto& point) { out.value(point.value); });
}

// Keeps the result, or a sentence about why there is none.
template <typename T>
std::vector<T> keep(Result<std::vector<T>> found, std::string& failure) {
  if (found) return std::move(found).value();
  failure = found.error().code == Errc::exhausted
                ? "Too much history was read just now. Try again later."
                : "The history could not be read.";
  return {};
}

// The last `limit` of them.
template <typename T>
void cut(std::vector<T>& items, std::size_t limit) {
  if (items.size() <= limit) return;
  items.erase(items.begin(), items.end() - static_cast<std::ptrdiff_t>(limit));
}

bool is_askable(const SeriesQuery& query) {
  return query.series && query.range.from < query.range.to;
}

}  // namespace

Result<std::vector<SeriesQuery>, Problem> read_queries(const Parts& parts, const Call& call,
                                                       SeriesKind kind) {
  auto body = Body::read(call);
  if (!body) return propagate(std::move(body));
  const ObjectReader& fields = (*body)->fields();
  FASTNESS_ASSIGN_OR_REFUSE(const auto version,
                            fields.optional("resp_version", &ObjectReader::integer));
  FASTNESS_ASSIGN_OR_REFUSE(const json::Array* list, fields.array("requests"));
  if (list->size() > kMaxRequests) {
    return refuse(Status::bad_request, "must have at most 100 elements", "requests");
  }
  std::vector<SeriesQuery> queries;
  for (std::size_t i = 0; i < list->size(); ++i) {
    FASTNESS_ASSIGN_OR_REFUSE(const auto in,
                              ObjectReader::of((*list)[i], "requests[" + std::to_string(i) + "]"));
    auto query = read_query(in, kind, parts.clock.now());
    if (!query) return propagate(std::move(query));
    query.value().version = version.value_or(1);
    resolve(parts, call.caller, std::move(query).value(), queries);
  }
  return queries;
}

namespace {

void answer_aggregated(json::Writer& out, const History& history, const SeriesQuery& query) {
  const bool is_switch = query.type != nullptr && query.type->kind == things::ValueKind::boolean;
  const auto aggregation = query.aggregation.value_or(is_switch ? history::Aggregation::bool_or
                                                                : history::Aggregation::average);
  const seconds interval =
      query.interval.value_or(interval_for(query.range, static_cast<std::int64_t>(query.limit)));
  std::vector<history::Aggregate> values;
  std::string failure = query.failure;
  if (is_askable(query)) {
    values = keep(history.aggregate(*query.series, query.range, interval, aggregation), failure);
  }
  cut(values, query.limit);
  write_head(out, query, values.size(), failure);
  out.field("interval", interval.count());
  out.field("aggregation", to_text(aggregation));
  write_columns(
      out, values, [](const auto& each) { return each.start; },
      [&](const auto& each) { out.value(each.value); });
}

void answer_raw(json::Writer& out, const History& history, const SeriesQuery& query) {
  std::vector<history::Point> points;
  std::string failure = query.failure;
  if (is_askable(query)) {
    points = keep(history.points(*query.series, query.range, query.order, query.limit), failure);
  }
  write_head(out, query, points.size(), failure);
  out.field("sort", query.order == history::Order::ascending ? "ASC" : "DESC");
  out.begin_object("series");
  out.field("metric", query.text);
  out.end_object();
  write_points(out, points);
}

void answer_sampled(json::Writer& out, const History& history, const SeriesQuery& query) {
  const seconds interval = query.interval.value_or(kDefaultSampling);
  std::vector<history::Point> points;
  std::string failure = query.failure;
  if (is_askable(query)) {
    points = keep(history.sample(*query.series, query.range, interval), failure);
  }
  cut(points, query.limit);
  write_head(out, query, points.size(), failure);
  out.field("interval", interval.count());
  write_points(out, points);
}

}  // namespace

void answer(json::Writer& out, const History& history, const SeriesQuery& query, SeriesKind kind) {
  out.begin_object();
  switch (kind) {
    case SeriesKind::aggregated:
      answer_aggregated(out, history, query);
      break;
    case SeriesKind::raw:
      answer_raw(out, history, query);
      break;
    case SeriesKind::sampled:
      answer_sampled(out, history, query);
      break;
  }
  out.end_object();
}

}  // namespace fastness::api::iot
