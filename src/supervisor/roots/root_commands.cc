#include "supervisor/roots/root_commands.h"

#include <filesystem>
#include <vector>

#include <unistd.h>

#include "base/fixed_limits.h"
#include "json/value.h"
#include "json/writer.h"
#include "os/exit_status.h"
#include "os/files/file_system.h"
#include "os/process.h"
#include "supervisor/admin_client.h"
#include "supervisor/instance_directory.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kRequestPath = "/admin/v1/ca/roots/request";
constexpr const char* kAnswerPath = "/admin/v1/ca/roots/answer";
constexpr std::size_t kMaxFile = fixed_limit("roots.ceremony_bytes");

// Where fastness-vault finds the pipe that it is to write to.
constexpr int kOutput = 6;

std::string one_field(const char* name, const std::string& value) {
  json::Writer out;
  out.begin_object();
  out.field(name, value);
  out.end_object();
  return std::move(out).text();
}

Result<std::string> read_text_of(const std::string& path) {
  os::PosixFileSystem files;
  const auto bytes = os::read_file(files, path, kMaxFile);
  if (!bytes) {
    return fail(bytes.error().code, path + " cannot be read: " + bytes.error().message);
  }
  return std::string(as_text(*bytes));
}

// Has the running instance's vault say what is to be signed.
Result<void> prepare_by_hub(const std::string& data_directory, const char* purpose) {
  FASTNESS_RETURN_IF_ERROR(
      tell_admin(data_directory, {"POST", kRequestPath, one_field("purpose", purpose)}));
  return {};
}

// Signing is never twice the same, so what is signed here cannot be given again once two people
// have approved it; a file that is signed already can.
Result<void> check_that_it_is_done_at_once(const std::string& data_directory) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string told,
                            tell_admin(data_directory, {"GET", "/admin/v1/orders", ""}));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value orders, json::parse(told));
  if (orders.find("guarded_since") == nullptr) return {};
  return fail(
      Errc::already_exists,
      "this needs two people, who approve a file that is signed. Do it in steps: fastness "
      "host ca root-request FILE --switch, sign-root, and accept-root, which is given again "
      "once it is approved");
}

// Where the vault writes it, and only it can. The hub is not asked for it: one that was taken over
// would name a key of its own.
std::string prepared_file(const std::string& data_directory) {
  return data_directory + "/vault/root-request.pem";
}

Result<void> check_that_it_is_new(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0) return {};
  return fail(Errc::already_exists,
              file + " is there already, and is left as it is; name another file");
}

// Brings what the vault prepared to whoever carries it on.
Result<std::string> give_out_request(const std::string& data_directory,
                                     const RootCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string request, read_text_of(prepared_file(data_directory)));
  os::PosixFileSystem files;
  const std::filesystem::path file = std::filesystem::absolute(command.file);
  FASTNESS_RETURN_IF_ERROR(os::replace_file(files, file, as_bytes(request)));
  if (command.form == OutputForm::json) return one_field("file", file.string()) + "\n";
  return "Carry " + command.file + " to where the " +
         std::string(command.is_switch ? "standby" : "active") +
         " root is, and sign it there:\n"
         "  fastness host ca sign-root --root SEALED --in " +
         command.file +
         " --out signed.pem\nThen bring signed.pem here: fastness host ca accept-root signed.pem\n";
}

Result<std::string> hand_in(const std::string& data_directory, const std::string& answer) {
  return tell_admin(data_directory, {"POST", kAnswerPath, one_field("answer", answer)});
}

// The error of which fastness-vault has told the person already.
Unexpected<Error> as_it_said(const os::Ending& ending) {
  for (const Errc code : {Errc::invalid_argument, Errc::not_found, Errc::permission_denied,
                          Errc::already_exists, Errc::unavailable}) {
    if (ending.signal == 0 && ending.exit_status == static_cast<int>(os::exit_status_for(code))) {
      return fail(code, "nothing was changed");
    }
  }
  return fail(Errc::corrupted, "nothing was changed");
}

Result<void> run_to_its_end(const os::Program& program) {
  FASTNESS_ASSIGN_OR_RETURN(os::Process process, os::Process::spawn(program));
  const os::Ending ending = process.await_ending();
  return ending.is_success() ? Result<void>() : as_it_said(ending);
}

