// What is unusual about an account is in its person's trail, and waits to be mailed to them.
#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using accounts::NewsKind;
using http::Method;
using http::Status;
using testing::Ask;
using testing::text_of;
using testing::World;

class NewsRoutes : public ::testing::Test {
 protected:
  NewsRoutes() {
    world_.accounts().news().keep();
    const auto link = world_.accounts().setup_links().create(std::nullopt).value();
    page_ = page_of(come("/api/v1/setup",
                         R"({"token":")" + link.token + R"(","email":"me@x.y","password":")" +
                             kPassword + R"(","organisation":"Greenhouse"})",
                         "192.0.2.1"));
    const auto user = world_.accounts().users().find_by_email("me@x.y").value();
    me_ = user.id;
    organisation_ = user.organisation;
  }

  http::Response come(const std::string& path, const std::string& body,
                      const std::string& address) {
    Ask ask{.body = body, .address = address};
    ask.headers["user-agent"] = kFirefox;
    return world_.ask(Method::post, path, ask);
  }
  http::Response sign_in(const std::string& address, const std::string& password = kPassword) {
    return come("/api/v1/session", R"({"email":"me@x.y","password":")" + password + "\"}", address);
  }
  static Ask page_of(const http::Response& response) {
    Ask page = World::page_of(response);
    page.headers["user-agent"] = kFirefox;
    return page;
  }
  // The lines of the person's trail with this action, newest first.
  std::vector<audit::Event> lines(const std::string& action) {
    std::vector<audit::Event> found;
    const auto entries = world_.audit().list(organisation_, 100, std::nullopt).value();
    for (const audit::Entry& each : entries) {
      if (each.event.action == action) found.push_back(each.event);
    }
    return found;
  }
  std::set<NewsKind> kinds() {
    std::set<NewsKind> found;
    const auto waiting = world_.accounts().news().waiting(me_).value();
    for (const auto& each : waiting) found.insert(each.news.kind);
    return found;
  }
  std::string person() const { return "user:" + me_.value().to_text(); }

  inline static const std::string kPassword = "correct horse battery";
  inline static const std::string kFirefox =
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0";
  World world_;
  Ask page_;
  UserId me_{Uuid(Uuid::Bytes{})};
  OrganisationId organisation_{Uuid(Uuid::Bytes{})};
};

TEST_F(NewsRoutes, ASignInFromANewPlaceIsInThePersonsTrailAndWaitsToBeMailed) {
  ASSERT_EQ(sign_in("192.0.2.1").status, Status::created);
  EXPECT_TRUE(lines("session.new_place").empty());

  ASSERT_EQ(sign_in("198.51.100.7").status, Status::created);

  const auto found = lines("session.new_place");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().actor, person());
  EXPECT_EQ(found.front().address, "198.51.100.7");
  EXPECT_EQ(found.front().result, "ok");
  EXPECT_EQ(kinds(), std::set{NewsKind::new_place});
}

TEST_F(NewsRoutes, TravelThatIsImpossibleIsInThePersonsTrailAndWaitsToBeMailed) {
  world_.accounts().travels().look_up_by([](std::string_view address) {
    return std::optional(address == "192.0.2.1" ? places::Coordinates{52.5, 13.4}
                                                : places::Coordinates{35.7, 139.7});
  });
  ASSERT_EQ(sign_in("192.0.2.1").status, Status::created);
  world_.clock().advance(std::chrono::hours(1));
  EXPECT_TRUE(lines("session.impossible_travel").empty());

  ASSERT_EQ(sign_in("198.51.100.7").status, Status::created);

  const auto found = lines("session.impossible_travel");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().actor, person());
  EXPECT_EQ(found.front().address, "198.51.100.7");
  EXPECT_EQ(found.front().result, "ok");
  EXPECT_TRUE(kinds().contains(NewsKind::impossible_travel));
  // And what is kept of it is theirs to take along.
  const auto exported = world_.ask(Method::get, "/api/v1/account/export", page_);
  std::string records;
  exported.source(
      [&records](const http::BodyPart& part) { records = part && *part ? **part : "nothing"; });
  world_.tasks().run_until([&records] { return !records.empty(); });
  EXPECT_NE(records.find(R"("last_place":{"latitude":36,"longitude":140,)"), std::string::npos)
      << records;
}

