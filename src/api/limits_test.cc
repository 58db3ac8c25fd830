// Each limit of the API, at it and one past it, with what the caller is told.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/v1/live/live.h"
#include "api/world_test.h"
#include "base/fixed_limits.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using http::CloseCode;
using http::Method;
using http::Status;
using testing::text_of;

// The other end of a WebSocket.
class Page final : public http::WebSocket {
 public:
  void start(Post, Events events) override { events_ = std::move(events); }
  void receive() override {}
  void send(std::string message) override { sent.push_back(std::move(message)); }
  [[nodiscard]] std::size_t unsent() const override { return lag; }
  void close(CloseCode code) override { closed = code; }
  void say(const std::string& command) { events_.message(command); }

  std::vector<std::string> sent;
  std::size_t lag = 0;
  std::optional<CloseCode> closed;

 private:
  Events events_;
};

class ApiLimits : public ::testing::Test {
 protected:
  ApiLimits() : me_(world_.add_member("me@x.y")) {}

  // Time passes between requests, so that the pace of a key's requests holds nobody up.
  http::Response ask(Method method, const std::string& target, const std::string& body = {}) {
    world_.clock().advance(1s);
    return world_.ask(method, target, {.token = me_.token, .body = body});
  }
  json::Value read(const http::Response& response) {
    EXPECT_TRUE(response.status == Status::ok || response.status == Status::created)
        << response.body;
    return json::parse(response.body).value();
  }

  // `{"times":[…]}` of the only response to a query of `limit` points.
  std::size_t points_of(const std::string& query, std::size_t limit) {
    const auto answer = read(ask(Method::post, "/iot/v2/series/batch_query_raw",
                                 R"({"resp_version":1,"requests":[{"q":")" + query +
                                     R"(","series_limit":)" + std::to_string(limit) + "}]}"));
    const auto& response = answer.find("responses")->get<json::Array>()->front();
    return response.find("times")->get<json::Array>()->size();
  }

  std::string make_thing() {
    return text_of(read(ask(Method::put, "/iot/v2/things", R"({"name":"t"})")), "id");
  }
  std::string make_property(const std::string& thing) {
    return text_of(
        read(ask(Method::put, "/iot/v2/things/" + thing + "/properties",
                 R"({"name":"soil","permission":"READ_WRITE","update_strategy":"ON_CHANGE",)"
                 R"("type":"INT"})")),
        "id");
  }
  // Publishes `count` values, a second apart, ending a minute ago.
  http::Response publish(const std::string& thing, const std::string& property, std::size_t count) {
    json::Writer out;
    out.begin_array();
    for (std::size_t i = 0; i < count; ++i) {
      out.begin_object();
      out.field("timestamp", start_ + std::chrono::seconds(next_++));
      out.field("value", static_cast<std::int64_t>(i));
      out.end_object();
    }
    out.end_array();
    return ask(Method::put,
               "/iot/v2/things/" + thing + "/properties/" + property + "/publish_batch",
               std::move(out).text());
  }

  std::shared_ptr<Page> join() {
    Caller caller;
    caller.kind = Caller::Kind::api_key;
    caller.organisation = me_.organisation;
    caller.user = me_.user;
    caller.scopes = accounts::Scopes::all();
    caller.client_id = me_.client_id;
    auto page = std::make_shared<Page>();
    world_.api().live().join(caller, page);
    return page;
  }

  testing::World world_;
  testing::Member me_;
  Timestamp start_ = world_.clock().now() - 24h;
  int next_ = 0;
};

TEST_F(ApiLimits, ABatchHasAsManyValuesAsAllowedAndNotOneMore) {
  const std::string thing = make_thing();
  const std::string property = make_property(thing);
  constexpr std::size_t kMost = fixed_limit("api.batch_values");

  EXPECT_EQ(publish(thing, property, kMost).status, Status::ok);
  const auto refused = publish(thing, property, kMost + 1);

  EXPECT_EQ(refused.status, Status::bad_request);
  EXPECT_NE(refused.body.find("at most 1000 values"), std::string::npos) << refused.body;
}

TEST_F(ApiLimits, AQueryHasAsManySeriesAsAllowedAndNotOneMore) {
  const auto query = [&](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += std::string(i == 0 ? "" : ",") + R"({"q":"x"})";
    return ask(Method::post, "/iot/v2/series/batch_query", R"({"requests":[)" + list + "]}");
  };
  EXPECT_EQ(query(fixed_limit("api.series")).status, Status::ok);
  const auto refused = query(fixed_limit("api.series") + 1);
  EXPECT_EQ(refused.status, Status::bad_request);
  EXPECT_NE(refused.body.find("at most 100 elements"), std::string::npos) << refused.body;
}