Error is_busy(const std::string& directory) {
  return {Errc::unavailable,
          "the instance on " + directory +
              " is starting or stopping, or another command works on it: try again when that is "
              "over"};
}

// fastness-vault at one task on an instance that this process holds, but for its codes.
os::Program vault_program(const config::Config& config,
                          const std::optional<config::ChildUsers>& users,
                          const std::string& programs, const HandedOver& handed, const char* task,
                          const std::string& value) {
  os::Program program{programs + "/fastness-vault", vault_arguments(config, users), {}, {}};
  program.arguments.insert(program.arguments.end(), {task, value});
  program.hand_over("--passphrase", handed.passphrase);
  program.hand_over("--token-pin", handed.token_pin);
  return program;
}

// fastness-vault without a vault, signing with the roots in the files.
os::Program signing_program(const config::Config& config, const std::string& programs,
                            const HandedOver& handed, const std::vector<std::string>& roots,
                            const std::string& request, const std::string& output, bool is_agreed) {
  os::Program program{programs + "/fastness-vault",
                      {"--sign-root", request, "--output", output, "--log-level", "warning"},
                      {},
                      {}};
  for (const std::string& root : roots) {
    program.arguments.insert(program.arguments.end(), {"--root", root});
  }
  if (is_agreed) {
    program.arguments.emplace_back("--yes");
  } else {
    program.descriptors.push_back({STDIN_FILENO, STDIN_FILENO});  // where it asks
  }
  if (!config.sandbox.require_landlock) program.arguments.emplace_back("--without-landlock");
  program.hand_over("--codes", handed.codes);
  return program;
}

Result<std::string> read_to_its_end(const os::Descriptor& source) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t size = ::read(source.number(), buffer, sizeof buffer);
    if (size < 0) return os::fail_with_errno("read what fastness-vault says");
    if (size == 0) return text;
    text.append(buffer, static_cast<std::size_t>(size));
    if (text.size() > kMaxFile) return fail(Errc::corrupted, "fastness-vault says too much");
  }
}

std::string told(const RootCommand& command, const std::string& body, const std::string& words) {
  return command.form == OutputForm::json ? body + "\n" : words;
}

std::int64_t number_of(const std::string& body) {
  const auto value = json::parse(body);
  const json::Value* number = value ? value->find("number") : nullptr;
  const auto* integer = number != nullptr ? number->get<std::int64_t>() : nullptr;
  return integer != nullptr ? *integer : 0;
}

bool has_documents(const std::string& body) {
  const auto value = json::parse(body);
  const json::Value* documents = value ? value->find("documents") : nullptr;
  const auto* list = documents != nullptr ? documents->get<json::Array>() : nullptr;
  return list != nullptr && static_cast<std::int64_t>(list->size()) == number_of(body) - 1;
}

std::string words_for_accepted(const std::string& body) {
  return "Taken. The server shows its new certificate to whoever comes next; nobody was "
         "disconnected.\nThis is root set " +
         std::to_string(number_of(body)) + ": `fastness host status` shows its fingerprints.\n";
}

std::string words_for_switch(const std::string& body) {
  return words_for_accepted(body) +
         (has_documents(body)
              ? "Boards that have both roots need nothing. Devices with our library take the new "
                "pair when they renew.\n"
              : "Boards that have both roots need nothing. Not every step was signed by both "
                "roots, "
                "so devices\nwith our library that have an older pair keep it.\n") +
         "Now stop the instance and carry the new standby root away:\n"
         "  fastness host ca export-root FILE --standby\n";
}

}  // namespace

Result<std::string> request_root(const std::string& data_directory, const RootCommand& command) {
  FASTNESS_RETURN_IF_ERROR(check_that_it_is_new(command.file));
  FASTNESS_RETURN_IF_ERROR(
      prepare_by_hub(data_directory, command.is_switch ? "switch_to_standby" : "renew_issuer"));
  return give_out_request(data_directory, command);
}

Result<std::string> accept_root(const std::string& data_directory, const RootCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string answer, read_text_of(command.file));
  FASTNESS_ASSIGN_OR_RETURN(const std::string body, hand_in(data_directory, answer));
  return told(command, body, words_for_accepted(body));
}

