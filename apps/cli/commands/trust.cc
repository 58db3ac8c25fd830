// fastness trust install | uninstall | show: the server's root in this machine's own store.
#include <cstdio>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "client/enrolment.h"
#include "commands.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

constexpr const char* kStore = "/usr/local/share/ca-certificates";
constexpr const char* kUpdate = "/usr/sbin/update-ca-certificates";

std::string file_for(const client::Credentials& credentials) {
  std::string name = "fastness-" + credentials.server.host;
  for (char& c : name) {
    if (c == ':' || c == '/') c = '-';
  }
  return std::string(kStore) + "/" + name + ".crt";
}

Result<void> update_store() {
  FASTNESS_ASSIGN_OR_RETURN(
      os::Process update,
      os::Process::spawn({kUpdate, {}, {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, {}}));
  pollfd ended{update.number(), POLLIN, 0};
  constexpr int kMinute = 60'000;
  ::poll(&ended, 1, kMinute);
  const auto ending = update.ending();
  if (!ending || !ending->is_success()) {
    return fail(Errc::unavailable, "update-ca-certificates failed");
  }
  return {};
}

Result<ExitStatus> install(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, client::fetch_trust(api));
  const std::string path = file_for(api.credentials());
  std::ofstream out(path, std::ios::trunc);
  if (!(out << trust.active_root_pem).flush()) {
    return fail(Errc::permission_denied, "cannot write " + path + "; run this with sudo");
  }
  out.close();
  FASTNESS_RETURN_IF_ERROR(update_store());
  std::printf("This machine trusts %s.\nSHA-256 %s\n", path.c_str(),
              trust.active_fingerprint.c_str());
  return ExitStatus::success;
}

Result<ExitStatus> uninstall(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(const client::Credentials credentials,
                            client::load_credentials(session.credentials_file));
  const std::string path = file_for(credentials);
  if (::unlink(path.c_str()) != 0) return os::fail_with_errno("delete " + path);
  FASTNESS_RETURN_IF_ERROR(update_store());
  return ExitStatus::success;
}

Result<ExitStatus> show(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value trust, api.get("/api/v1/trust"));
  session.print(trust, {{"ACTIVE ROOT", "fingerprints.active_root"},
                        {"STANDBY ROOT", "fingerprints.standby_root"},
                        {"NAMES", "names"}});
  return ExitStatus::success;
}

}  // namespace

void add_trust_commands(CLI::App& app, Session& session, Action& action) {
  auto* trust = app.add_subcommand("trust", "the server's root certificate");
  trust->require_subcommand(1);
  trust->footer("\nExamples:\n  fastness trust show\n  sudo -E fastness trust install");
  trust->add_subcommand("install", "make this machine trust the server (Debian's store)")
      ->callback([&] { action = [&session] { return install(session); }; });
  trust->add_subcommand("uninstall", "take that back")->callback([&] {
    action = [&session] { return uninstall(session); };
  });
  trust->add_subcommand("show", "fingerprints of the roots, to compare")->callback([&] {
    action = [&session] { return show(session); };
  });
}

}  // namespace fastness::cli
