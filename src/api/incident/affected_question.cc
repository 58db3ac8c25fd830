#include "api/incident/affected_question.h"

#include <set>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/incident/for_everybody.h"
#include "audit/access_tally.h"
#include "incident/record/incidents.h"

namespace fastness::api {
namespace {

using http::Status;

// The person, and the programs that act by keys of theirs.
Result<std::set<std::string>, Problem> actors_of_user(const Parts& parts,
                                                      const std::string& email) {
  const auto user = parts.accounts.users().find_by_email(email);
  if (!user) return refuse(Status::not_found, "Nobody has this address.", "user");
  std::set<std::string> actors{"user:" + user->id.value().to_text()};
  for (const accounts::ApiKey& key : parts.accounts.api_keys().list_of(user->id)) {
    actors.insert("api_key:" + key.client_id);
  }
  return actors;
}

// "by api_key:fk…: 1 of 2 organisations, 40 entries read"
std::string words_for(const AffectedSearch& search) {
  const auto& [actors, organisations, since, until] = search.question();
  return "by " + (actors.empty() ? "everybody" : *actors.begin()) + ": " +
         std::to_string(search.found().size()) + " of " + std::to_string(organisations.size()) +
         " organisations, " + std::to_string(search.entries_read()) + " entries read";
}

// Who looks for no incident, or for the first signs of one, is told as well.
void note_search(const Parts& parts, const AffectedSearch& search) {
  const auto noted =
      parts.incidents.note(incident::StepKind::search, words_for(search), parts.clock.now());
  if (!noted && noted.error().code != Errc::not_found) {
    parts.log.warning("incident_not_noted", {{"why", noted.error().message}});
  }
}

// A piece, and then whatever else waits for the control thread.
void go_on(const Parts& parts, const std::shared_ptr<AffectedSearch>& search,
           const Searched& done) {
  const auto has_more = search->step();
  if (!has_more) return done(Unexpected<Error>{has_more.error()});
  if (*has_more) {
    parts.post_to_control([&parts, search, done] { go_on(parts, search, done); });
    return;
  }
  note_search(parts, *search);
  done(std::shared_ptr<const AffectedSearch>(search));
}

}  // namespace

Result<AffectedQuestion, Problem> question_of(const Parts& parts,
                                              const v1::AffectedRequest& request) {
  AffectedQuestion question;
  if (request.key) question.actors.insert("api_key:" + *request.key);
  if (request.user) {
    auto actors = actors_of_user(parts, *request.user);
    if (!actors) return propagate(std::move(actors));
    question.actors.insert(actors->begin(), actors->end());
  }
  if (request.organisation) {
    const OrganisationId named(*request.organisation);
    const auto found = parts.accounts.users().organisation(named);
    if (!found) return refuse(Status::not_found, "There is no such organisation.", "organisation");
    question.organisations = {named};
  } else {
    FASTNESS_ASSIGN_OR_REFUSE(const auto all, parts.accounts.users().organisations());
    for (const accounts::Organisation& each : all) question.organisations.push_back(each.id);
  }
  question.since = request.since;
  question.until = request.until;
  return question;
}

void search_trails(const Parts& parts, audit::AccessTally& accesses, AffectedQuestion question,
                   const Searched& done) {
  accesses.write_all();
  // Whose trail was read hears that it was, and not whose doings were looked for.
  for (const OrganisationId each : question.organisations) {
    record_for(parts, each, "host.look_for_affected", "organisation:" + each.value().to_text());
  }
  go_on(parts, std::make_shared<AffectedSearch>(parts.audit, std::move(question)), done);
}

}  // namespace fastness::api
