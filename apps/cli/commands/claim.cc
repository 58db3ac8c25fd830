// fastness claim ...: codes and certificates by which devices come in, and who waits.
#include <charconv>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "acts.h"
#include "client/claim/qr.h"
#include "client/credentials.h"
#include "commands.h"
#include "commands/claim_certificate.h"
#include "json/time_text.h"
#include "json/writer.h"

namespace fastness::cli {
namespace {

constexpr client::Column kMadeColumns[] = {{"CODE", "code"},
                                           {"LABEL", "claim_code.label"},
                                           {"HARDWARE ID", "claim_code.hardware_id"},
                                           {"DEVICES", "claim_code.most_uses"},
                                           {"APPROVAL", "claim_code.approval"},
                                           {"UNTIL", "claim_code.expires_at"}};

constexpr client::Column kCodeColumns[] = {
    {"ID", "id"},        {"LABEL", "label"},       {"HARDWARE ID", "hardware_id"}, {"USED", "uses"},
    {"OF", "most_uses"}, {"APPROVAL", "approval"}, {"UNTIL", "expires_at"}};

constexpr client::Column kClaimColumns[] = {
    {"ID", "id"},         {"LABEL", "label"}, {"HARDWARE ID", "hardware_id"}, {"FROM", "address"},
    {"SINCE", "made_at"}, {"STATE", "state"}, {"KEY", "key_sha256"}};

struct ClaimOptions {
  std::string id;  // of a code, or of a claim
  std::int64_t uses = 1;
  std::int64_t codes = 1;
  std::string expires = "7d";
  std::string hardware_id;
  std::string label;
  std::string approval;
  std::string csv_file;
  bool as_picture = false;
};

Result<std::string> wish_in(const Session& session, const ClaimOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(const auto span, parse_span(options.expires));
  json::Writer body;
  body.begin_object();
  body.field("codes", options.codes);
  body.field("uses", options.uses);
  body.field("label", options.label);
  body.field_if("hardware_id", options.hardware_id);
  body.field_if("approval", options.approval);
  body.field("expires_at", session.clock.now() + span);
  body.end_object();
  return std::move(body).text();
}

Result<json::Value> list_in(const json::Value& answer, std::string_view name) {
  const json::Value* list = answer.find(name);
  if (list == nullptr || list->get<json::Array>() == nullptr) {
    return fail(Errc::corrupted, "the server's answer has no list");
  }
  return *list;
}

// Each code for a camera, with what it spells below.
Result<void> draw(const json::Value& made) {
  for (const json::Value& each : *made.get<json::Array>()) {
    const std::string code = text_in(each, "code");
    FASTNESS_ASSIGN_OR_RETURN(const std::string picture, client::qr_for_terminal(code));
    std::printf("\n%s%s\n", picture.c_str(), client::one_line(json::Value(code)).c_str());
  }
  return {};
}

Result<ExitStatus> create_codes(const Session& session, const ClaimOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string body, wish_in(session, options));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer,
                            api.send("POST", "/api/v1/claim-codes", body));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value made, list_in(answer, "claim_codes"));
  if (options.csv_file.empty()) {
    session.print(made, kMadeColumns);
    if (options.as_picture) FASTNESS_RETURN_IF_ERROR(draw(made));
    return ExitStatus::success;
  }
  // Whoever reads it may make devices of the organisation's.
  FASTNESS_RETURN_IF_ERROR(client::write_private_file(
      options.csv_file, client::render(made, kMadeColumns, client::OutputFormat::csv)));
  std::printf("%s\n", options.csv_file.c_str());
  return ExitStatus::success;
}

Result<ExitStatus> list_codes(const Session& session, const ClaimOptions& /*options*/) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/claim-codes"));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value codes, list_in(answer, "claim_codes"));
  session.print(codes, kCodeColumns);
  return ExitStatus::success;
}

Result<ExitStatus> revoke_code(const Session& session, const ClaimOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value nothing,
      api.send("DELETE", "/api/v1/claim-codes/" + client::percent_encode(options.id)));
  return ExitStatus::success;
}

Result<ExitStatus> list_waiting(const Session& session, const ClaimOptions& /*options*/) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/claims"));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value claims, list_in(answer, "claims"));
  session.print(claims, kClaimColumns);
  return ExitStatus::success;
}

