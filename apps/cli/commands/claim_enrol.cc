// fastness device enrol --est: the first certificate of a device that nobody knows yet.
#include "commands/claim_enrol.h"

#include <cstdio>

#include <poll.h>
#include <unistd.h>

#include "../secret_input.h"
#include "base/bytes.h"
#include "client/claim/claim_client.h"
#include "client/est_client.h"
#include "os/terminal.h"

namespace fastness::cli {
namespace {

// Whom to believe that it is the server: a code that a stranger gets is a device that they get.
Result<std::string> anchors_for(const Session& session, const client::Address& server,
                                const std::string& file) {
  if (!file.empty()) return client::read_text_file(file);
  const auto kept = session.credentials();
  if (kept && client::server_url(kept->server) == client::server_url(server)) {
    return kept->anchors_pem;
  }
  return std::string();
}

// Before the code is sent. A device's first trouble is a server that signs its own certificates.
Result<client::Trust> trust_of(client::ClaimClient& server) {
  auto trust = server.trust();
  if (trust) return trust;
  Error error = trust.error();
  if (error.message.find("certificate verify failed") != std::string::npos) {
    error.message +=
        "\nIf this server signs its own certificates, name its anchors with --ca FILE: they are on "
        "its page /trust.";
  }
  return Unexpected<Error>{std::move(error)};
}

// What lets the device in: the code, or nothing if it shows a certificate.
Result<std::optional<std::string>> code_of(const ClaimEnrolment& options) {
  if (!options.certificate_file.empty()) return std::optional<std::string>();
  FASTNESS_ASSIGN_OR_RETURN(std::string code,
                            read_secret(options.code_file, "Claim code: ", "--claim"));
  return std::optional(std::move(code));
}

Result<std::optional<tls::Credential>> certificate_of(const ClaimEnrolment& options) {
  if (options.certificate_file.empty()) return std::optional<tls::Credential>();
  FASTNESS_ASSIGN_OR_RETURN(const std::string certificate,
                            client::read_text_file(options.certificate_file));
  FASTNESS_ASSIGN_OR_RETURN(const std::string key, client::read_text_file(options.key_file));
  auto shown = tls::Credential::from_pem(certificate, key);
  if (!shown) {
    return fail(Errc::invalid_argument,
                "--claim-cert and --claim-key must be a certificate and its key, PEM");
  }
  return std::optional(std::move(shown).value());
}

void wait(std::chrono::seconds time) {
  ::poll(nullptr, 0, static_cast<int>(std::chrono::milliseconds(time).count()));
}

// One line that changes on a terminal, one line once in a file.
class WaitingLine {
 public:
  explicit WaitingLine(const Clock& clock) : clock_(clock), since_(clock.steady()) {}
  ~WaitingLine() {
    if (is_on_terminal_ && was_shown_) std::fputs("\n", stderr);
  }
  WaitingLine(const WaitingLine&) = delete;
  WaitingLine& operator=(const WaitingLine&) = delete;

  void show(const char* why) {
    if (!is_on_terminal_ && was_shown_) return;
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.steady() - since_).count();
    std::fprintf(stderr, "%s%s (%lld s)%s", is_on_terminal_ ? "\r\x1b[K" : "", why,
                 static_cast<long long>(seconds), is_on_terminal_ ? "" : "\n");
    was_shown_ = true;
  }

 private:
  const Clock& clock_;
  SteadyTime since_;
  bool is_on_terminal_ = os::is_terminal(STDERR_FILENO);
  bool was_shown_ = false;
};

bool may_pass(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::exhausted;
}

// Asks until there is an answer. Once the server has said to wait, it may be away for a while.
Result<crypto::Certificate> ask(const Session& session, client::ClaimClient& server,
                                const client::ClaimAttempt& attempt, const crypto::PrivateKey& key,
                                bool is_patient) {
  WaitingLine line(session.clock);
  std::optional<std::chrono::seconds> pace;
  while (true) {
    auto answer = server.enrol(attempt, key);
    if (!answer && !(pace && may_pass(answer.error()))) return propagate(std::move(answer));
    if (answer && answer->certificate) return *answer->certificate;
    if (answer) pace = answer->ask_again;
    if (!is_patient) {
      return fail(Errc::unavailable,
                  "the owner has to approve this device; run the same command again after that");
    }
    line.show(answer ? "waiting for the owner to approve this device"
                     : "waiting for the server to come back");
    wait(*pace);
  }
}

}  // namespace

Result<ExitStatus> enrol_by_claim(const Session& session, const ClaimEnrolment& options) {
  FASTNESS_ASSIGN_OR_RETURN(const client::Address address, client::parse_server(options.server));
  FASTNESS_ASSIGN_OR_RETURN(const std::string anchors,
                            anchors_for(session, address, options.anchors_file));
  FASTNESS_ASSIGN_OR_RETURN(const auto code, code_of(options));
  FASTNESS_ASSIGN_OR_RETURN(auto shown, certificate_of(options));
  const std::filesystem::path folder = options.folder.empty() ? options.name : options.folder;
  FASTNESS_ASSIGN_OR_RETURN(
      auto server, client::ClaimClient::open(address, anchors, session.clock, std::move(shown)));
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, trust_of(server));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PrivateKey key, client::find_or_make_first_key(folder));
  std::fprintf(stderr, "The device's key, as its owner sees it: %s\n",
               to_hex(key.public_key().digest()).c_str());
  FASTNESS_ASSIGN_OR_RETURN(const crypto::Certificate certificate,
                            ask(session, server, {options.name, code}, key, options.is_patient));
  FASTNESS_RETURN_IF_ERROR(
      client::save_certificate(folder, certificate.common_name(), certificate.to_pem(), trust));
  for (const char* name : {"device.key", "device.crt", "ca.crt"}) {
    std::printf("%s\n", (folder / name).c_str());
  }
  return ExitStatus::success;
}

}  // namespace fastness::cli
