// /admin/v1/backups: the copy of a running instance that fastnessd packs into a backup.
#include <utility>

#include "api/admin/host_backup.h"
#include "api/routes.h"
#include "api/v1/body.h"

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
      return refuse(Status::not_found,
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

}  // namespace

void add_backup_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::post, "/admin/v1/backups", host_only(), "host.begin_backup",
             on(parts, begin_backup));
  routes.add(Method::get, "/admin/v1/backups/{id}", host_only(), "", on(parts, look_at_backup));
  routes.add(Method::delete_, "/admin/v1/backups/{id}", host_only(), "", on(parts, end_backup));
}

}  // namespace fastness::api
