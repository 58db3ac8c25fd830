// Which requests there are, and who may make them: the table that drives dispatch. A request that
// no row allows is refused.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/api_keys/scope.h"
#include "accounts/orders/host_order.h"
#include "accounts/people/role.h"
#include "api/access/caller.h"
#include "api/access/described.h"
#include "api/parts.h"
#include "api/problem.h"
#include "http/message.h"

namespace fastness::api {

// Who may.
struct Access {
  enum class Who : std::uint8_t {
    anyone,    // without credentials, and with any
    person,    // a session, about its person's own account, wherever they work
    role,      // a session whose person is at least `role` in the organisation where they work
    member,    // a session or an API key with `scope`; a session has those of its person's role
    any_key,   // a session or any API key: the handler decides
    staff,     // a session of an operator of this server: about whom to let in where
    host,      // the admin socket, and nothing else
    device,    // who shows a client certificate and sends nothing else; what for, identity decides
    enroller,  // a member as above, or who shows a claim code or a claim certificate; what for, the
               // handler decides
  };
  // Whether a session's person must have shown who they are within the last minutes: for what
  // somebody could not take back who finds a browser open. API keys and the host are not asked.
  enum class Proof : std::uint8_t { none, fresh };
  // Of what somebody needs the scope: of everything, or of the things alone that it is about.
  enum class Of : std::uint8_t {
    everything,
    things,    // of one at least: the handler leaves out the others
    thing,     // of the one that the path's `parameter` names
    property,  // of the thing of the property that it names
  };
  // Whether it is for a session in which a second factor is owed, too (Caller::Owes).
  enum class Early : std::uint8_t {
    no,
    yes,     // to look at one's account, to show the factor, and to go
    adding,  // for who has none and adds it
  };
  // Of what the host orders: whether it waits for two people once the guard is on.
  enum class Weight : std::uint8_t { usual, grave };
  Who who;
  accounts::Scope scope = accounts::Scope::devices_read;  // for `member` and `enroller`
  Proof proof = Proof::none;
  accounts::Role role = accounts::Role::owner;  // for `role`
  Of of = Of::everything;                       // for `member`
  std::string_view parameter = {};
  Weight weight = Weight::usual;  // for `host`
  Early early = Early::no;        // for `person`
};

constexpr Access anyone() {
  return {Access::Who::anyone};
}
constexpr Access person() {
  return {Access::Who::person};
}
constexpr Access in_role(accounts::Role least) {
  return {Access::Who::role, accounts::Scope::devices_read, Access::Proof::none, least};
}
constexpr Access member(accounts::Scope scope) {
  return {Access::Who::member, scope};
}
constexpr Access any_key() {
  return {Access::Who::any_key};
}
constexpr Access operator_only() {
  return {Access::Who::staff};
}
constexpr Access device_only() {
  return {Access::Who::device};
}
constexpr Access enroller(accounts::Scope scope) {
  return {Access::Who::enroller, scope};
}
constexpr Access host_only() {
  return {Access::Who::host};
}
// The same, also for whoever has the scope of the thing, or of the property's thing, that the path
// names by `parameter`.
constexpr Access of_thing(Access access, std::string_view parameter) {
  access.of = Access::Of::thing;
  access.parameter = parameter;
  return access;
}
constexpr Access of_property(Access access, std::string_view parameter) {
  access.of = Access::Of::property;
  access.parameter = parameter;
  return access;
}
// The same, also for whoever has the scope of some things. The handler asks Caller::may of each.
constexpr Access of_things(Access access) {
  access.of = Access::Of::things;
  return access;
}
// The same, but a session's only with a fresh proof.
constexpr Access proven(Access access) {
  access.proof = Access::Proof::fresh;
  return access;
}

// The same, also before the second factor that this server asks for was shown.
constexpr Access early(Access access) {
  access.early = Access::Early::yes;
  return access;
}
// The same for who has none yet, and for them alone.
constexpr Access adding(Access access) {
  access.early = Access::Early::adding;
  return access;
}

// Of the host: two people have to agree to it, if the guard is on. See src/api/staff/order_gate.h.
constexpr Access grave(Access access) {
  access.weight = Access::Weight::grave;
  return access;
}

// 401 for a caller without credentials where some are needed, 403 for the wrong ones, 403 with the
// code `step_up_required` for a session that has to prove again who is in it, 403 with the code
// `second_factor_required` for one in which that is owed.
[[nodiscard]] Result<void, Problem> check(const Access& access, const Caller& caller);

// Of a row that is about one thing: 404 for whoever does not see that thing, 403 for whoever sees
// it and may not do this with it. To be asked once `check` has passed, with the path's parameters.
[[nodiscard]] Result<void, Problem> check_thing(const Access& access, const Caller& caller,
                                                const http::PathParameters& parameters,
                                                const things::Things& things);

// 403 with the code `viewing` for whatever would change something of an organisation that its
// person looks at as somebody else: they see what that role sees, and do nothing by mistake.
[[nodiscard]] Result<void, Problem> check_viewing(const Access& access, http::Method method,
                                                  const Caller& caller);

// One request on its way.
struct Call {
  http::Request request;
  Caller caller;
  std::string object;  // what the audit trail shall name; by default object_of the path
  // Whose trail it goes to, if not the caller's.
  std::optional<OrganisationId> audit_organisation;
  // What the trail shall say came of it, where the answer's status does not.
  std::string audit_result;
  // It would tell the trail nothing new.
  bool is_old_news = false;
  // The order by which two people agreed to it.
  std::optional<accounts::OrderId> order = {};

  // The identifier in the path. Text that is no UUID is 404: there can be no such object.
  template <typename Id>
  [[nodiscard]] Result<Id, Problem> id(std::string_view name) const {
    const auto uuid = Uuid::parse(request.parameters.find(name));
    if (!uuid) return refuse(http::Status::not_found, {});
    return Id(*uuid);
  }
};

// What the path of a request is about, as the audit trail writes it: "device:<id>",
// "property:<id>". The innermost object that `pattern` names; the path itself if it names none.
[[nodiscard]] std::string object_of(std::string_view pattern, const http::Request& request);

// Answers at once, on the control thread.
using SyncHandler = std::function<Answer(Call&)>;
// Answers when it can. If the row has an audit action, on the control thread.
using Reply = std::function<void(Answer)>;
using AsyncHandler = std::function<void(std::shared_ptr<Call>, Reply)>;

// A handler over the parts that all handlers work on: `on(parts, list)` for `list(parts, call)`.
template <typename Handler>
[[nodiscard]] SyncHandler on(Parts& parts, Handler handler) {
  return [&parts, handler](Call& call) -> Answer { return handler(parts, call); };
}

struct Route {
  http::Method method;
  std::string_view pattern;
  Access access;
  std::string_view audit;  // "device.create"; empty: it changes nothing worth a line
  AsyncHandler handler;
  ErrorStyle style = ErrorStyle::ours;
  // What a request of it may have; null for rows that speak somebody else's protocol and take what
  // its clients send.
  const DescribedOperation* described = nullptr;
};

// The rows of one family.
class RouteList {
 public:
  explicit RouteList(ErrorStyle style) : style_(style) {}

  void add(http::Method method, std::string_view pattern, Access access, std::string_view audit,
           SyncHandler handler);
  void add_async(http::Method method, std::string_view pattern, Access access,
                 std::string_view audit, AsyncHandler handler);

  [[nodiscard]] std::vector<Route> take() && { return std::move(routes_); }

 private:
  ErrorStyle style_;
  std::vector<Route> routes_;
};

}  // namespace fastness::api
