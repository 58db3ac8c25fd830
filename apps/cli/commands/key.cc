// fastness key ...: the API key of the login.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "client/credentials.h"
#include "commands.h"

namespace fastness::cli {
namespace {

// The old secret is good for a day: if anything here fails, the login still works.
Result<ExitStatus> rotate(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Credentials kept, session.credentials());
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, client::Api::open(kept, session.clock));
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value made,
      api.send("POST", "/api/v1/api-keys/" + client::percent_encode(kept.client_id) + "/rotate"));
  kept.client_secret = text_in(made, "client_secret");
  // Not kept unless it works.
  FASTNESS_ASSIGN_OR_RETURN(client::Api again, client::Api::open(kept, session.clock));
  FASTNESS_ASSIGN_OR_RETURN(const std::string token, again.token());
  FASTNESS_RETURN_IF_ERROR(client::save_credentials(session.credentials_file, kept));
  std::fprintf(stderr, "The new secret is in %s. The old one ends in 24 hours.\n",
               session.credentials_file.c_str());
  return ExitStatus::success;
}

}  // namespace

void add_key_commands(CLI::App& app, Session& session, Action& action) {
  auto* noun = app.add_subcommand("key", "the API key of the login");
  noun->require_subcommand(1);
  set_examples(*noun, {"fastness key rotate"});
  auto* command = noun->add_subcommand(
      "rotate", "give it a new secret, and keep that; the old one is good for a day more");
  set_examples(*command, {"fastness key rotate"},
               "Other programs that use the same key have that day to be given the new secret.");
  command->callback([&session, &action] { action = [&session] { return rotate(session); }; });
}

}  // namespace fastness::cli
