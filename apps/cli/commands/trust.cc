// fastness trust install | uninstall | show: the server's root in this machine's own store.
#include <cerrno>
#include <cstdio>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "client/credentials.h"
#include "client/enrolment.h"
#include "client/root_sets.h"
#include "commands.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

constexpr const char* kUpdate = "/usr/sbin/update-ca-certificates";

// Debian's store of this machine, or of a system that is mounted at `root`.
struct Store {
  std::string root;  // empty: this machine

  [[nodiscard]] std::string certificates() const {
    return root + "/usr/local/share/ca-certificates";
  }
  [[nodiscard]] std::string list() const { return root + "/etc/ca-certificates.conf"; }
};

std::string name_for(const client::Credentials& credentials) {
  std::string name = "fastness-" + credentials.server.host;
  for (char& c : name) {
    if (c == ':' || c == '/') c = '-';
  }
  return name + ".crt";
}

Unexpected<Error> cannot(const std::string& verb, const std::string& path) {
  const bool is_forbidden = errno == EACCES || errno == EROFS;
  if (is_forbidden) {
    return fail(Errc::permission_denied,
                "cannot " + verb + " " + path + "; run: sudo -E fastness ...");
  }
  return os::fail_with_errno("cannot " + verb + " " + path);
}

// Has Debian's own program bring everything up to date by `list`.
Result<void> update_store(const Store& store, const std::string& list) {
  constexpr int kList = 3;
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor memory,
                            os::sealed_memory("ca-certificates.conf", as_bytes(list)));
  std::vector<std::string> arguments{"--certsconf", "/proc/self/fd/" + std::to_string(kList)};
  if (!store.root.empty()) {
    arguments.insert(arguments.end(),
                     {"--certsdir", store.root + "/usr/share/ca-certificates", "--localcertsdir",
                      store.certificates(), "--etccertsdir", store.root + "/etc/ssl/certs",
                      "--hooksdir", store.root + "/etc/ca-certificates/update.d"});
  }
  FASTNESS_ASSIGN_OR_RETURN(os::Process update,
                            os::Process::spawn({kUpdate,
                                                std::move(arguments),
                                                {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                                                {{memory.number(), kList}}}));
  pollfd ended{update.number(), POLLIN, 0};
  constexpr int kMinute = 60'000;
  ::poll(&ended, 1, kMinute);
  const auto ending = update.ending();
  if (!ending || !ending->is_success()) {
    return fail(Errc::unavailable, "update-ca-certificates failed; its reason is above");
  }
  return {};
}

Result<ExitStatus> install(const Session& session, const Store& store) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, client::fetch_trust(api));
  FASTNESS_ASSIGN_OR_RETURN(const std::string list, client::read_text_file(store.list()));
  const std::string path = store.certificates() + "/" + name_for(api.credentials());
  std::ofstream out(path, std::ios::trunc);
  if (!(out << trust.active_root_pem).flush()) return cannot("write", path);
  out.close();
  FASTNESS_RETURN_IF_ERROR(update_store(store, list));
  std::printf("Trusted from now on: %s\nSHA-256 %s\n", path.c_str(),
              trust.active_fingerprint.c_str());
  return ExitStatus::success;
}

Result<ExitStatus> uninstall(const Session& session, const Store& store) {
  FASTNESS_ASSIGN_OR_RETURN(const client::Credentials credentials, session.credentials());
  FASTNESS_ASSIGN_OR_RETURN(const std::string list, client::read_text_file(store.list()));
  const std::string name = name_for(credentials);
  const std::string path = store.certificates() + "/" + name;
  if (::unlink(path.c_str()) != 0) return cannot("delete", path);
  // Named as taken away: a file that is merely missing keeps its links, and its place in the stores
  // that hooks fill, such as Java's.
  FASTNESS_RETURN_IF_ERROR(update_store(store, list + "\n!" + name + "\n"));
  return ExitStatus::success;
}

// The roots of the login, which may be older than the server's.
Result<ExitStatus> follow(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Credentials credentials, session.credentials());
  const auto trusted = roots::RootSet::parse_text(credentials.anchors_pem);
  if (!trusted) {
    return fail(Errc::invalid_argument,
                "the login does not name the two roots of a server, so there is nothing to follow");
  }
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/ca/root-set"));
  FASTNESS_ASSIGN_OR_RETURN(const auto documents, client::read_root_documents(answer));
  FASTNESS_ASSIGN_OR_RETURN(const roots::RootSet newest,
                            roots::catch_up(*trusted, documents, session.clock.now()));
  if (newest != *trusted) {
    credentials.anchors_pem = newest.to_text();
    FASTNESS_RETURN_IF_ERROR(client::save_credentials(session.credentials_file, credentials));
  }
  std::printf("root set %u\n", newest.number);
  return ExitStatus::success;
}

Result<ExitStatus> show_root(const Session& session) {
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
  set_examples(*trust, {"fastness trust show", "sudo -E fastness trust install"});
  auto store = std::make_shared<Store>();  // shared with the callbacks, which CLI11 copies
  const auto add = [&, store](const char* name, const char* help, auto act) {
    auto* command = trust->add_subcommand(name, help);
    command
        ->add_option("--root", store->root,
                     "a system mounted there, such as an image, not this one")
        ->type_name("DIR")
        ->check(CLI::ExistingDirectory);
    command->callback([&session, &action, store, act] {
      action = [&session, store, act] { return act(session, *store); };
    });
    return command;
  };
  set_examples(*add("install", "make this machine trust the server (Debian's store)", install),
               {"sudo -E fastness trust install"},
               "Firefox keeps a store of its own: see the server's page /trust.");
  set_examples(*add("uninstall", "take that back", uninstall),
               {"sudo -E fastness trust uninstall"});
  auto* followed = trust->add_subcommand(
      "follow", "take the server's new roots, if those of the login vouch for them");
  followed->callback([&] { action = [&session] { return follow(session); }; });
  set_examples(*followed, {"fastness trust follow"},
               "After a switch to the standby root. Nothing is taken that both old roots did not "
               "sign.");
  auto* shown = trust->add_subcommand("show", "fingerprints of the roots, to compare");
  shown->callback([&] { action = [&session] { return show_root(session); }; });
  set_examples(*shown, {"fastness trust show"});
}

}  // namespace fastness::cli
