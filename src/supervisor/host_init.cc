#include "supervisor/host_init.h"

#include "json/object_reader.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/admin_client.h"

namespace fastness::supervisor {

namespace {

std::string request_for(const HostInit& init) {
  json::Writer out;
  out.begin_object();
  out.field("organisation", init.organisation);
  out.field("email", init.email);
  out.field("api_key", init.api_key);
  out.end_object();
  return std::move(out).text();
}

std::string member(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  const auto* text = value != nullptr ? value->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

Errc code_for(int status) {
  switch (status) {
    case 400:
      return Errc::invalid_argument;
    case 409:
      return Errc::already_exists;
    case 429:
      return Errc::exhausted;
    default:
      return Errc::unavailable;
  }
}

std::string as_lines(const json::Value& answer) {
  std::string out;
  for (const char* name : {"organisation_id", "user_id", "client_id", "client_secret"}) {
    const std::string text = member(answer, name);
    if (!text.empty()) out.append(name).append(": ").append(text).append("\n");
  }
  return out;
}

}  // namespace

Result<std::string> host_init(const std::string& admin_folder, const HostInit& init) {
  FASTNESS_ASSIGN_OR_RETURN(const AdminAnswer answer,
                            ask_admin(admin_folder, "/admin/v1/init", request_for(init)));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value body, json::parse(answer.body));
  if (answer.status != 201) {
    const json::Value* error = body.find("error");
    return fail(code_for(answer.status),
                error != nullptr ? member(*error, "message") : "the instance refused");
  }
  return init.form == OutputForm::json ? answer.body + "\n" : as_lines(body);
}

}  // namespace fastness::supervisor
