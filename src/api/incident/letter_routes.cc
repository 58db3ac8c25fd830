// /admin/v1/incidents/letters: writes to those whom the open incident concerns.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "accounts/accounts.h"
#include "api/incident/affected_question.h"
#include "api/incident/letter_run.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "incident/record/incidents.h"
#include "incident/record/letters.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

// At most one run at a time, so that two do not write to one person.
struct Sending {
  std::weak_ptr<LetterRun> run;
};

// What was asked, once it was checked.
struct Wanted {
  std::int64_t incident = 0;
  std::string text;
  bool is_dry = false;
};

// The whole letter: what the operator says, as they say it, and where to look.
wording::Letter letter_of(const Parts& parts, const std::string& text) {
  const std::string console = parts.reach().console;
  wording::Letter letter{
      .subject = {.en = "About the security of your account", .de = "Zur Sicherheit Ihres Kontos"},
      .body = wording::alike(text + "\n")};
  if (!console.empty()) {
    letter.body += wording::Phrase{.en = "\nYour account, and what was done with it (Audit): ",
                                   .de = "\nIhr Konto, und was damit getan wurde (Audit): "} +
                   console + "\n";
  }
  return letter;
}

// Everybody who owns one of these organisations, or everybody at all: each person has one of their
// own.
Result<std::vector<UserId>> owners_of(const Parts& parts, const AffectedSearch* search) {
  FASTNESS_ASSIGN_OR_RETURN(const auto all, parts.accounts.members().owners());
  std::set<UserId> owners;
  for (const accounts::Membership& each : all) {
    if (search == nullptr || search->found().contains(each.organisation)) owners.insert(each.user);
  }
  return std::vector(owners.begin(), owners.end());
}

Answer send(const Parts& parts, Sending& sending, const Wanted& wanted,
            const AffectedSearch* search) {
  FASTNESS_ASSIGN_OR_REFUSE(auto owners, owners_of(parts, search));
  FASTNESS_ASSIGN_OR_REFUSE(const auto told, parts.letters.told(wanted.incident));
  const std::size_t concerned = owners.size();
  std::erase_if(owners, [&told](UserId each) { return told.contains(each); });
  const std::size_t waiting = owners.size();
  if (!wanted.is_dry) {
    if (!sending.run.expired()) {
      return refuse(Status::conflict, "Letters are on their way: see incident status.");
    }
    const auto run = std::make_shared<LetterRun>(parts, wanted.incident,
                                                 letter_of(parts, wanted.text), std::move(owners));
    sending.run = run;
    run->go_on();
  }
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("concerned", concerned);
    out.field("told_before", concerned - waiting);
    out.field("to_tell", waiting);
    out.field("dry_run", wanted.is_dry);
  });
}

Result<Wanted, Problem> wanted_of(const Parts& parts, const v1::LettersRequest& request) {
  if (!parts.write_to) {
    return refuse(Status::service_unavailable,
                  "Nobody is mailed from here: see mail.server and alarms.tell_owners.");
  }
  if (request.everybody.value_or(false) == request.affected.has_value()) {
    return refuse(Status::bad_request, "Say whom: everybody, or those who are affected.",
                  "affected");
  }
  FASTNESS_ASSIGN_OR_REFUSE(const auto current, parts.incidents.current());
  if (!current) return refuse(Status::not_found, "No incident is open.");
  return Wanted{current->number, request.text, request.dry_run.value_or(false)};
}

void send_letters(const Parts& parts, audit::AccessTally& accesses,
                  const std::shared_ptr<Sending>& sending, const std::shared_ptr<Call>& call,
                  const Reply& reply) {
  auto request = v1::read_body<v1::LettersRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  auto wanted = wanted_of(parts, *request);
  if (!wanted) return reply(propagate(std::move(wanted)));
  call->object = "incident:" + std::to_string(wanted->incident);
  call->is_old_news = wanted->is_dry;
  if (!request->affected) return reply(send(parts, *sending, *wanted, nullptr));
  auto question = question_of(parts, *request->affected);
  if (!question) return reply(propagate(std::move(question)));
  search_trails(parts, accesses, std::move(question).value(),
                [&parts, sending, reply, wanted = std::move(wanted).value()](const auto& searched) {
                  if (!searched) return reply(refuse(searched));
                  reply(send(parts, *sending, wanted, searched->get()));
                });
}

}  // namespace

void add_letter_routes(RouteList& routes, Parts& parts, audit::AccessTally& accesses) {
  const auto sending = std::make_shared<Sending>();
  routes.add_async(Method::post, "/admin/v1/incidents/letters", host_only(), "host.send_letters",
                   [&parts, &accesses, sending](const auto& call, const auto& reply) {
                     send_letters(parts, accesses, sending, call, reply);
                   });
}

}  // namespace fastness::api
