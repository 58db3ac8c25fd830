// fastness audit checks
#include <cstdio>

#include <CLI/CLI.hpp>

#include "commands.h"

namespace fastness::cli {
namespace {

constexpr client::Column kCheckColumns[] = {{"STATE", "state"},
                                            {"CHECK", "id"},
                                            {"CONCERNS", "count"},
                                            {"SINCE", "since"},
                                            {"WHAT", "title"}};

struct CheckOptions {
  bool failed = false;
};

bool has_passed(const json::Value& check) {
  return text_in(check, "state") == "passed";
}

json::Array checks_in(const json::Value& answer, const CheckOptions& options) {
  json::Array wanted;
  const json::Value* list = answer.find("checks");
  const auto* checks = list == nullptr ? nullptr : list->get<json::Array>();
  if (checks == nullptr) return wanted;
  for (const json::Value& check : *checks) {
    if (!options.failed || !has_passed(check)) wanted.push_back(check);
  }
  return wanted;
}

// "greenhouse, pump and 3 more"
std::string names_of(const json::Value& check) {
  const json::Value* list = check.find("subjects");
  const auto* subjects = list == nullptr ? nullptr : list->get<json::Array>();
  const json::Value* total = check.find("count");
  const auto* count = total == nullptr ? nullptr : total->get<std::int64_t>();
  if (subjects == nullptr || count == nullptr) return "";
  std::string names;
  for (const json::Value& subject : *subjects) {
    const json::Value* name = subject.find("name");
    if (name != nullptr) names += (names.empty() ? "" : ", ") + client::one_line(*name);
  }
  const auto more = *count - static_cast<std::int64_t>(subjects->size());
  return more > 0 ? names + " and " + std::to_string(more) + " more" : names;
}

// Fit for a terminal, whatever the server sent.
std::string sentence(const json::Value& check, std::string_view name) {
  const json::Value* text = check.find(name);
  return text == nullptr ? "" : client::one_line(*text);
}

// A table has no room for what a person needs most: whom it concerns and what to do.
void print_remedies(const json::Array& checks) {
  for (const json::Value& check : checks) {
    if (has_passed(check)) continue;
    const std::string names = names_of(check);
    std::printf("\n%s%s%s\n  %s\n  %s\n", sentence(check, "id").c_str(), names.empty() ? "" : ": ",
                names.c_str(), sentence(check, "why").c_str(), sentence(check, "remedy").c_str());
  }
}

Result<ExitStatus> list_checks(const Session& session, const CheckOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/checks"));
  const json::Array checks = checks_in(answer, options);
  session.print(json::Value(checks), kCheckColumns);
  if (session.format == client::OutputFormat::table) print_remedies(checks);
  return ExitStatus::success;
}

}  // namespace

void add_checks_command(CLI::App& noun, Session& session, Action& action) {
  auto options = std::make_shared<CheckOptions>();  // shared with the callback, which CLI11 copies
  auto* checks = noun.add_subcommand(
      "checks", "the security check-up: what is weak, what ends soon, what looks like an attack");
  checks->add_flag("--failed", options->failed, "only those that are not passed");
  set_examples(*checks, {"fastness audit checks", "fastness audit checks --failed -o json"},
               "The exit status is 0 whatever they say. The API key needs the scope "
               "security:read.");
  checks->callback([&session, &action, options] {
    action = [&session, options] { return list_checks(session, *options); };
  });
}

}  // namespace fastness::cli