TEST_F(NewsRoutes, ACookieInAnotherBrowserEndsItsSessionAndIsInThePersonsTrail) {
  ASSERT_EQ(world_.ask(Method::get, "/api/v1/session", page_).status, Status::ok);
  Ask thief = page_;
  thief.address = "198.51.100.7";
  thief.headers["user-agent"] = "curl/8.5.0";

  EXPECT_EQ(world_.ask(Method::get, "/api/v1/devices", thief).status, Status::unauthorized);

  EXPECT_EQ(world_.ask(Method::get, "/api/v1/devices", page_).status, Status::unauthorized);
  const auto found = lines("session.carried_off");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().actor, "anonymous");
  EXPECT_EQ(found.front().object, person());
  EXPECT_EQ(found.front().address, "198.51.100.7");
  EXPECT_EQ(found.front().result, "refused");
  EXPECT_TRUE(kinds().contains(NewsKind::session_carried_off));
}

TEST_F(NewsRoutes, ManyWrongPasswordsAreInThePersonsTrailOnceAndAnsweredAsEver) {
  std::set<std::string> answers;
  for (int i = 0; i < 40; ++i) {
    world_.clock().advance(std::chrono::seconds(31));
    answers.insert(sign_in("10.1." + std::to_string(i) + ".1", "not the password").body);
  }

  EXPECT_EQ(answers.size(), 1U) << "whoever guesses hears nothing of it";
  const auto found = lines("session.many_wrong_passwords");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().actor, "anonymous");
  EXPECT_EQ(found.front().object, person());
  EXPECT_EQ(found.front().result, "refused");
  EXPECT_EQ(kinds(), std::set{NewsKind::wrong_passwords});
}

TEST_F(NewsRoutes, AnExportAndASignOutElsewhereAreNewsWhoeverDoesThem) {
  world_.expect(Status::no_content, Method::post, "/api/v1/sessions/end-others", page_);
  EXPECT_EQ(kinds(), std::set{NewsKind::signed_out_elsewhere});
  ASSERT_EQ(world_.ask(Method::get, "/api/v1/account/export", page_).status, Status::ok);
  EXPECT_TRUE(kinds().contains(NewsKind::exported));
  world_.expect(Status::ok, Method::post, "/admin/v1/users/export",
                {.body = R"({"email":"me@x.y"})", .channel = http::Channel::admin});
  EXPECT_TRUE(kinds().contains(NewsKind::exported_by_host));
}

TEST_F(NewsRoutes, AKeyInANewNetworkIsInItsOwnersTrailAndIsLetIn) {
  const auto key = world_.accounts()
                       .api_keys()
                       .create(organisation_, me_, "nightly", accounts::Scopes::all(),
                               world_.clock().now() + std::chrono::hours(24 * 30))
                       .value();
  const auto look = [&](const std::string& address) {
    const std::string token = world_.accounts().tokens().issue(key.key, world_.clock().now());
    return world_.ask(Method::get, "/api/v1/things", {.token = token, .address = address}).status;
  };
  ASSERT_EQ(look("192.0.2.1"), Status::ok);
  world_.clock().advance(accounts::SeenNetworks::kSettling);
  ASSERT_EQ(look("192.0.2.99"), Status::ok);
  EXPECT_TRUE(lines("api_key.new_network").empty());

  ASSERT_EQ(look("198.51.100.7"), Status::ok);
  ASSERT_EQ(look("198.51.100.7"), Status::ok);

  const auto found = lines("api_key.new_network");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().actor, "api_key:" + key.key.client_id);
  EXPECT_EQ(found.front().address, "198.51.100.7");
  EXPECT_EQ(found.front().result, "ok");
  EXPECT_TRUE(kinds().contains(NewsKind::key_in_new_network));
}

}  // namespace
}  // namespace fastness::api
