// fastness ledger ..., and `device proof`: what the ledger proves, downloaded and checked.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "acts.h"
#include "client/ledger/documents.h"
#include "commands.h"
#include "json/time_text.h"

namespace fastness::cli {
namespace {

struct LedgerOptions {
  std::string device;
  std::string file;
  std::string key;
  std::string against;
  std::string consistency;
  std::string from;
  std::string out;
};

constexpr client::Column kProven[] = {{"device", "device"},
                                      {"key, SHA-256", "key_digest"},
                                      {"certificate, SHA-256", "certificate_digest"},
                                      {"serial", "serial"},
                                      {"issued", "issued"},
                                      {"valid until", "not_after"},
                                      {"profile", "profile"},
                                      {"generation", "generation"},
                                      {"why", "continuity"},
                                      {"entry", "index"},
                                      {"entries in all", "tree_size"},
                                      {"root", "root"}};

json::Value number(std::uint64_t value) {
  return json::Value(static_cast<std::int64_t>(value));
}

const char* words_for(ledger::Continuity continuity) {
  switch (continuity) {
    case ledger::Continuity::first:
      return "the device's first";
    case ledger::Continuity::same_key:
      return "renewed, for the key it had";
    case ledger::Continuity::signed_by_old_key:
      return "another key, for which the old one signed";
    case ledger::Continuity::taken_back:
      return "the key before: its owner took the change back";
  }
  return "";
}

json::Value to_json(const client::ProvenCertificate& proven) {
  const ledger::LedgerEntry& entry = proven.entry;
  json::Object shown{
      {"log", json::Value(proven.checkpoint.origin)},
      {"device", json::Value(entry.device.value().to_text())},
      {"key_digest", json::Value(to_hex(entry.key))},
      {"certificate_digest", json::Value(to_hex(entry.leaf))},
  };
  if (proven.certificate) {
    shown.emplace_back("serial", json::Value(to_hex(proven.certificate->serial())));
  }
  shown.emplace_back("issued", json::Value(json::to_time_text(entry.time)));
  shown.emplace_back("not_after", json::Value(json::to_time_text(entry.not_after)));
  shown.emplace_back("profile", json::Value(std::string(ledger::to_text(entry.profile))));
  shown.emplace_back("generation", number(entry.generation.value()));
  shown.emplace_back("continuity", json::Value(std::string(words_for(entry.continuity))));
  shown.emplace_back("index", number(entry.index));
  shown.emplace_back("tree_size", number(proven.checkpoint.size));
  shown.emplace_back("root", json::Value(to_base64(proven.checkpoint.root)));
  return json::Value(std::move(shown));
}

Error about(const std::string& file, Error error) {
  error.message = file + ": " + error.message;
  return error;
}

Result<ledger::Checkpoint> read_checkpoint(const std::string& file,
                                           const ledger::VerifierKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, client::read_text_file(file));
  auto checkpoint = ledger::verify_checkpoint(text, key);
  if (!checkpoint) return Unexpected<Error>{about(file, checkpoint.error())};
  return checkpoint;
}

// That the proof's checkpoint only adds to the older one that the stranger kept.
Result<void> check_against(const ledger::Checkpoint& newer, const LedgerOptions& options,
                           const ledger::VerifierKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(const ledger::Checkpoint older, read_checkpoint(options.against, key));
  if (older.size > newer.size) {
    return fail(Errc::invalid_argument,
                options.file + " is older than " + options.against +
                    ": download the proof anew with `fastness device proof`");
  }
  if (older.size == newer.size) {
    if (older.root == newer.root) return {};
    return fail(Errc::corrupted,
                "two signed checkpoints of one size have different roots: the "
                "ledger was rewritten, and both files are evidence of it");
  }
  if (options.consistency.empty()) {
    return fail(Errc::invalid_argument,
                "the ledger has grown since " + options.against +
                    ": give --consistency FILE, from `fastness ledger consistency --from " +
                    options.against + "`");
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string document,
                            client::read_text_file(options.consistency));
  const auto reached = client::verify_ledger_consistency(document, older, key);
  if (!reached) return Unexpected<Error>{about(options.consistency, reached.error())};
  if (*reached == newer) return {};
  if (reached->size == newer.size) {
    return fail(Errc::corrupted,
                "two signed checkpoints of one size have different roots: the "
                "ledger was rewritten, and both files are evidence of it");
  }
  return fail(Errc::invalid_argument,
              options.consistency + " leads to " + std::to_string(reached->size) +
                  " entries, and the proof is of " + std::to_string(newer.size) +
                  ": download both anew, one after the other");
}

Result<ExitStatus> verify(const Session& session, const LedgerOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(const ledger::VerifierKey key, ledger::VerifierKey::parse(options.key));
  FASTNESS_ASSIGN_OR_RETURN(const std::string document, client::read_text_file(options.file));
  const auto proven = client::verify_ledger_proof(document, key);
  if (!proven) return Unexpected<Error>{about(options.file, proven.error())};
  if (!options.against.empty()) {
    FASTNESS_RETURN_IF_ERROR(check_against(proven->checkpoint, options, key));
  }
  if (session.format == client::OutputFormat::table) {
    std::printf("It holds: this certificate is in the ledger that %s signs.\n", key.name.c_str());
    if (!options.against.empty()) {
      std::printf("Nothing was taken back or changed since %s.\n", options.against.c_str());
    }
    std::printf("\n");
  }
  session.print(to_json(*proven), kProven);
  return ExitStatus::success;
}

// To the file, whole or not at all; or to standard output.
Result<ExitStatus> deliver(const LedgerOptions& options, const std::string& text) {
  if (!options.out.empty()) {
    FASTNESS_RETURN_IF_ERROR(client::write_private_file(options.out, text));
    return ExitStatus::success;
  }
  std::fputs(text.c_str(), stdout);  // main says if it did not arrive
  return ExitStatus::success;
}

Result<std::string> download(client::Api& api, const std::string& target) {
  std::string document;
  FASTNESS_RETURN_IF_ERROR(
      api.download(target, [&](std::string_view piece) { document += piece; }));
  if (!document.ends_with('\n')) document += '\n';
  return document;
}

Result<ExitStatus> prove(const Session& session, const LedgerOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value device,
                            find_by_name(api, "/api/v1/devices", "devices", options.device));
  FASTNESS_ASSIGN_OR_RETURN(const std::string document,
                            download(api, "/api/v1/devices/" + text_in(device, "id") + "/proof"));
  return deliver(options, document);
}

