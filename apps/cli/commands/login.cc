// fastness login, logout.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "../secret_input.h"
#include "commands.h"
#include "json/writer.h"
#include "os/files/descriptor.h"

namespace fastness::cli {
namespace {

struct Login {
  std::string server;
  std::string ca_file;
  std::string email;
  std::string client_id;
  std::string secret_file;
  std::string key_name = "command line";
};

// Before anything secret is asked for. A stranger's first trouble is a server that signs its own
// certificates.
Result<void> check_server(const client::Credentials& credentials, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(auto context, client::trusting(credentials.anchors_pem));
  client::HttpClient http(credentials.server, std::move(context), clock);
  auto response = http.send({"GET", "/api/v1/trust", {}, ""});
  if (response) return client::check_status(*response);
  Error error = response.error();
  if (error.message.find("certificate verify failed") != std::string::npos) {
    error.message +=
        "\nIf this server signs its own certificates, name its anchors with --ca FILE: they are in "
        "trust/server-anchors.pem of its data directory.";
  }
  return Unexpected<Error>{std::move(error)};
}

std::string session_cookie(const client::HttpResponse& response) {
  const auto cookie = response.headers.find("set-cookie");
  return cookie == response.headers.end() ? "" : cookie->second.substr(0, cookie->second.find(';'));
}

std::string key_request(const std::string& name) {
  json::Writer out;
  out.begin_object();
  out.field("name", name);
  out.begin_array("scopes");
  for (const char* scope :
       {"devices:read", "devices:write", "devices:enrol", "things:read", "things:write",
        "values:write", "history:read", "security:read", "audit:read"}) {
    out.value(scope);
  }
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

std::string sign_in_request(const std::string& email, const std::string& password) {
  json::Writer out;
  out.begin_object();
  out.field("email", email);
  out.field("password", password);
  out.end_object();
  return std::move(out).text();
}

// Signs in for as long as it takes to make an API key: the password is not kept.
Result<client::Credentials> make_key(client::Credentials credentials, const Login& login,
                                     const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string password,
                            read_secret(login.secret_file, "Password: ", "--secret-file"));
  FASTNESS_ASSIGN_OR_RETURN(auto context, client::trusting(credentials.anchors_pem));
  client::HttpClient http(credentials.server, std::move(context), clock);
  const std::pair<std::string, std::string> json_body{"Content-Type", "application/json"};
  FASTNESS_ASSIGN_OR_RETURN(
      const client::HttpResponse signed_in,
      http.send({"POST", "/api/v1/session", {json_body}, sign_in_request(login.email, password)}));
  FASTNESS_RETURN_IF_ERROR(client::check_status(signed_in));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value session, json::parse(signed_in.body));
  const std::vector<std::pair<std::string, std::string>> headers{
      json_body,
      {"Cookie", session_cookie(signed_in)},
      {"X-Fastness-CSRF", text_in(session, "csrf")}};
  FASTNESS_ASSIGN_OR_RETURN(
      const client::HttpResponse made,
      http.send({"POST", "/api/v1/api-keys", headers, key_request(login.key_name)}));
  static_cast<void>(http.send({"DELETE", "/api/v1/session", headers, ""}));
  FASTNESS_RETURN_IF_ERROR(client::check_status(made));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value key, json::parse(made.body));
  credentials.client_id = text_in(key, "client_id");
  credentials.client_secret = text_in(key, "client_secret");
  return credentials;
}

Result<ExitStatus> log_in(const Session& session, const Login& login) {
  client::Credentials credentials;
  FASTNESS_ASSIGN_OR_RETURN(credentials.server, client::parse_server(login.server));
  if (!login.ca_file.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(credentials.anchors_pem, client::read_text_file(login.ca_file));
  }
  FASTNESS_RETURN_IF_ERROR(check_server(credentials, session.clock));
  if (login.email.empty()) {
    credentials.client_id = login.client_id;
    FASTNESS_ASSIGN_OR_RETURN(credentials.client_secret,
                              read_secret(login.secret_file, "Client secret: ", "--secret-file"));
  } else {
    FASTNESS_ASSIGN_OR_RETURN(credentials, make_key(std::move(credentials), login, session.clock));
  }
  // Not kept unless it works.
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, client::Api::open(credentials, session.clock));
  FASTNESS_ASSIGN_OR_RETURN(const std::string token, api.token());
  FASTNESS_RETURN_IF_ERROR(client::save_credentials(session.credentials_file, credentials));
  std::fprintf(stderr, "Logged in to %s. The key is in %s.\n",
               client::server_url(credentials.server).c_str(), session.credentials_file.c_str());
  return ExitStatus::success;
}

Result<ExitStatus> log_out(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  auto revoked = api.send("DELETE", "/api/v1/api-keys/" + api.credentials().client_id);
  if (::unlink(session.credentials_file.c_str()) != 0) {
    return os::fail_with_errno("delete " + session.credentials_file.string());
  }
  if (!revoked) return propagate(std::move(revoked));
  return ExitStatus::success;
}

}  // namespace

void add_login_commands(CLI::App& app, Session& session, Action& action) {
  auto* command = app.add_subcommand("login", "remember a server and an API key for it");
  auto login = std::make_shared<Login>();  // shared with the callback, which CLI11 copies
  command->add_option("server", login->server, "https://host:port")->required();
  command
      ->add_option("--ca", login->ca_file,
                   "PEM file with the server's anchors; else the system's are used")
      ->type_name("FILE");
  auto* email =
      command->add_option("--email", login->email, "sign in with a password and make an API key");
  auto* id = command->add_option("--client-id", login->client_id, "use this API key");
  email->excludes(id);
  command
      ->add_option("--secret-file", login->secret_file,
                   "read the password or client secret from a file, or - for standard input")
      ->type_name("FILE");
  command->add_option("--key-name", login->key_name, "name of the API key that is made");
  set_examples(
      *command,
      {"fastness login https://iot.lan:8443 --email me@example.org --ca server-anchors.pem",
       "fastness login https://iot.lan:8443 --client-id fk... --secret-file key.txt"},
      "The password or secret is asked for, never an argument. The anchors are in\n"
      "trust/server-anchors.pem of the server's data directory, and on its page /trust.");
  command->callback([&session, &action, login, email, id] {
    if (email->count() + id->count() != 1) {
      throw CLI::ValidationError(
          "say who you are: --email ADDRESS, to make an API key with your password, or --client-id "
          "ID of one that you have");
    }
    action = [&session, login] { return log_in(session, *login); };
  });
  auto* out = app.add_subcommand("logout", "revoke the API key that login kept, and forget it");
  out->callback([&session, &action] { action = [&session] { return log_out(session); }; });
  set_examples(*out, {"fastness logout"});
}

}  // namespace fastness::cli
