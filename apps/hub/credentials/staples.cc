#include "credentials/staples.h"

#include <algorithm>
#include <utility>

#include "json/time_text.h"
#include "os/files/file_system.h"

namespace fastness::hub {
namespace {

// For a file whose time has not come or is over: somebody may put the clock right.
constexpr std::chrono::hours kAgain{1};

Result<crypto::VerifiedStatus> read_status(const std::string& file,
                                           const tls::Credential& credential, Timestamp now) {
  if (credential.chain.size() < 2) {
    return fail(Errc::invalid_argument,
                "the certificate's file does not have its issuer's behind it, by which a status is "
                "verified");
  }
  os::PosixFileSystem files;
  FASTNESS_ASSIGN_OR_RETURN(const Bytes untrusted,
                            os::read_file(files, file, crypto::VerifiedStatus::kMaxSize));
  return crypto::VerifiedStatus::verify(untrusted, credential.chain[0], credential.chain[1], now);
}

}  // namespace

Staples::Staples(const config::Config::Server& server, const Clock& clock, telemetry::Log log)
    : clock_(clock), log_(std::move(log)) {
  watched_.push_back({server.staple_file});
  watched_.push_back({server.rsa_staple_file});
}

std::optional<std::vector<crypto::VerifiedStatus>> Staples::look(
    const std::vector<tls::Credential>& credentials) {
  bool is_new = false;
  for (std::size_t i = 0; i < std::min(credentials.size(), watched_.size()); ++i) {
    if (look_at(watched_[i], credentials[i])) is_new = true;
  }
  if (!is_new) return std::nullopt;
  std::vector<crypto::VerifiedStatus> statuses;
  for (const Watched& each : watched_) {
    if (each.status) statuses.push_back(*each.status);
  }
  return statuses;
}

bool Staples::look_at(Watched& watched, const tls::Credential& credential) {
  bool is_new = false;
  const bool is_another = watched.leaf != credential.chain.front();
  if (is_another) {
    is_new = watched.status.has_value();
    watched = {watched.file, credential.chain.front(),
               crypto::demands_status(credential.chain.front())};
  }
  if (!watched.file.empty()) {
    // The stamp comes first: what changes while we read is read again.
    const auto stamp = os::FileStamp::of(watched.file);
    const os::FileStamp now = stamp ? *stamp : os::FileStamp();
    const bool is_time = watched.again && clock_.now() >= *watched.again;
    const bool has_changed = std::exchange(watched.seen, now) != now;
    if ((is_another || is_time || has_changed) && read(watched, credential)) is_new = true;
  }
  if (follow_time(watched)) is_new = true;
  warn_of_none(watched);
  return is_new;
}

bool Staples::read(Watched& watched, const tls::Credential& credential) {
  auto status = read_status(watched.file, credential, clock_.now());
  watched.again.reset();
  if (!status) return refuse(watched, status.error());
  log_.info("staple_shown",
            {{"file", watched.file}, {"until", json::to_time_text(status->until())}});
  watched.status = std::move(status).value();
  watched.complaint.clear();
  watched.is_ending_said = false;
  return true;
}

// A file that cannot be used says nothing against the one before, which goes on until its end. But
// an authority that takes back what it said is believed at once.
bool Staples::refuse(Watched& watched, const Error& why) {
  if (why.code == Errc::unavailable) watched.again = clock_.now() + kAgain;
  const bool is_withdrawn = why.code == Errc::permission_denied && watched.status.has_value();
  if (why.code == Errc::permission_denied) watched.status.reset();
  if (std::exchange(watched.complaint, why.message) == why.message) return is_withdrawn;
  if (why.code == Errc::permission_denied) {
    log_.error("server_certificate_revoked", {{"file", watched.file}, {"error", why.message}});
  } else {
    log_.warning("staple_refused", {{"file", watched.file}, {"error", why.message}});
  }
  return is_withdrawn;
}

bool Staples::follow_time(Watched& watched) {
  if (!watched.status) return false;
  const Timestamp now = clock_.now();
  const std::string until = json::to_time_text(watched.status->until());
  if (now >= watched.status->until()) {
    watched.status.reset();
    log_.warning("staple_over", {{"file", watched.file}, {"until", until}});
    return true;
  }
  if (watched.status->is_ending(now) && !std::exchange(watched.is_ending_said, true)) {
    log_.warning("staple_ending", {{"file", watched.file}, {"until", until}});
  }
  return false;
}

// Clients that keep to what the certificate demands turn away.
void Staples::warn_of_none(Watched& watched) {
  const bool is_missing = watched.demands && !watched.status;
  if (is_missing && !watched.is_missing_said) log_.error("staple_missing");
  watched.is_missing_said = is_missing;
}

}  // namespace fastness::hub