TEST_F(ApiLimits, AQueryHasAsManyLastValuesAsAllowedAndNotOneMore) {
  const std::string id = Uuid({}).to_text();
  const std::string one = R"({"thing_id":")" + id + R"(","property_id":")" + id + "\"}";
  const auto query = [&](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "" : ",") + one;
    return ask(Method::post, "/iot/v2/series/batch_query_raw/lastvalue",
               R"({"requests":[)" + list + "]}");
  };
  EXPECT_EQ(query(fixed_limit("api.last_values")).status, Status::ok);
  const auto refused = query(fixed_limit("api.last_values") + 1);
  EXPECT_EQ(refused.status, Status::bad_request);
  EXPECT_NE(refused.body.find("1000"), std::string::npos) << refused.body;
}

TEST_F(ApiLimits, PointsPastTheLimitOfASeriesAreLeftOut) {
  const std::string thing = make_thing();
  const std::string property = make_property(thing);
  constexpr std::size_t kMost = fixed_limit("api.series_points");
  ASSERT_EQ(publish(thing, property, kMost).status, Status::ok);
  ASSERT_EQ(publish(thing, property, 1).status, Status::ok);

  EXPECT_EQ(points_of("property." + property, kMost), kMost);
  EXPECT_EQ(points_of("property." + property, kMost + 1), kMost);
  EXPECT_EQ(points_of("thing." + thing, kMost + 1), kMost + 1) << "a thing's has its own limit";
}