Result<ExitStatus> decide(const Session& session, const ClaimOptions& options, const char* verb) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value claim,
      api.send("POST", "/api/v1/claims/" + client::percent_encode(options.id) + "/" + verb));
  session.print(claim, kClaimColumns);
  return ExitStatus::success;
}

// The verbs of `claim`.
struct ClaimVerbs : Acts<ClaimOptions> {
  CLI::App* noun;

  CLI::App* add(const char* name, const char* help, const Act& act) const {
    return Acts::add(noun, name, help, act);
  }
  CLI::App* add_for_one(const char* name, const char* help, const char* what,
                        const Act& act) const {
    auto* command = add(name, help, act);
    command->add_option("id", options->id, what)->required();
    return command;
  }
};

void add_create(const ClaimVerbs& verbs, ClaimOptions& options) {
  auto* made = verbs.add("create", "make a code, or many, and show them, this once", create_codes);
  made->add_option("--count", options.uses, "how many devices one code admits")
      ->check(CLI::Range(1, 10'000));
  made->add_option("--codes", options.codes, "how many codes, one for each device")
      ->check(CLI::Range(1, 1'000));
  made->add_option("--expires", options.expires, "how long it is good: 90m, 12h, 7d, 2w")
      ->type_name("TIME");
  made->add_option("--hardware-id", options.hardware_id, "the only device it is for")
      ->type_name("ID");
  made->add_option("--label", options.label, "begins the names of its devices")->type_name("TEXT");
  made->add_option("--approval", options.approval,
                   "owner or none; left out, a code for one device waits for you")
      ->check(CLI::IsMember({"owner", "none"}));
  auto* csv = made->add_option("--csv", options.csv_file, "write them to this file, mode 0600");
  csv->type_name("FILE");
  made->add_flag("--qr", options.as_picture, "draw each as a QR code too")->excludes(csv);
  set_examples(
      *made,
      {"fastness claim create --label shed --qr",
       "fastness claim create --codes 200 --expires 2w --label lot-7 --csv lot-7.csv",
       "fastness claim create --count 200 --label lot-7"},
      "The device sends it with `fastness device enrol --est`, or any client of EST does.");
}

void add_deciding(const ClaimVerbs& verbs) {
  set_examples(*verbs.add("pending", "devices that wait for you to approve them", list_waiting),
               {"fastness claim pending"},
               "The device shows the same key: compare them before you approve.");
  const std::pair<const char*, const char*> decisions[] = {
      {"approve", "let a device in that waits"},
      {"refuse", "refuse its key for good; the code is spent"}};
  for (const auto& [verb, help] : decisions) {
    const auto act = [name = verb](const Session& session, const ClaimOptions& with) {
      return decide(session, with, name);
    };
    set_examples(*verbs.add_for_one(verb, help, "its id in `fastness claim pending`", act),
                 {std::string("fastness claim ") + verb + " 4e8a1b7c-0a39-4a3c-9a76-2f3a4c5d6e7f"});
  }
}

}  // namespace

Result<std::chrono::minutes> parse_span(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  std::int64_t unit = 0;
  if (read.ec == std::errc() && read.ptr + 1 == end) {
    unit = *read.ptr == 'm'   ? 1
           : *read.ptr == 'h' ? 60
           : *read.ptr == 'd' ? 60 * 24
           : *read.ptr == 'w' ? 60 * 24 * 7
                              : 0;
  }
  if (unit == 0 || number < 1 || number > std::int64_t{1} << 32) {
    return fail(Errc::invalid_argument, "--expires is a number and m, h, d or w: 7d");
  }
  return std::chrono::minutes(number * unit);
}

void add_claim_commands(CLI::App& app, Session& session, Action& action) {
  auto* claim = app.add_subcommand("claim", "how new devices come in by themselves, and who waits");
  claim->require_subcommand(1);
  set_examples(*claim, {"fastness claim create --label shed", "fastness claim pending"});
  const ClaimVerbs verbs{{session, action, std::make_shared<ClaimOptions>()}, claim};
  add_create(verbs, *verbs.options);
  set_examples(*verbs.add("list", "every code, without what it spells", list_codes),
               {"fastness claim list"});
  set_examples(*verbs.add_for_one("revoke", "end a code; devices that it admitted stay",
                                  "its id in `fastness claim list`", revoke_code),
               {"fastness claim revoke 4e8a1b7c-0a39-4a3c-9a76-2f3a4c5d6e7f"});
  add_deciding(verbs);
  add_claim_certificate_commands(*claim, session, action);
}

}  // namespace fastness::cli