Result<std::string> request_root_of_stopped(const config::Config& config,
                                            const std::optional<config::ChildUsers>& users,
                                            const std::string& programs, HandedOver handed,
                                            const RootCommand& command) {
  FASTNESS_RETURN_IF_ERROR(check_that_it_is_new(command.file));
  FASTNESS_ASSIGN_OR_RETURN(const auto held, InstanceDirectory::open_existing(
                                                 config.data.dir, users, is_busy(config.data.dir)));
  FASTNESS_RETURN_IF_ERROR(run_to_its_end(vault_program(
      config, users, programs, handed, "--request-root", command.is_switch ? "switch" : "renew")));
  return give_out_request(config.data.dir, command);
}

Result<std::string> accept_root_of_stopped(const config::Config& config,
                                           const std::optional<config::ChildUsers>& users,
                                           const std::string& programs, HandedOver handed,
                                           const RootCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const auto held, InstanceDirectory::open_existing(
                                                 config.data.dir, users, is_busy(config.data.dir)));
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe pipe, os::Pipe::make());
  os::Program program =
      vault_program(config, users, programs, handed, "--accept-root", command.file);
  program.descriptors.push_back({pipe.write_end.number(), STDOUT_FILENO});
  FASTNESS_RETURN_IF_ERROR(run_to_its_end(program));  // what it writes fits a pipe
  pipe.write_end.close();
  FASTNESS_ASSIGN_OR_RETURN(const std::string body, read_to_its_end(pipe.read_end));
  return told(command, body,
              "Taken. This is root set " + std::to_string(number_of(body)) +
                  ". Start the instance: it shows its new certificate.\n");
}

Result<std::string> sign_root(const config::Config& config, const std::string& programs,
                              HandedOver handed, const RootCommand& command) {
  FASTNESS_RETURN_IF_ERROR(run_to_its_end(signing_program(
      config, programs, handed, command.roots, command.file, command.output, command.is_agreed)));
  if (command.form == OutputForm::json) return one_field("file", command.output) + "\n";
  return "Signed. Bring " + command.output + " to the instance's host, and there:\n" +
         "  fastness host ca accept-root " + command.output + "\n";
}

Result<std::string> switch_to_standby(const config::Config& config, const std::string& programs,
                                      HandedOver handed, const RootCommand& command) {
  const std::string& directory = config.data.dir;
  FASTNESS_RETURN_IF_ERROR(check_that_it_is_done_at_once(directory));
  FASTNESS_RETURN_IF_ERROR(prepare_by_hub(directory, "switch_to_standby"));
  std::vector<std::string> roots{command.file};
  roots.insert(roots.end(), command.roots.begin(), command.roots.end());
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe pipe, os::Pipe::make());
  os::Program program =
      signing_program(config, programs, handed, roots, prepared_file(directory),
                      "/proc/self/fd/" + std::to_string(kOutput), command.is_agreed);
  program.descriptors.push_back({pipe.write_end.number(), kOutput});
  FASTNESS_RETURN_IF_ERROR(run_to_its_end(program));  // what it writes fits a pipe
  pipe.write_end.close();
  FASTNESS_ASSIGN_OR_RETURN(const std::string answer, read_to_its_end(pipe.read_end));
  FASTNESS_ASSIGN_OR_RETURN(const std::string body, hand_in(directory, answer));
  return told(command, body, words_for_switch(body));
}

Result<std::string> move_root_out(const config::Config& config,
                                  const std::optional<config::ChildUsers>& users,
                                  const std::string& programs, HandedOver handed, Action action,
                                  const RootCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto held,
      InstanceDirectory::open_existing(
          config.data.dir, users,
          {Errc::already_exists, "the instance on " + config.data.dir +
                                     " runs. Its vault gives no root out then: stop it first"}));
  const char* task = action == Action::host_ca_forget ? "--forget-root"
                     : command.is_standby             ? "--export-standby-root"
                                                      : "--export-active-root";
  os::Program program = vault_program(config, users, programs, handed, task, command.file);
  if (action == Action::host_ca_forget) program.hand_over("--codes", handed.codes);
  FASTNESS_RETURN_IF_ERROR(run_to_its_end(program));
  return std::string();
}

}  // namespace fastness::supervisor