TEST_F(ApiLimits, PointsPastTheLimitOfAThingsSeriesAreLeftOut) {
  const std::string thing = make_thing();
  const std::string property = make_property(thing);
  constexpr std::size_t kMost = fixed_limit("api.series_thing_points");
  for (std::size_t i = 0; i < kMost; i += 1'000) {
    ASSERT_EQ(publish(thing, property, 1'000).status, Status::ok);
  }
  ASSERT_EQ(publish(thing, property, 1).status, Status::ok);

  EXPECT_EQ(points_of("thing." + thing, kMost), kMost);
  EXPECT_EQ(points_of("thing." + thing, kMost + 1), kMost);
}

TEST_F(ApiLimits, AnIntervalOfAQueryIsTakenDownToTheLongest) {
  const std::string property = make_property(make_thing());
  const auto interval = [&](std::size_t asked) {
    const auto answer = read(ask(Method::post, "/iot/v2/series/batch_query",
                                 R"({"requests":[{"q":"property.)" + property + R"(","interval":)" +
                                     std::to_string(asked) + "}]}"));
    const auto& response = answer.find("responses")->get<json::Array>()->front();
    return *response.find("interval")->get<std::int64_t>();
  };
  constexpr std::size_t kMost = fixed_limit("api.series_interval_seconds");
  EXPECT_EQ(interval(kMost), static_cast<std::int64_t>(kMost));
  EXPECT_EQ(interval(kMost + 1), static_cast<std::int64_t>(kMost));
}

TEST_F(ApiLimits, QueriesSayWhichNumberTheyTake) {
  const std::string property = make_property(make_thing());
  const std::string history = "/api/v1/properties/" + property + "/history";
  const struct {
    const char* limit;
    std::string target;
    const char* told;
  } cases[] = {
      {"api.history_points", history + "?interval=60&limit=", "from 1 to 10000"},
      {"api.history_interval_seconds", history + "?interval=", "from 1 to 31622400"},
  };
  for (const auto& [limit, target, told] : cases) {
    SCOPED_TRACE(limit);
    const auto row = std::ranges::find(kFixedLimits, std::string_view(limit), &FixedLimit::name);
    ASSERT_NE(row, kFixedLimits.end());
    EXPECT_EQ(ask(Method::get, target + std::to_string(row->value)).status, Status::ok);
    const auto refused = ask(Method::get, target + std::to_string(row->value + 1));
    EXPECT_EQ(refused.status, Status::bad_request);
    EXPECT_NE(refused.body.find(told), std::string::npos) << refused.body;
  }
}

TEST_F(ApiLimits, ACertificateRequestIsHeldToItsBytes) {
  const std::string device = text_of(
      read(ask(Method::put, "/iot/v2/devices", R"({"type":"mkrwifi1010","name":"d"})")), "id");
  const auto enrol = [&](std::size_t size) {
    return ask(Method::put, "/iot/v2/devices/" + device + "/certs",
               R"({"enabled":true,"csr":")" + std::string(size, 'x') + "\"}")
        .body;
  };
  EXPECT_NE(enrol(fixed_limit("api.csr_bytes")).find("PKCS#10"), std::string::npos) << "was read";
  const std::string refused = enrol(fixed_limit("api.csr_bytes") + 1);
  EXPECT_NE(refused.find("4096"), std::string::npos) << refused;
}

TEST_F(ApiLimits, AKeyHasItsBurstAndThenItsPace) {
  const auto ask = [&] { return world_.ask(Method::get, "/api/v1/devices", {.token = me_.token}); };
  const auto status = [&] { return ask().status; };
  for (std::size_t i = 0; i < fixed_limit("api.key_request_burst"); ++i) {
    ASSERT_EQ(status(), Status::ok) << i;
  }
  const auto refused = ask();
  EXPECT_EQ(refused.status, Status::too_many_requests);
  EXPECT_EQ(refused.headers.find("retry-after"), "1");

  world_.clock().advance(1'000ms / fixed_limit("api.key_requests_a_second"));
  EXPECT_EQ(status(), Status::ok);
  EXPECT_EQ(status(), Status::too_many_requests);
}

TEST_F(ApiLimits, WrongKeysOfOneNetworkAreCounted) {
  const auto status = [&] {
    return world_
        .ask(Method::post, "/iot/v1/clients/token",
             {.body = "grant_type=client_credentials&client_id=x&client_secret=y"})
        .status;
  };
  for (std::size_t i = 0; i < fixed_limit("tokens.failures_of_network"); ++i) {
    ASSERT_EQ(status(), Status::unauthorized) << i;
  }
  EXPECT_EQ(status(), Status::too_many_requests);
  world_.clock().advance(1s);
  EXPECT_EQ(status(), Status::unauthorized);
}

TEST_F(ApiLimits, SoManyPagesWatchAndNotOneMore) {
  std::vector<std::shared_ptr<Page>> pages;
  for (std::size_t i = 0; i < Live::kMaxSockets; ++i) pages.push_back(join());
  EXPECT_FALSE(pages.back()->closed);

  EXPECT_EQ(join()->closed, CloseCode::try_again_later);
  const auto refused = world_.ask(Method::get, "/api/v1/live",
                                  {.token = me_.token,
                                   .headers = {{"connection", "upgrade"},
                                               {"upgrade", "websocket"},
                                               {"host", "localhost"},
                                               {"sec-websocket-version", "13"},
                                               {"sec-websocket-key", "AAAA"}}});
  EXPECT_EQ(refused.status, Status::service_unavailable);
  EXPECT_NE(refused.body.find("Close one"), std::string::npos) << refused.body;
}

TEST_F(ApiLimits, AWatchNamesAsManyThingsAsAllowedAndNotOneMore) {
  const auto watch = [&](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
      list += std::string(i == 0 ? "" : ",") + "\"" + Uuid({}).to_text() + "\"";
    }
    const auto page = join();
    page->say(R"({"type":"watch","things":[)" + list + "]}");
    return page->closed;
  };
  EXPECT_EQ(watch(fixed_limit("live.things")), std::nullopt);
  EXPECT_EQ(watch(fixed_limit("live.things") + 1), CloseCode::policy_violation);
}

TEST_F(ApiLimits, AWatchIsHeldToItsBytes) {
  const auto watch = [&](std::size_t size) {
    std::string command = R"({"type":"watch","things":"all"})";
    command += std::string(size - command.size(), ' ');
    const auto page = join();
    page->say(command);
    return page->closed;
  };
  EXPECT_EQ(watch(fixed_limit("live.command_bytes")), std::nullopt);
  EXPECT_EQ(watch(fixed_limit("live.command_bytes") + 1), CloseCode::policy_violation);
}

TEST_F(ApiLimits, APageThatTakesNothingIsClosed) {
  const auto page = join();
  page->lag = fixed_limit("live.unsent_bytes");
  world_.api().live().tick();
  EXPECT_EQ(page->closed, std::nullopt);

  page->lag += 1;
  world_.api().live().tick();
  EXPECT_EQ(page->closed, CloseCode::try_again_later);
}

TEST_F(ApiLimits, TheOldestAlarmGoes) {
  auto& live = world_.api().live();
  for (std::uint64_t i = 1; i <= Live::kMaxAlarms; ++i) live.forged({{}, i, false});
  EXPECT_EQ(live.alarms().size(), Live::kMaxAlarms);
  EXPECT_EQ(live.alarms().back().forgery.count, 1U);

  live.forged({{}, 1'000, false});

  EXPECT_EQ(live.alarms().size(), Live::kMaxAlarms);
  EXPECT_EQ(live.alarms().back().forgery.count, 2U);
  EXPECT_EQ(live.alarms().front().forgery.count, 1'000U);
}

}  // namespace
}  // namespace fastness::api
