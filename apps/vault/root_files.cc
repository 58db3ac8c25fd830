#include "root_files.h"

#include <iostream>

#include <unistd.h>

#include "base/fixed_limits.h"
#include "os/files/file_system.h"
#include "os/terminal.h"
#include "vault/passphrase.h"
#include "vault/roots/sign_root.h"

namespace fastness::vault_app {
namespace {

constexpr std::size_t kMaxFile = fixed_limit("roots.ceremony_bytes");

Result<std::string> read_text(const std::filesystem::path& path) {
  os::PosixFileSystem files;
  auto bytes = os::read_file(files, path, kMaxFile);
  if (!bytes) {
    return fail(bytes.error().code, path.string() + " cannot be read: " + bytes.error().message);
  }
  return std::string(as_text(*bytes));
}

Result<std::vector<vault::OpenedRoot>> open_all(const RootFiles& files) {
  std::vector<vault::OpenedRoot> opened;
  for (std::size_t i = 0; i < files.sealed.size(); ++i) {
    FASTNESS_ASSIGN_OR_RETURN(auto root,
                              vault::open_sealed_root(files.sealed[i], files.codes.at(i)));
    opened.push_back(std::move(root));
  }
  return opened;
}

Result<void> finish(std::ofstream& output) {
  output.close();
  if (!output) return fail(Errc::unavailable, "the file could not be written");
  return {};
}

Result<void> ask_whether_to_sign(bool is_agreed) {
  if (is_agreed) return {};
  if (!os::is_terminal(STDIN_FILENO)) {
    return fail(Errc::invalid_argument, "nobody is here to be asked; say --yes if this is meant");
  }
  std::cerr
      << "Compare the active and the standby root with what the console's page /trust shows.\n"
         "Sign? [y/N] "
      << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "yes") return {};
  return fail(Errc::permission_denied, "nothing was signed");
}

}  // namespace

Result<RootFiles> read_root_files(const Arguments& arguments) {
  RootFiles files;
  if (arguments.task == Task::sign_root) {
    FASTNESS_ASSIGN_OR_RETURN(files.request, read_text(arguments.request));
  }
  if (arguments.task == Task::accept_root) {
    FASTNESS_ASSIGN_OR_RETURN(files.answer, read_text(arguments.answer));
  }
  std::vector<std::string> names;
  for (const std::filesystem::path& path : arguments.root_files) {
    FASTNESS_ASSIGN_OR_RETURN(std::string text, read_text(path));
    files.sealed.push_back(std::move(text));
    names.push_back(path.filename().string());
  }
  if (!arguments.codes || names.empty()) return files;
  FASTNESS_ASSIGN_OR_RETURN(files.codes, vault::read_codes(*arguments.codes, names));
  return files;
}

Result<std::ofstream> open_to_write(const std::filesystem::path& path) {
  std::error_code none;  // there is no such file
  if (std::filesystem::is_regular_file(path, none) && std::filesystem::file_size(path, none) > 0) {
    return fail(Errc::already_exists,
                path.string() + " is there already, and is left as it is; name another file");
  }
  std::ofstream output(path);
  if (!output) return fail(Errc::invalid_argument, path.string() + " cannot be written");
  return output;
}

Result<void> write_sealed_root(const vault::SealedRoot& taken, vault::RootRole role,
                               std::ofstream& output) {
  output << taken.to_file(role);
  FASTNESS_RETURN_IF_ERROR(finish(output));
  std::cout << "This code opens the file. Write it down and keep the two apart:\n\n  " << taken.code
            << "\n\nOnce both are safe: fastness host ca forget-root FILE\n";
  return {};
}

Result<void> forget_root(vault::Vault& vault, const RootFiles& files) {
  FASTNESS_ASSIGN_OR_RETURN(const auto opened, open_all(files));
  for (const vault::OpenedRoot& root : opened) {
    FASTNESS_RETURN_IF_ERROR(vault.server_authority().forget(root));
  }
  std::cout
      << "The vault has this root's key no more. A recovery kit from before may have it: make "
         "a new kit and\ndestroy the old ones. Then the file and its code are all there is.\n";
  return {};
}

Result<void> request_root(vault::Vault& vault, const Arguments& arguments) {
  FASTNESS_RETURN_IF_ERROR(vault.answer(vault_ipc::PrepareRoots{arguments.purpose}));
  return {};
}

Result<void> accept_root(vault::Vault& vault, const RootFiles& files) {
  FASTNESS_ASSIGN_OR_RETURN(const auto anchors, vault.answer(vault_ipc::AcceptRoots{files.answer}));
  std::cout << "{\"number\":" << anchors.number << "}";
  return {};
}

Result<void> sign_with_files(const RootFiles& files, const Arguments& arguments,
                             std::ofstream& output, const Clock& clock, Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(const auto request, roots::RootRequest::parse_pem(files.request));
  std::cerr << request.to_text() << std::flush;
  FASTNESS_RETURN_IF_ERROR(ask_whether_to_sign(arguments.is_agreed));
  FASTNESS_ASSIGN_OR_RETURN(const auto opened, open_all(files));
  FASTNESS_ASSIGN_OR_RETURN(const roots::RootAnswer answer,
                            vault::sign_root(request, opened, clock.now(), random));
  output << answer.to_pem();
  return finish(output);
}

}  // namespace fastness::vault_app
