// /api/v1/properties/{property_id}/history: what was. Reads run on the seal pool.
#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/query.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "base/fixed_limits.h"
#include "history/history.h"
#include "json/time_text.h"
#include "things/model/property_type.h"
#include "things/things.h"

namespace fastness::api {
namespace {

using history::History;
using http::Method;
using http::Status;
using std::chrono::seconds;
using v1::object;

constexpr std::size_t kMaxAutoPoints = 1000;
constexpr std::chrono::hours kDefaultRange{24};
constexpr std::int64_t kMaxPoints = fixed_limit<std::int64_t>("api.history_points");
constexpr std::int64_t kMaxInterval = fixed_limit<std::int64_t>("api.history_interval_seconds");

// Steps that people read well.
constexpr std::array kSteps = {1,     5,     10,     15,      30,       60,   120,
                               300,   600,   900,    1800,    3600,     7200, 10800,
                               21600, 43200, 86'400, 604'800, 2'592'000};

struct Query {
  history::Series series;
  const things::PropertyType* type;
  history::TimeRange range;
  std::optional<seconds> interval;  // absent: auto; zero: raw
  std::string aggregation;
  std::size_t limit;
};

std::int64_t milliseconds(Timestamp time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

Result<std::optional<seconds>, Problem> read_interval(const Call& call) {
  const std::string_view text = call.request.query.find("interval").value_or("auto");
  if (text == "auto") return std::optional<seconds>();
  if (text == "raw") return std::optional<seconds>(0);
  FASTNESS_ASSIGN_OR_REFUSE(const auto value,
                            query_integer(call, "interval", {1, kMaxInterval, 0}));
  return std::optional<seconds>(value);
}

Result<Query, Problem> read_query(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<PropertyId>("property_id"));
  const auto* property = parts.things.find_property(call.caller.organisation, id);
  if (property == nullptr) return refuse(Status::not_found, {});
  FASTNESS_ASSIGN_OR_REFUSE(const auto to, query_time(call, "to", parts.clock.now()));
  FASTNESS_ASSIGN_OR_REFUSE(const auto from, query_time(call, "from", to - kDefaultRange));
  FASTNESS_ASSIGN_OR_REFUSE(const auto interval, read_interval(call));
  FASTNESS_ASSIGN_OR_REFUSE(const auto limit, query_integer(call, "limit", {1, kMaxPoints, 1000}));
  if (from >= to) return refuse(Status::bad_request, "must be before `to`", "from");
  Query query{{call.caller.organisation, property->series},
              property->said.type,
              {from, to},
              interval,
              std::string(call.request.query.find("aggregation").value_or("AVG")),
              static_cast<std::size_t>(limit)};
  constexpr std::array<std::string_view, 7> kKnown = {"AVG",   "MIN",     "MAX",     "SUM",
                                                      "COUNT", "BOOL_OR", "BOOL_AND"};
  if (std::find(kKnown.begin(), kKnown.end(), query.aggregation) == kKnown.end()) {
    return refuse(Status::bad_request, "must be one of the values listed", "aggregation");
  }
  return query;
}

double aggregate_of(const history::Summary& summary, std::string_view aggregation) {
  if (aggregation == "MIN") return summary.minimum;
  if (aggregation == "MAX") return summary.maximum;
  if (aggregation == "SUM") return summary.sum;
  if (aggregation == "COUNT") return static_cast<double>(summary.count);
  if (aggregation == "BOOL_OR") return summary.maximum != 0 || summary.minimum != 0 ? 1 : 0;
  if (aggregation == "BOOL_AND") return summary.minimum != 0 ? 1 : 0;
  return summary.average();
}

http::Response respond(const Query& query, seconds interval,
                       const std::function<void(json::Writer&)>& write_points) {
  return object(Status::ok, [&](json::Writer& out) {
    out.field("from", query.range.from);
    out.field("to", query.range.to);
    out.field("interval", interval.count());
    if (interval.count() != 0) out.field("aggregation", query.aggregation);
    out.begin_array("points");
    write_points(out);
    out.end_array();
  });
}

http::Response respond_with_points(const Query& query, seconds interval,
                                   const std::vector<history::Point>& points) {
  return respond(query, interval, [&](json::Writer& out) {
    for (const history::Point& point : points) {
      out.begin_array();
      out.value(milliseconds(point.time));
      out.value(point.value);
      out.end_array();
    }
  });
}

http::Response respond_with_summaries(const Query& query, seconds interval,
                                      const std::vector<history::Summary>& summaries) {
  return respond(query, interval, [&](json::Writer& out) {
    for (const history::Summary& summary : summaries) {
      if (summary.numbers == 0) continue;
      out.begin_array();
      out.value(milliseconds(summary.start));
      out.value(aggregate_of(summary, query.aggregation));
      out.value(summary.minimum);
      out.value(summary.maximum);
      out.end_array();
    }
  });
}

seconds step_for(const history::TimeRange& range) {
  const auto span = std::chrono::ceil<seconds>(range.to - range.from).count();
  for (const int step : kSteps) {
    if (span / step <= static_cast<std::int64_t>(kMaxAutoPoints)) return seconds(step);
  }
  return seconds(span / static_cast<std::int64_t>(kMaxAutoPoints) + 1);
}

bool has_numbers(const things::PropertyType& type) {
  return type.kind != things::ValueKind::text && type.kind != things::ValueKind::composite;
}

// On the seal pool.
Answer run(const History& history, const Query& query) {
  const bool is_auto = !query.interval;
  if (is_auto || query.interval->count() == 0) {
    const std::size_t limit = is_auto ? kMaxAutoPoints + 1 : query.limit;
    FASTNESS_ASSIGN_OR_REFUSE(const auto points, history.points(query.series, query.range,
                                                                history::Order::ascending, limit));
    if (!is_auto || points.size() <= kMaxAutoPoints) {
      return respond_with_points(query, seconds(0), points);
    }
  }
  const seconds interval = query.interval.value_or(step_for(query.range));
  if (!has_numbers(*query.type)) {
    FASTNESS_ASSIGN_OR_REFUSE(const auto points,
                              history.sample(query.series, query.range, interval));
    return respond_with_points(query, interval, points);
  }
  FASTNESS_ASSIGN_OR_REFUSE(const auto summaries,
                            history.summarise(query.series, query.range, interval));
  return respond_with_summaries(query, interval, summaries);
}

void query_history(Parts& parts, const Call& call, const Reply& reply) {
  auto query = read_query(parts, call);
  if (!query) return reply(propagate(std::move(query)));
  parts.post_to_seal(
      [&parts, query = std::move(query).value(), reply] { reply(run(parts.history, query)); });
}

// One field of CSV (RFC 4180). A text that a spreadsheet would run as a formula gets a quote in
// front, which spreadsheets take for "this is text".
std::string csv_field(const Value& value) {
  const auto* text = value.get<std::string>();
  if (text == nullptr && value.get<Composite>() == nullptr) return json::to_text(value);
  std::string plain = text != nullptr ? *text : json::to_text(value);
  if (!plain.empty() && std::string_view("=+-@\t\r").find(plain.front()) != std::string::npos) {
    plain.insert(plain.begin(), '\'');
  }
  std::string quoted = "\"";
  for (const char c : plain) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

// The rest of an export, read piece by piece as the client takes it.
struct Export {
  history::PointReader reader;
  bool has_header = false;
  bool is_done = false;
};

Result<std::optional<std::string>> next_part(Export& state) {
  constexpr std::size_t kPart = 64 * 1024;
  if (state.is_done) return std::optional<std::string>();
  std::string part;
  if (!std::exchange(state.has_header, true)) part = "time,value\r\n";
  while (part.size() < kPart) {
    FASTNESS_ASSIGN_OR_RETURN(const auto point, state.reader.next());
    if (!point) {
      state.is_done = true;
      break;
    }
    part += json::to_time_text(point->time) + "," + csv_field(point->value) + "\r\n";
  }
  return std::optional<std::string>(std::move(part));
}

Answer export_csv(Parts& parts, const Call& call) {
  auto query = read_query(parts, call);
  if (!query) return propagate(std::move(query));
  auto state = std::make_shared<Export>(
      Export{parts.history.read(query->series, query->range, history::Order::ascending)});
  http::Response response;
  response.headers.set("content-type", "text/csv; charset=utf-8");
  response.headers.set("content-disposition", "attachment; filename=\"history.csv\"");
  response.source = [&parts, state](std::function<void(http::BodyPart)> give) {
    parts.post_to_seal([state, give = std::move(give)] { give(next_part(*state)); });
  };
  return response;
}

}  // namespace

void add_history_routes(RouteList& routes, Parts& parts) {
  const Access read = of_property(member(accounts::Scope::history_read), "property_id");
  routes.add_async(
      Method::get, "/api/v1/properties/{property_id}/history", read, "",
      [&parts](const auto& call, const auto& reply) { query_history(parts, *call, reply); });
  routes.add(Method::get, "/api/v1/properties/{property_id}/history.csv", read, "",
             on(parts, export_csv));
}

}  // namespace fastness::api
