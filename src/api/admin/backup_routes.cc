// /admin/v1/backups: the copy of a running instance that fastnessd packs into a backup, and the
// test restore of it; and /admin/v1/backup-schedule: how the packing went, by schedule.
#include <utility>

#include "api/admin/host_backup.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "upkeep/backup_watch.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

std::string_view word_of(HostBackup::State state) {
  switch (state) {
    case HostBackup::State::copying:
      return "copying";
    case HostBackup::State::ready:
      return "ready";
    case HostBackup::State::failed:
      return "failed";
  }
  return {};
}

// Why, in words: only the host's owner comes here.
Unexpected<Problem> refuse_backup(const Error& error) {
  switch (error.code) {
    case Errc::already_exists:
      return refuse(Status::conflict, "A backup is being made already: wait until it has ended.");
    case Errc::not_found:
      return refuse(
          Status::not_found,
          "The instance was started again and knows nothing of this backup: make another.");
    default:
      return refuse(Status::service_unavailable, "No backup: " + error.message + ".");
  }
}

Answer begin_backup(const Parts& parts, Call& call) {
  const auto id = parts.backup.begin();
  if (!id) return refuse_backup(id.error());
  call.object = "backup:" + id->to_text();
  return v1::object(Status::created, [&](json::Writer& out) { out.field("id", *id); });
}

Answer look_at_backup(const Parts& parts, const Call& call) {
  const auto id = call.id<Uuid>("id");
  if (!id) return Unexpected<Problem>{id.error()};
  const auto progress = parts.backup.look(*id);
  if (!progress) return refuse_backup(progress.error());
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("state", word_of(progress->state));
    if (!progress->why.empty()) out.field("why", progress->why);
    if (progress->ticket) out.field("ticket", to_base64url(progress->ticket->reveal()));
  });
}

Answer end_backup(const Parts& parts, const Call& call) {
  const auto id = call.id<Uuid>("id");
  if (!id) return Unexpected<Problem>{id.error()};
  const auto ended = parts.backup.end(*id);
  if (!ended) return refuse_backup(ended.error());
  return http::Response::empty(Status::no_content);
}

std::string_view word_of(HostTestRestore::State state) {
  switch (state) {
    case HostTestRestore::State::unpacking:
      return "unpacking";
    case HostTestRestore::State::opening:
      return "opening";
    case HostTestRestore::State::passed:
      return "passed";
    case HostTestRestore::State::failed:
      return "failed";
  }
  return {};
}

Unexpected<Problem> refuse_test(const Error& error) {
  switch (error.code) {
    case Errc::already_exists:
      return refuse(Status::conflict, "A backup is restored on trial already.");
    case Errc::not_found:
      return refuse(Status::not_found,
                    "The instance was started again, or made another backup since: it cannot say "
                    "what is to be in this one.");
    default:
      return refuse(Status::service_unavailable, "No test restore: " + error.message + ".");
  }
}

Answer begin_test(const Parts& parts, const Call& call) {
  const auto id = call.id<Uuid>("id");
  if (!id) return Unexpected<Problem>{id.error()};
  const auto size = v1::read_body<v1::TestRestoreBegin>(call);
  if (!size) return refuse(size);
  const auto is_due =
      parts.backup.test_restore().begin(*id, static_cast<std::uint64_t>(size->bytes));
  if (!is_due) return refuse_test(is_due.error());
  return v1::object(Status::ok, [&](json::Writer& out) { out.field("is_due", *is_due); });
}

Answer go_on_with_test(const Parts& parts, const Call& call) {
  using Unpacked = HostTestRestore::Unpacked;
  const auto id = call.id<Uuid>("id");
  if (!id) return Unexpected<Problem>{id.error()};
  const auto report = v1::read_body<v1::TestRestoreReport>(call);
  if (!report) return refuse(report);
  const auto noted = parts.backup.test_restore().go_on(
      *id, report->is_unpacked ? Unpacked::whole : Unpacked::failed);
  if (!noted) return refuse_test(noted.error());
  return http::Response::empty(Status::no_content);
}

Answer look_at_test(const Parts& parts, const Call& call) {
  const auto id = call.id<Uuid>("id");
  if (!id) return Unexpected<Problem>{id.error()};
  const auto progress = parts.backup.test_restore().look(*id);
  if (!progress) return refuse_test(progress.error());
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("state", word_of(progress->state));
    if (!progress->why.empty()) out.field("why", progress->why);
  });
}

// Those of test restores and of being late are found by looking, and never said.
bool may_be_said(upkeep::Trouble trouble) {
  return trouble != upkeep::Trouble::late && !is_of_test_restore(trouble);
}

Answer take_report(const Parts& parts, const Call& call) {
  using v1::BackupOutcome;
  const auto report = v1::read_body<v1::BackupReport>(call);
  if (!report) return refuse(report);
  upkeep::BackupWatch& backups = parts.backups_made;
  if (report->outcome == BackupOutcome::failed) {
    const auto trouble = upkeep::parse_trouble(report->trouble.value_or(""));
    if (!trouble || !may_be_said(*trouble)) {
      return refuse(Status::bad_request, "There is no such trouble.", "trouble");
    }
    FASTNESS_REFUSE_IF_ERROR(backups.note_failure(*trouble));
    return http::Response::empty(Status::no_content);
  }
  if (!report->newest_at) {
    return refuse(Status::bad_request, "Say when the newest backup was begun.", "newest_at");
  }
  FASTNESS_REFUSE_IF_ERROR(report->outcome == BackupOutcome::made
                               ? backups.note_made(*report->newest_at)
                               : backups.note_not_due(*report->newest_at));
  return http::Response::empty(Status::no_content);
}

}  // namespace

void add_backup_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::post, "/admin/v1/backups", host_only(), "host.begin_backup",
             on(parts, begin_backup));
  routes.add(Method::get, "/admin/v1/backups/{id}", host_only(), "", on(parts, look_at_backup));
  routes.add(Method::delete_, "/admin/v1/backups/{id}", host_only(), "", on(parts, end_backup));
  routes.add(Method::post, "/admin/v1/backups/{id}/test-restore", host_only(), "",
             on(parts, begin_test));
  routes.add(Method::put, "/admin/v1/backups/{id}/test-restore", host_only(), "",
             on(parts, go_on_with_test));
  routes.add(Method::get, "/admin/v1/backups/{id}/test-restore", host_only(), "",
             on(parts, look_at_test));
  routes.add(Method::put, "/admin/v1/backup-schedule", host_only(), "", on(parts, take_report));
}

}  // namespace fastness::api
