#include "supervisor/user_commands.h"

#include <utility>

#include "base/bytes.h"
#include "json/text_in.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/admin_client.h"

namespace fastness::supervisor {
namespace {

std::string user_request(const UserCommand& command) {
  json::Writer out;
  out.begin_object();
  out.field("email", command.email);
  out.end_object();
  return std::move(out).text();
}

// For its owner alone, never over another file, and whole or not at all.
Result<void> write_new_file(os::FileSystem& files, const std::string& path,
                            const std::string& text) {
  FASTNESS_ASSIGN_OR_RETURN(const auto file, files.open(path, os::OpenMode::create_new));
  auto written = file->write_at(0, as_bytes(text));
  if (written) written = file->sync_data();
  if (!written) (void)files.remove(path);
  return written;
}

std::string erasure_words(const json::Value& told) {
  const bool is_done = text_in(told, "state") == "erased";
  std::string out = is_done ? "Erased. Nothing on this server can be read any more.\n"
                            : "Ordered. It goes on by itself; see the log if it does not end.\n";
  out += "No copy is left from " + text_in(told, "complete_at") +
         " on, if backups of before are destroyed as they are due.\n";
  const json::Value* kits = told.find("kits_to_destroy");
  const auto* each = kits != nullptr ? kits->get<json::Array>() : nullptr;
  if (each == nullptr || each->empty()) return out;
  out += "Make a new recovery kit, and destroy these until then:\n";
  for (const json::Value& kit : *each) {
    out += "  " + text_in(kit, "id") + " of " + text_in(kit, "created_at") + "\n";
  }
  return out;
}

}  // namespace

Result<std::string> run_user_command(const std::string& data_directory, Action action,
                                     const UserCommand& command, os::FileSystem& files,
                                     const Confirm& confirm) {
  if (action == Action::user_export) {
    FASTNESS_ASSIGN_OR_RETURN(
        const std::string document,
        tell_admin(data_directory, {"POST", "/admin/v1/users/export", user_request(command)}));
    FASTNESS_RETURN_IF_ERROR(write_new_file(files, command.file, document));
    return command.file + "\n";
  }
  if (!command.is_agreed) {
    FASTNESS_ASSIGN_OR_RETURN(
        const bool goes_on,
        confirm("Erases " + command.email +
                " with the organisation of theirs: devices, things, history and all.\n"
                "Nobody can undo it.\n"));
    if (!goes_on) return std::string("Nothing was changed.\n");
  }
  FASTNESS_ASSIGN_OR_RETURN(
      const std::string text,
      tell_admin(data_directory, {"POST", "/admin/v1/users/erase", user_request(command)}));
  if (command.form == OutputForm::json) return text + "\n";
  FASTNESS_ASSIGN_OR_RETURN(const json::Value told, json::parse(text));
  return erasure_words(told);
}

}  // namespace fastness::supervisor
