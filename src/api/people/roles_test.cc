// The matrix of roles: every row of the policy table, by somebody of every role.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using accounts::Role;
using accounts::Scope;
using http::Method;
using http::Status;
using testing::Ask;
using testing::World;
using Who = Access::Who;

// What the table says, in words of its own.
bool may(Role role, const Access& access) {
  switch (access.who) {
    case Who::anyone:
    case Who::person:
    case Who::any_key:
      return true;
    case Who::role:
      return role >= access.role;
    case Who::member:
    case Who::enroller:
      return scopes_of(role).has(access.scope);
    case Who::host:
    case Who::staff:
    case Who::device:
      return false;
  }
  return false;
}

// Rows that would take the ground from under the test's own feet.
bool ends_the_session(const Route& route) {
  return route.audit == "session.end" || route.audit == "account.erase" ||
         route.pattern == "/api/v1/live" || route.audit == "session.create";
}

std::string name_of(const Route& route) {
  return std::string(to_text(route.method)) + " " + std::string(route.pattern);
}

class Roles : public ::testing::Test {
 protected:
  World world_;
  const testing::Member owner_ = world_.add_member("owner@x.y");
};

TEST_F(Roles, EveryRowLetsExactlyTheRolesInThatTheTableSays) {
  for (const Role role : {Role::guest, Role::viewer, Role::member, Role::administrator}) {
    const Ask page =
        world_.add_person(owner_.organisation, std::string(to_text(role)) + "@x.y", role);
    int refused = 0;
    for (const Route& route : world_.api().routes()) {
      if (ends_the_session(route)) continue;
      SCOPED_TRACE(std::string(to_text(role)) + ": " + name_of(route));

      const auto response = world_.ask(route.method, testing::path_of_nobody(route.pattern), page);

      if (route.access.who == Who::host || route.access.who == Who::staff) {
        EXPECT_EQ(response.status, Status::not_found);
      } else if (may(role, route.access)) {
        EXPECT_NE(response.status, Status::forbidden) << response.body;
        EXPECT_NE(response.status, Status::unauthorized) << response.body;
      } else {
        ++refused;
        EXPECT_EQ(response.status, Status::forbidden) << response.body;
      }
    }
    EXPECT_EQ(refused == 0, false) << "each lesser role is refused something";
  }
}

TEST_F(Roles, AViewerChangesNothing) {
  for (const Route& route : world_.api().routes()) {
    if (http::is_safe(route.method) || route.access.who == Who::anyone ||
        route.access.who == Who::person || route.access.who == Who::host ||
        route.access.who == Who::device) {
      continue;
    }
    SCOPED_TRACE(name_of(route));
    // Themselves they may take out of it, and end keys that they made when they were more.
    const std::set<std::string> own = {"DELETE /api/v1/people/{user_id}",
                                       "DELETE /api/v1/api-keys/{api_key_id}",
                                       "POST /api/v1/api-keys/{api_key_id}/rotate"};
    // Reading by POST, since a list of questions fits no address.
    const bool is_read = route.access.who == Who::member &&
                         scopes_of(Role::viewer).has(route.access.scope) && route.audit.empty();
    EXPECT_EQ(may(Role::viewer, route.access), own.contains(name_of(route)) || is_read);
  }
}

// Whoever looks as somebody else sees what that role sees, and changes nothing by mistake.
TEST_F(Roles, WhoViewsAsAMemberChangesNothing) {
  Ask page = world_.page_of(owner_.user);
  Ask view = page;
  view.body = R"({"role":"member"})";
  world_.expect(Status::ok, Method::put, "/api/v1/session/view", view);

  for (const Route& route : world_.api().routes()) {
    if (ends_the_session(route) || route.access.who == Who::host ||
        route.access.who == Who::staff || route.access.who == Who::device ||
        route.audit == "session.view_as_self") {
      continue;
    }
    SCOPED_TRACE(name_of(route));
    const auto response = world_.ask(route.method, testing::path_of_nobody(route.pattern), page);
    const bool is_own = route.access.who == Who::person || route.access.who == Who::anyone;
    const bool is_harmless = http::is_safe(route.method) || is_own;
    if (!may(Role::member, route.access)) {
      EXPECT_EQ(response.status, Status::forbidden);
    } else {
      const bool is_stopped = response.body.find("and change nothing") != std::string::npos;
      EXPECT_EQ(is_stopped, !is_harmless) << response.body;
    }
  }
  world_.expect(Status::ok, Method::delete_, "/api/v1/session/view", page);
  page.body = R"({"name":"mine"})";
  world_.expect(Status::created, Method::post, "/api/v1/things", page);
}

TEST_F(Roles, NobodyViewsAsMoreThanTheyAre) {
  Ask page = world_.add_person(owner_.organisation, "a@x.y", Role::administrator);
  page.body = R"({"role":"administrator"})";
  world_.expect(Status::bad_request, Method::put, "/api/v1/session/view", page);
  page.body = R"({"role":"owner"})";
  world_.expect(Status::bad_request, Method::put, "/api/v1/session/view", page);
}

// A role of another organisation is worth nothing in this one.
TEST_F(Roles, WhoeverOwnsTheirOwnOrganisationIsNothingElsewhere) {
  const Ask stranger = world_.page_of(world_.add_member("stranger@x.y").user);
  const auto thing = world_.expect(Status::created, Method::post, "/api/v1/things",
                                   {.token = owner_.token, .body = R"({"name":"t"})"});
  const std::string path = "/api/v1/things/" + testing::text_of(thing, "id");
  world_.expect(Status::not_found, Method::get, path, stranger);
  world_.expect(Status::not_found, Method::delete_,
                "/api/v1/people/" + owner_.user.value().to_text(), stranger);
  Ask work = stranger;
  work.body = R"({"organisation":")" + owner_.organisation.value().to_text() + "\"}";
  world_.expect(Status::not_found, Method::put, "/api/v1/session/organisation", work);
}

}  // namespace
}  // namespace fastness::api