Result<ExitStatus> checkpoint(const Session& session, const LedgerOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/ledger/checkpoint"));
  // Not trusted because it came: a file that no key opens would be found out too late.
  FASTNESS_ASSIGN_OR_RETURN(const ledger::VerifierKey key,
                            ledger::VerifierKey::parse(text_in(answer, "key")));
  const std::string text = text_in(answer, "checkpoint");
  FASTNESS_RETURN_IF_ERROR(ledger::verify_checkpoint(text, key));
  return deliver(options, text);
}

Result<ledger::VerifierKey> fetch_key(client::Api& api) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/ledger/checkpoint"));
  return ledger::VerifierKey::parse(text_in(answer, "key"));
}

Result<ExitStatus> show_key(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const ledger::VerifierKey key, fetch_key(api));
  std::printf("%s\n", key.to_text().c_str());
  return ExitStatus::success;
}

Result<ExitStatus> prove_consistency(const Session& session, const LedgerOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const ledger::VerifierKey key, fetch_key(api));
  FASTNESS_ASSIGN_OR_RETURN(const ledger::Checkpoint older, read_checkpoint(options.from, key));
  FASTNESS_ASSIGN_OR_RETURN(
      const std::string document,
      download(api, "/api/v1/ledger/consistency?from=" + std::to_string(older.size)));
  // Whoever keeps checkpoints learns here already that the past was changed.
  FASTNESS_RETURN_IF_ERROR(client::verify_ledger_consistency(document, older, key));
  return deliver(options, document);
}

struct Commands : Acts<LedgerOptions> {
  void add_out(CLI::App* command) const {
    command->add_option("--out", options->out, "write here, not to standard output")
        ->type_name("FILE");
  }
};

void add_verify(const Commands& commands, CLI::App* noun, LedgerOptions& options) {
  auto* command = commands.add(noun, "verify", "check a proof; asks no server", verify);
  command->add_option("file", options.file, "what `fastness device proof` wrote")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--key", options.key, "whose signature counts, as `fastness ledger key` prints")
      ->required()
      ->type_name("VKEY");
  auto* against = command
                      ->add_option("--against", options.against,
                                   "a checkpoint of before; nothing may have been taken back since")
                      ->type_name("FILE");
  command
      ->add_option("--consistency", options.consistency,
                   "what `fastness ledger consistency` wrote from that checkpoint")
      ->type_name("FILE")
      ->needs(against);
  set_examples(
      *command,
      {"fastness ledger verify proof.json --key fastness/…/device-certificates+…",
       "fastness ledger verify proof.json --key … --against old.txt --consistency since.json"},
      "Get the key from the owner by another way than the proof.");
}

}  // namespace

void add_ledger_commands(CLI::App& app, Session& session, Action& action) {
  auto* noun = app.add_subcommand("ledger", "every certificate ever issued, and how to prove it");
  noun->require_subcommand(1);
  set_examples(*noun, {"fastness ledger checkpoint --out monday.txt",
                       "fastness ledger verify proof.json --key fastness/…/device-certificates+…"});
  const Commands commands{{session, action, std::make_shared<LedgerOptions>()}};
  LedgerOptions& options = *commands.options;
  add_verify(commands, noun, options);
  auto* signed_now =
      commands.add(noun, "checkpoint", "the ledger as it is now, signed", checkpoint);
  commands.add_out(signed_now);
  set_examples(*signed_now, {"fastness ledger checkpoint --out monday.txt"});
  auto* key =
      commands.add(noun, "key", "whose signature checkpoints carry, for whoever shall check them",
                   [](const Session& from, const LedgerOptions&) { return show_key(from); });
  set_examples(*key, {"fastness ledger key"});
  auto* since = commands.add(noun, "consistency", "prove that nothing was taken back since",
                             prove_consistency);
  since->add_option("--from", options.from, "a checkpoint of before")
      ->required()
      ->type_name("FILE");
  commands.add_out(since);
  set_examples(*since, {"fastness ledger consistency --from monday.txt --out since.json"});
  auto* device = commands.add(app.get_subcommand("device"), "proof",
                              "prove that its newest certificate is in the ledger", prove);
  device->add_option("device", options.device, "name or id")->required();
  commands.add_out(device);
  set_examples(*device, {"fastness device proof greenhouse --out proof.json"});
}

}  // namespace fastness::cli
