// fastness claim certificate ...
#include "commands/claim_certificate.h"

#include <cstdio>
#include <sstream>

#include "acts.h"
#include "client/claim/claim_certificate.h"
#include "client/credentials.h"
#include "commands.h"
#include "crypto/public_key/pem.h"
#include "json/writer.h"

namespace fastness::cli {
namespace {

constexpr const char* kClaimCertificates = "/api/v1/claim-certificates";

constexpr client::Column kCertificateColumns[] = {{"ID", "id"},
                                                  {"LABEL", "label"},
                                                  {"NAMED DEVICES", "hardware_ids"},
                                                  {"USED", "uses"},
                                                  {"OF", "most_uses"},
                                                  {"APPROVAL", "approval"},
                                                  {"UNTIL", "expires_at"},
                                                  {"FINGERPRINT", "fingerprint"}};

struct ClaimCertificateOptions {
  std::string id;
  std::int64_t uses = 0;  // 0: as the server has it
  std::string expires = "30d";
  std::string label;
  std::string approval;
  std::string folder;
  std::string certificate_file;
  std::string hardware_ids_file;
};

// One a line; empty lines count for nothing.
Result<json::Array> hardware_ids_in(const std::string& file) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, client::read_text_file(file));
  json::Array ids;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) ids.emplace_back(line);
  }
  if (ids.empty()) return fail(Errc::invalid_argument, file + " names no device");
  return ids;
}

Result<std::string> wish_for(const ClaimCertificateOptions& options, const std::string& pem) {
  json::Writer body;
  body.begin_object();
  body.field("certificate_pem", pem);
  body.field("label", options.label);
  if (options.uses != 0) body.field("uses", options.uses);
  body.field_if("approval", options.approval);
  if (!options.hardware_ids_file.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Array ids, hardware_ids_in(options.hardware_ids_file));
    body.begin_array("hardware_ids");
    for (const json::Value& id : ids) body.value(*id.get<std::string>());
    body.end_array();
  }
  body.end_object();
  return std::move(body).text();
}

// The certificate alone, whatever else is in the file.
Result<std::string> certificate_in_file(const std::string& file) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, client::read_text_file(file));
  const auto der = crypto::from_pem(crypto::kCertificateLabel, text);
  if (!der) return fail(Errc::invalid_argument, file + " holds no certificate, PEM");
  return crypto::to_pem(crypto::kCertificateLabel, *der);
}

// The certificate that somebody brings, or a new one, whose key never leaves this machine.
Result<std::string> certificate_for(const Session& session, client::Api& api,
                                    const ClaimCertificateOptions& options) {
  if (!options.certificate_file.empty()) return certificate_in_file(options.certificate_file);
  if (options.folder.empty()) {
    return fail(Errc::invalid_argument,
                "name a folder for the key with --out, or a certificate with --cert");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto span, parse_span(options.expires));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value registered, api.get(kClaimCertificates));
  const Timestamp now = session.clock.now();
  return client::make_claim_folder(options.folder, text_in(registered, "common_name"), now,
                                   now + span);
}

Result<ExitStatus> create_certificate(const Session& session,
                                      const ClaimCertificateOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string pem, certificate_for(session, api, options));
  FASTNESS_ASSIGN_OR_RETURN(const std::string wish, wish_for(options, pem));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value made, api.send("POST", kClaimCertificates, wish));
  session.print(made, kCertificateColumns);
  return ExitStatus::success;
}

Result<ExitStatus> list_certificates(const Session& session,
                                     const ClaimCertificateOptions& /*options*/) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get(kClaimCertificates));
  const json::Value* list = answer.find("claim_certificates");
  session.print(list != nullptr ? *list : json::Value(json::Array()), kCertificateColumns);
  return ExitStatus::success;
}

Result<ExitStatus> revoke_certificate(const Session& session,
                                      const ClaimCertificateOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value nothing,
                            api.send("DELETE", std::string(kClaimCertificates) + "/" +
                                                   client::percent_encode(options.id)));
  return ExitStatus::success;
}

void add_create_certificate(CLI::App& made, ClaimCertificateOptions& options) {
  auto* out =
      made.add_option("--out", options.folder, "make a key and its certificate in this folder");
  auto* brought =
      made.add_option("--cert", options.certificate_file, "register this one instead, PEM");
  out->type_name("DIR");
  brought->type_name("FILE")->excludes(out);
  made.add_option("--count", options.uses, "how many devices it admits; 1 if left out")
      ->check(CLI::Range(1, 10'000));
  made.add_option("--expires", options.expires, "how long a new one is good: 90m, 12h, 30d, 2w")
      ->type_name("TIME")
      ->excludes(brought);
  made.add_option("--hardware-ids", options.hardware_ids_file,
                  "the only devices it is for, one a line; --count is then how many these are")
      ->type_name("FILE");
  made.add_option("--label", options.label, "begins the names of its devices")->type_name("TEXT");
  made.add_option("--approval", options.approval,
                  "owner or none; left out, one for one device waits for you")
      ->check(CLI::IsMember({"owner", "none"}));
  set_examples(
      made,
      {"fastness claim certificate create --out lot-7 --count 200 --label lot-7",
       "fastness claim certificate create --out lot-7 --hardware-ids serials.txt",
       "fastness claim certificate create --cert factory.pem --count 200 --approval owner"},
      "Flash claim.key and claim.crt into the batch; each device then makes a key of its "
      "own and asks with `fastness device enrol --est --claim-cert`.");
}

}  // namespace

void add_claim_certificate_commands(CLI::App& claim, Session& session, Action& action) {
  using Act = Acts<ClaimCertificateOptions>;
  auto* noun = claim.add_subcommand("certificate", "keys that a batch of devices is made with");
  noun->require_subcommand(1);
  set_examples(*noun, {"fastness claim certificate list"});
  const Act verbs{session, action, std::make_shared<ClaimCertificateOptions>()};
  add_create_certificate(
      *verbs.add(noun, "create", "register one, and make its key here unless you bring it",
                 create_certificate),
      *verbs.options);
  set_examples(*verbs.add(noun, "list", "every claim certificate", list_certificates),
               {"fastness claim certificate list"});
  auto* revoke =
      verbs.add(noun, "revoke", "end one; devices that it admitted stay", revoke_certificate);
  revoke->add_option("id", verbs.options->id, "its id in `fastness claim certificate list`")
      ->required();
  set_examples(*revoke, {"fastness claim certificate revoke 4e8a1b7c-0a39-4a3c-9a76-2f3a4c5d6e7f"});
}

}  // namespace fastness::cli
